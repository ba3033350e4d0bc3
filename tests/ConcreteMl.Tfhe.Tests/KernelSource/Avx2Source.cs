namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>AVX2 with FMA: four doubles a vector, 16 registers; integers become doubles through their bit patterns.</summary>
internal sealed class Avx2Source : SourceIsa
{
    private const long TwoTo52Bits = 0x4330000000000000;

    internal override string Name => "Avx2";
    internal override int Lanes => 4;
    internal override string Vector => "Vector256";
    internal override IReadOnlyList<int> TopRadices => [2, 4];
    internal override IReadOnlyList<int> MiddleRadices => [4];
    internal override string MultiplyAdd => "Fma.MultiplyAdd";
    internal override string MultiplySubtract => "Fma.MultiplySubtract";
    internal override string NegatedMultiplyAdd => "Fma.MultiplyAddNegated";

    /// <inheritdoc/>
    internal override Variable[] Transpose(KernelWriter writer, Variable[] rows)
    {
        const byte low = 0x20;
        const byte high = 0x31;
        Variable[] columns = new Variable[4];
        for (int parity = 0; parity < 2; parity++)
        {
            string unpack = parity == 0 ? "Avx.UnpackLow" : "Avx.UnpackHigh";
            Variable first = writer.Apply(unpack, rows[0], rows[1]);
            Variable second = writer.Apply(unpack, rows[2], rows[3]);
            columns[parity] = writer.ApplyImmediate("Avx.Permute2x128", low, first, second);
            columns[2 + parity] = writer.ApplyImmediate("Avx.Permute2x128", high, first, second);
        }
        return columns;
    }

    /// <inheritdoc/>
    internal override Variable[] DigitConstants(KernelWriter writer, Place gadget) =>
        [
            writer.BroadcastCount(gadget.Plus(GadgetConstants.ShiftPlace)),
            writer.FillInteger(TwoTo52Bits),
            writer.Broadcast(gadget.Plus(GadgetConstants.CentrePlace)),
        ];

    /// <inheritdoc/>
    internal override Variable FirstDigit(KernelWriter writer, Variable lifted, Variable[] constants)
    {
        Variable field = writer.Apply("Avx2.ShiftRightLogicalVariable", lifted, constants[0]);
        return writer.Subtract(writer.AsDouble(writer.Or(field, constants[1])), constants[2]);
    }

    /// <inheritdoc/>
    internal override Variable[] LevelConstants(KernelWriter writer, Place level) => [writer.BroadcastCount(level.Plus(sizeof(long)))];

    /// <inheritdoc/>
    internal override Variable LaterDigit(KernelWriter writer, Variable lifted, Variable[] constants, Variable[] ofLevel) =>
        FirstDigit(writer, writer.Apply("Avx2.ShiftLeftLogicalVariable", lifted, ofLevel[0]), constants);

    /// <inheritdoc/>
    internal override Variable[] TorusConstants(KernelWriter writer) => [writer.Fill(3.0)];

    /// <inheritdoc/>
    internal override Variable TorusWord(KernelWriter writer, Variable turns, Variable[] constants)
    {
        Variable fraction = writer.Subtract(turns, writer.Apply("Avx.RoundToNearestInteger", turns));
        // 3 + fraction has a fixed exponent: its 51 low bits are the fraction in units of 2^-51
        Variable bits = writer.AsInteger(writer.Add(fraction, constants[0]));
        return writer.ApplyImmediate("Avx2.ShiftLeftLogical", 13, bits);
    }
}
