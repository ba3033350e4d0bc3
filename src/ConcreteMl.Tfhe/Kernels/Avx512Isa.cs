using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConcreteMl.Tfhe;

/// <summary>AVX-512 (F and DQ): eight doubles a vector, 32 registers, conversions between doubles and 64-bit integers.</summary>
internal sealed unsafe class Avx512Isa : VectorIsa
{
    private const byte ToNearest = 0;
    private static readonly MethodInfo UnpackLow = Binary<Vector512<double>>(Avx512F.UnpackLow);
    private static readonly MethodInfo UnpackHigh = Binary<Vector512<double>>(Avx512F.UnpackHigh);
    private static readonly MethodInfo ShiftRight = Immediate<Vector512<long>>(Avx512F.ShiftRightArithmetic);
    private static readonly MethodInfo ShiftLeft = Immediate<Vector512<long>>(Avx512F.ShiftLeftLogical);
    private static readonly MethodInfo ToDouble = Convert<Vector512<long>, Vector512<double>>(Avx512DQ.ConvertToVector512Double);
    private static readonly MethodInfo ToInteger = Convert<Vector512<double>, Vector512<long>>(Avx512DQ.ConvertToVector512Int64);

    private static readonly MethodInfo Shuffle = Immediate2<Vector512<double>>(Avx512F.Shuffle4x128);

    private static readonly MethodInfo Reduce = Immediate<Vector512<double>>(Avx512DQ.Reduce);

    private Avx512Isa() { }

    internal static Avx512Isa Instance { get; } =
        new()
        {
            Double = typeof(Vector512<double>),
            Integer = typeof(Vector512<long>),
            AsInteger = Convert<Vector512<double>, Vector512<long>>(Vector512.AsInt64),
            AsDouble = Convert<Vector512<long>, Vector512<double>>(Vector512.AsDouble),
            LoadDouble = Load<Vector512<double>, double>(Vector512.Load),
            LoadInteger = Load<Vector512<long>, long>(Vector512.Load),
            StoreDouble = Store<Vector512<double>, double>(Vector512.Store),
            StoreInteger = Store<Vector512<long>, long>(Vector512.Store),
            BroadcastDouble = Convert<double, Vector512<double>>(Vector512.Create),
            BroadcastInteger = Convert<long, Vector512<long>>(Vector512.Create),
            AddInteger = Binary<Vector512<long>>(Vector512.Add),
            SubtractInteger = Binary<Vector512<long>>(Vector512.Subtract),
            Xor = Binary<Vector512<long>>(Vector512.Xor),
        };

    internal static bool IsSupported => Avx512F.IsSupported && Avx512DQ.IsSupported;

    internal override int Lanes => 8;
    internal override int LargestRadix => 8;
    internal override MethodInfo Add { get; } = Binary<Vector512<double>>(Avx512F.Add);
    internal override MethodInfo Subtract { get; } = Binary<Vector512<double>>(Avx512F.Subtract);
    internal override MethodInfo Multiply { get; } = Binary<Vector512<double>>(Avx512F.Multiply);
    internal override MethodInfo MultiplyAdd { get; } = Ternary<Vector512<double>>(Avx512F.FusedMultiplyAdd);

    internal override MethodInfo MultiplySubtract { get; } = Ternary<Vector512<double>>(Avx512F.FusedMultiplySubtract);

    internal override MethodInfo NegatedMultiplyAdd { get; } = Ternary<Vector512<double>>(Avx512F.FusedMultiplyAddNegated);

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
}
