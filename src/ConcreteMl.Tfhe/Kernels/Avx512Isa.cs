using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>AVX-512 (F and DQ): eight doubles a vector, 32 registers, conversions between doubles and 64-bit integers.</summary>
internal sealed class Avx512Isa : VectorIsa
{
    private const byte ToNearest = 0;
    private static readonly MethodInfo UnpackLow = Find(typeof(Avx512F), "UnpackLow", typeof(double), 2);
    private static readonly MethodInfo UnpackHigh = Find(typeof(Avx512F), "UnpackHigh", typeof(double), 2);
    private static readonly MethodInfo ShiftRight = FindShift("ShiftRightArithmetic");
    private static readonly MethodInfo ShiftLeft = FindShift("ShiftLeftLogical");
    private static readonly MethodInfo ToDouble = Find(typeof(Avx512DQ), "ConvertToVector512Double", typeof(long), 1);
    private static readonly MethodInfo ToInteger = Find(typeof(Avx512DQ), "ConvertToVector512Int64", typeof(double), 1);

    private static readonly MethodInfo Shuffle = typeof(Avx512F).GetMethod(
        "Shuffle4x128",
        [typeof(Vector512<double>), typeof(Vector512<double>), typeof(byte)]
    )!;

    private static readonly MethodInfo Reduce = typeof(Avx512DQ).GetMethod("Reduce", [typeof(Vector512<double>), typeof(byte)])!;

    private Avx512Isa()
        : base(8, typeof(Vector512), typeof(Vector512<>)) { }

    internal static Avx512Isa Instance { get; } = new();

    internal static bool IsSupported => Avx512F.IsSupported && Avx512DQ.IsSupported;

    internal override int LargestRadix => 8;
    internal override MethodInfo Add { get; } = Find(typeof(Avx512F), "Add", typeof(double), 2);
    internal override MethodInfo Subtract { get; } = Find(typeof(Avx512F), "Subtract", typeof(double), 2);
    internal override MethodInfo Multiply { get; } = Find(typeof(Avx512F), "Multiply", typeof(double), 2);
    internal override MethodInfo MultiplyAdd { get; } = Find(typeof(Avx512F), "FusedMultiplyAdd", typeof(double), 3);

    internal override MethodInfo MultiplySubtract { get; } = Find(typeof(Avx512F), "FusedMultiplySubtract", typeof(double), 3);

    internal override MethodInfo NegatedMultiplyAdd { get; } = Find(typeof(Avx512F), "FusedMultiplyAddNegated", typeof(double), 3);

    /// <inheritdoc/>
    internal override Variable[] Transpose(KernelEmitter emitter, Variable[] rows)
    {
        const byte even = 0x88;
        const byte odd = 0xDD;
        Variable[] columns = new Variable[8];
        for (int parity = 0; parity < 2; parity++)
        {
            MethodInfo unpack = parity == 0 ? UnpackLow : UnpackHigh;
            Variable[] pairs = [.. Enumerable.Range(0, 4).Select(i => emitter.Apply(unpack, rows[2 * i], rows[2 * i + 1]))];
            Variable low = emitter.ApplyImmediate(Shuffle, even, pairs[0], pairs[1]);
            Variable high = emitter.ApplyImmediate(Shuffle, even, pairs[2], pairs[3]);
            columns[parity] = emitter.ApplyImmediate(Shuffle, even, low, high);
            columns[4 + parity] = emitter.ApplyImmediate(Shuffle, odd, low, high);
            low = emitter.ApplyImmediate(Shuffle, odd, pairs[0], pairs[1]);
            high = emitter.ApplyImmediate(Shuffle, odd, pairs[2], pairs[3]);
            columns[2 + parity] = emitter.ApplyImmediate(Shuffle, even, low, high);
            columns[6 + parity] = emitter.ApplyImmediate(Shuffle, odd, low, high);
        }
        return columns;
    }

    /// <inheritdoc/>
    internal override Variable[] DigitConstants(KernelEmitter emitter, GadgetDecomposition gadget) =>
        [
            emitter.FillInteger(Offset(gadget, firstLifted: 1)),
            // flipping the top bit of a lifted field turns it into a signed field
            .. Enumerable
                .Range(1, gadget.Level - 1)
                .Select(level => emitter.FillInteger((long)gadget.Factor(level + 1) << (gadget.BaseLog - 1))),
        ];

    /// <inheritdoc/>
    internal override Variable Digit(KernelEmitter emitter, GadgetDecomposition gadget, int level, Variable lifted, Variable[] constants)
    {
        Variable field = lifted;
        if (level > 0)
        {
            field = emitter.Apply(Xor, field, constants[level]);
            field = emitter.ApplyImmediate(ShiftLeft, (byte)(gadget.BaseLog * level), field);
        }
        field = emitter.ApplyImmediate(ShiftRight, (byte)(64 - gadget.BaseLog), field);
        return emitter.Apply(ToDouble, field);
    }

    /// <inheritdoc/>
    internal override Variable[] TorusConstants(KernelEmitter emitter) => [emitter.Fill(18446744073709551616.0)];

    /// <inheritdoc/>
    internal override Variable TorusWord(KernelEmitter emitter, Variable turns, Variable[] constants)
    {
        Variable fraction = emitter.ApplyImmediate(Reduce, ToNearest, turns);
        // half a turn converts to the most negative integer, which is congruent
        return emitter.Apply(ToInteger, emitter.Multiply(fraction, constants[0]));
    }

    private static MethodInfo FindShift(string name) => typeof(Avx512F).GetMethod(name, [typeof(Vector512<long>), typeof(byte)])!;

    private static MethodInfo Find(Type holder, string name, Type element, int operands) =>
        holder.GetMethod(name, [.. Enumerable.Repeat(typeof(Vector512<>).MakeGenericType(element), operands)])!;
}
