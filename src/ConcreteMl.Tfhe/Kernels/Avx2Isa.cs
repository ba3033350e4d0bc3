using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>AVX2 with FMA: four doubles a vector, 16 registers; integers become doubles through their bit patterns.</summary>
internal sealed class Avx2Isa : VectorIsa
{
    private const long TwoTo52Bits = 0x4330000000000000;
    private const double TwoTo52 = 4503599627370496.0;
    private static readonly MethodInfo UnpackLow = Find(typeof(Avx), "UnpackLow", typeof(double), 2);
    private static readonly MethodInfo UnpackHigh = Find(typeof(Avx), "UnpackHigh", typeof(double), 2);
    private static readonly MethodInfo Round = Find(typeof(Avx), "RoundToNearestInteger", typeof(double), 1);
    private static readonly MethodInfo Or = Find(typeof(Avx2), "Or", typeof(long), 2);
    private static readonly MethodInfo ShiftRight = FindShift("ShiftRightLogical");
    private static readonly MethodInfo ShiftLeft = FindShift("ShiftLeftLogical");

    private static readonly MethodInfo Permute = typeof(Avx).GetMethod(
        "Permute2x128",
        [typeof(Vector256<double>), typeof(Vector256<double>), typeof(byte)]
    )!;

    private Avx2Isa()
        : base(4, typeof(Vector256), typeof(Vector256<>)) { }

    internal static Avx2Isa Instance { get; } = new();

    internal static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    internal override int LargestRadix => 4;
    internal override MethodInfo Add { get; } = Find(typeof(Avx), "Add", typeof(double), 2);
    internal override MethodInfo Subtract { get; } = Find(typeof(Avx), "Subtract", typeof(double), 2);
    internal override MethodInfo Multiply { get; } = Find(typeof(Avx), "Multiply", typeof(double), 2);
    internal override MethodInfo MultiplyAdd { get; } = Find(typeof(Fma), "MultiplyAdd", typeof(double), 3);
    internal override MethodInfo MultiplySubtract { get; } = Find(typeof(Fma), "MultiplySubtract", typeof(double), 3);
    internal override MethodInfo NegatedMultiplyAdd { get; } = Find(typeof(Fma), "MultiplyAddNegated", typeof(double), 3);

    /// <inheritdoc/>
    internal override Variable[] Transpose(KernelEmitter emitter, Variable[] rows)
    {
        const byte low = 0x20;
        const byte high = 0x31;
        Variable[] columns = new Variable[4];
        for (int parity = 0; parity < 2; parity++)
        {
            MethodInfo unpack = parity == 0 ? UnpackLow : UnpackHigh;
            Variable first = emitter.Apply(unpack, rows[0], rows[1]);
            Variable second = emitter.Apply(unpack, rows[2], rows[3]);
            columns[parity] = emitter.ApplyImmediate(Permute, low, first, second);
            columns[2 + parity] = emitter.ApplyImmediate(Permute, high, first, second);
        }
        return columns;
    }

    /// <inheritdoc/>
    internal override Variable[] DigitConstants(KernelEmitter emitter, GadgetDecomposition gadget) =>
        [
            emitter.FillInteger(Offset(gadget, firstLifted: 0)),
            emitter.FillInteger(TwoTo52Bits),
            emitter.Fill(TwoTo52 + (1L << (gadget.BaseLog - 1))),
        ];

    /// <inheritdoc/>
    internal override Variable Digit(KernelEmitter emitter, GadgetDecomposition gadget, int level, Variable lifted, Variable[] constants)
    {
        Variable field = lifted;
        if (level > 0)
            field = emitter.ApplyImmediate(ShiftLeft, (byte)(gadget.BaseLog * level), field);
        field = emitter.ApplyImmediate(ShiftRight, (byte)(64 - gadget.BaseLog), field);
        return emitter.Subtract(emitter.Apply(AsDouble, emitter.Apply(Or, field, constants[1])), constants[2]);
    }

    /// <inheritdoc/>
    internal override Variable[] TorusConstants(KernelEmitter emitter) => [emitter.Fill(3.0)];

    /// <inheritdoc/>
    internal override Variable TorusWord(KernelEmitter emitter, Variable turns, Variable[] constants)
    {
        Variable fraction = emitter.Subtract(turns, emitter.Apply(Round, turns));
        // 3 + fraction has a fixed exponent: its 51 low bits are the fraction in units of 2^-51
        Variable bits = emitter.Apply(AsInteger, emitter.Add(fraction, constants[0]));
        return emitter.ApplyImmediate(ShiftLeft, 13, bits);
    }

    private static MethodInfo FindShift(string name) => typeof(Avx2).GetMethod(name, [typeof(Vector256<long>), typeof(byte)])!;

    private static MethodInfo Find(Type holder, string name, Type element, int operands) =>
        holder.GetMethod(name, [.. Enumerable.Repeat(typeof(Vector256<>).MakeGenericType(element), operands)])!;
}
