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

    /// <summary>The widest set that this CPU and run time can compile for, or null.</summary>
    internal static VectorIsa? Best => BestSupported.Value;

    /// <summary>Doubles in a vector.</summary>
    internal abstract int Lanes { get; }

    internal required Type Double { get; init; }
    internal required Type Integer { get; init; }
    internal required MethodInfo AsInteger { get; init; }
    internal required MethodInfo AsDouble { get; init; }
    internal required MethodInfo LoadDouble { get; init; }
    internal required MethodInfo LoadInteger { get; init; }
    internal required MethodInfo StoreDouble { get; init; }
    internal required MethodInfo StoreInteger { get; init; }
    internal required MethodInfo BroadcastDouble { get; init; }
    internal required MethodInfo BroadcastInteger { get; init; }
    internal required MethodInfo AddInteger { get; init; }
    internal required MethodInfo SubtractInteger { get; init; }
    internal required MethodInfo Xor { get; init; }
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

    // Methods are named by conversion to a delegate, never looked up by their names: so a trimmer sees that they are used.

    private protected static MethodInfo Unary<TVector>(Func<TVector, TVector> method) => method.Method;

    private protected static MethodInfo Binary<TVector>(Func<TVector, TVector, TVector> method) => method.Method;

    private protected static MethodInfo Ternary<TVector>(Func<TVector, TVector, TVector, TVector> method) => method.Method;

    private protected static MethodInfo Convert<TFrom, TTo>(Func<TFrom, TTo> method) => method.Method;

    private protected static MethodInfo Immediate<TVector>(Func<TVector, byte, TVector> method) => method.Method;

    private protected static MethodInfo Immediate2<TVector>(Func<TVector, TVector, byte, TVector> method) => method.Method;

    private protected static MethodInfo Load<TVector, TElement>(LoadMethod<TVector, TElement> method)
        where TElement : unmanaged => method.Method;

    private protected static MethodInfo Store<TVector, TElement>(StoreMethod<TVector, TElement> method)
        where TElement : unmanaged => method.Method;

    private static VectorIsa? FindBest() =>
        !RuntimeFeature.IsDynamicCodeCompiled ? null
        : Avx512Isa.IsSupported ? Avx512Isa.Instance
        : Avx2Isa.IsSupported ? Avx2Isa.Instance
        : null;

    private protected unsafe delegate TVector LoadMethod<TVector, TElement>(TElement* place)
        where TElement : unmanaged;

    private protected unsafe delegate void StoreMethod<TVector, TElement>(TVector value, TElement* place)
        where TElement : unmanaged;
}
