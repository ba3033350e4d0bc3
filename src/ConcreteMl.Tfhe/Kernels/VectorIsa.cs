using System.Reflection;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// One vector instruction set as kernels see it: the lane count, the intrinsic of every operation, and the sequences that
/// differ between sets. Kernels are assembled from these once per shape and compiled by the run time's own compiler.
/// </summary>
internal abstract class VectorIsa
{
    private static readonly Lazy<VectorIsa?> BestSupported = new(FindBest);

    private protected VectorIsa(int lanes, Type vectors, Type generic)
    {
        Lanes = lanes;
        Double = generic.MakeGenericType(typeof(double));
        Integer = generic.MakeGenericType(typeof(long));
        AsInteger = Generic(vectors, "AsInt64", typeof(double));
        AsDouble = Generic(vectors, "AsDouble", typeof(long));
        LoadDouble = Generic(vectors, "Load", typeof(double));
        LoadInteger = Generic(vectors, "Load", typeof(long));
        BroadcastDouble = vectors.GetMethod("Create", [typeof(double)])!;
        BroadcastInteger = vectors.GetMethod("Create", [typeof(long)])!;
        StoreDouble = Generic(vectors, "Store", typeof(double));
        StoreInteger = Generic(vectors, "Store", typeof(long));
        AddInteger = Generic(vectors, "Add", typeof(long));
        SubtractInteger = Generic(vectors, "Subtract", typeof(long));
        Xor = Generic(vectors, "Xor", typeof(long));
    }

    /// <summary>The widest set that this CPU and run time can compile for, or null.</summary>
    internal static VectorIsa? Best => BestSupported.Value;

    /// <summary>Doubles in a vector.</summary>
    internal int Lanes { get; }

    internal Type Double { get; }
    internal Type Integer { get; }
    internal MethodInfo AsInteger { get; }
    internal MethodInfo AsDouble { get; }
    internal MethodInfo LoadDouble { get; }
    internal MethodInfo LoadInteger { get; }
    internal MethodInfo StoreDouble { get; }
    internal MethodInfo StoreInteger { get; }
    internal MethodInfo BroadcastDouble { get; }
    internal MethodInfo BroadcastInteger { get; }
    internal MethodInfo AddInteger { get; }
    internal MethodInfo SubtractInteger { get; }
    internal MethodInfo Xor { get; }
    internal abstract MethodInfo Add { get; }
    internal abstract MethodInfo Subtract { get; }
    internal abstract MethodInfo Multiply { get; }

    /// <summary>a * b + c.</summary>
    internal abstract MethodInfo MultiplyAdd { get; }

    /// <summary>a * b - c.</summary>
    internal abstract MethodInfo MultiplySubtract { get; }

    /// <summary>c - a * b.</summary>
    internal abstract MethodInfo NegatedMultiplyAdd { get; }

    /// <summary>Largest radix whose butterflies fit the registers.</summary>
    internal abstract int LargestRadix { get; }

    /// <summary>Transposes Lanes vectors of Lanes doubles.</summary>
    internal abstract Variable[] Transpose(KernelEmitter emitter, Variable[] rows);

    /// <summary>Loads the constants that <see cref="Digit"/> needs, before the loop; the first one lifts words.</summary>
    internal abstract Variable[] DigitConstants(KernelEmitter emitter, GadgetDecomposition gadget);

    /// <summary>Torus words rounded to the gadget's bits, every digit a plain field of the result.</summary>
    internal Variable Lift(KernelEmitter emitter, Variable words, Variable[] constants) => emitter.Apply(AddInteger, words, constants[0]);

    /// <summary>Signed digit of 0-based level <paramref name="level"/> of lifted words, as doubles.</summary>
    internal abstract Variable Digit(KernelEmitter emitter, GadgetDecomposition gadget, int level, Variable lifted, Variable[] constants);

    /// <summary>Loads the constants that <see cref="TorusWord"/> needs, before the loop.</summary>
    internal abstract Variable[] TorusConstants(KernelEmitter emitter);

    /// <summary>Torus words of real numbers of turns.</summary>
    internal abstract Variable TorusWord(KernelEmitter emitter, Variable turns, Variable[] constants);

    /// <summary>
    /// Addend under which a digit is a plain field of the word: rounds to the gadget's bits, and lifts the digits from
    /// level <paramref name="firstLifted"/> (0-based) on by half the base.
    /// </summary>
    private protected static long Offset(GadgetDecomposition gadget, int firstLifted)
    {
        ulong offset = 1UL << (63 - gadget.Bits);
        for (int level = firstLifted; level < gadget.Level; level++)
            offset += gadget.Factor(level + 1) << (gadget.BaseLog - 1);
        return (long)offset;
    }

    private protected static MethodInfo Generic(Type holder, string name, Type element) =>
        holder
            .GetMethods()
            .First(method => method.Name == name && method.IsGenericMethodDefinition && !TakesReference(method))
            .MakeGenericMethod(element);

    private static bool TakesReference(MethodInfo method) => method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef);

    private static VectorIsa? FindBest() =>
        !RuntimeFeature.IsDynamicCodeCompiled ? null
        : Avx512Isa.IsSupported ? Avx512Isa.Instance
        : Avx2Isa.IsSupported ? Avx2Isa.Instance
        : null;
}
