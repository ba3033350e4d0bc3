using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>AVX2 with FMA: four doubles a vector, 16 registers; integers become doubles through their bit patterns.</summary>
internal sealed unsafe class Avx2Isa : VectorIsa
{
    private const long TwoTo52Bits = 0x4330000000000000;
    private const double TwoTo52 = 4503599627370496.0;
    private static readonly MethodInfo UnpackLow = Binary<Vector256<double>>(Avx.UnpackLow);
    private static readonly MethodInfo UnpackHigh = Binary<Vector256<double>>(Avx.UnpackHigh);
    private static readonly MethodInfo Round = Unary<Vector256<double>>(Avx.RoundToNearestInteger);
    private static readonly MethodInfo Or = Binary<Vector256<long>>(Avx2.Or);
    private static readonly MethodInfo ShiftRight = Immediate<Vector256<long>>(Avx2.ShiftRightLogical);
    private static readonly MethodInfo ShiftLeft = Immediate<Vector256<long>>(Avx2.ShiftLeftLogical);

    private static readonly MethodInfo Permute = Immediate2<Vector256<double>>(Avx.Permute2x128);

    private Avx2Isa() { }

    internal static Avx2Isa Instance { get; } =
        new()
        {
            Double = typeof(Vector256<double>),
            Integer = typeof(Vector256<long>),
            AsInteger = Convert<Vector256<double>, Vector256<long>>(Vector256.AsInt64),
            AsDouble = Convert<Vector256<long>, Vector256<double>>(Vector256.AsDouble),
            LoadDouble = Load<Vector256<double>, double>(Vector256.Load),
            LoadInteger = Load<Vector256<long>, long>(Vector256.Load),
            StoreDouble = Store<Vector256<double>, double>(Vector256.Store),
            StoreInteger = Store<Vector256<long>, long>(Vector256.Store),
            BroadcastDouble = Convert<double, Vector256<double>>(Vector256.Create),
            BroadcastInteger = Convert<long, Vector256<long>>(Vector256.Create),
            AddInteger = Binary<Vector256<long>>(Vector256.Add),
            SubtractInteger = Binary<Vector256<long>>(Vector256.Subtract),
            Xor = Binary<Vector256<long>>(Vector256.Xor),
        };

    internal static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    internal override int Lanes => 4;
    internal override int LargestRadix => 4;
    internal override MethodInfo Add { get; } = Binary<Vector256<double>>(Avx.Add);
    internal override MethodInfo Subtract { get; } = Binary<Vector256<double>>(Avx.Subtract);
    internal override MethodInfo Multiply { get; } = Binary<Vector256<double>>(Avx.Multiply);
    internal override MethodInfo MultiplyAdd { get; } = Ternary<Vector256<double>>(Fma.MultiplyAdd);
    internal override MethodInfo MultiplySubtract { get; } = Ternary<Vector256<double>>(Fma.MultiplySubtract);
    internal override MethodInfo NegatedMultiplyAdd { get; } = Ternary<Vector256<double>>(Fma.MultiplyAddNegated);

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
}
