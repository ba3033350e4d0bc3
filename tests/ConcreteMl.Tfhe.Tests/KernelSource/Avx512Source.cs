namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>AVX-512 (F and DQ): eight doubles a vector, 32 registers, conversions between doubles and 64-bit integers.</summary>
internal sealed class Avx512Source : SourceIsa
{
    private const byte ToNearest = 0;

    internal override string Name => "Avx512";
    internal override int Lanes => 8;
    internal override string Vector => "Vector512";
    internal override IReadOnlyList<int> TopRadices => [2, 4, 8];
    internal override IReadOnlyList<int> MiddleRadices => [4, 8];
    internal override string MultiplyAdd => "Avx512F.FusedMultiplyAdd";
    internal override string MultiplySubtract => "Avx512F.FusedMultiplySubtract";
    internal override string NegatedMultiplyAdd => "Avx512F.FusedMultiplyAddNegated";

    /// <inheritdoc/>
    internal override Variable[] Transpose(KernelWriter writer, Variable[] rows)
    {
        const byte even = 0x88;
        const byte odd = 0xDD;
        const string shuffle = "Avx512F.Shuffle4x128";
        Variable[] columns = new Variable[8];
        for (int parity = 0; parity < 2; parity++)
        {
            string unpack = parity == 0 ? "Avx512F.UnpackLow" : "Avx512F.UnpackHigh";
            Variable[] pairs = [.. Enumerable.Range(0, 4).Select(i => writer.Apply(unpack, rows[2 * i], rows[2 * i + 1]))];
            Variable low = writer.ApplyImmediate(shuffle, even, pairs[0], pairs[1]);
            Variable high = writer.ApplyImmediate(shuffle, even, pairs[2], pairs[3]);
            columns[parity] = writer.ApplyImmediate(shuffle, even, low, high);
            columns[4 + parity] = writer.ApplyImmediate(shuffle, odd, low, high);
            low = writer.ApplyImmediate(shuffle, odd, pairs[0], pairs[1]);
            high = writer.ApplyImmediate(shuffle, odd, pairs[2], pairs[3]);
            columns[2 + parity] = writer.ApplyImmediate(shuffle, even, low, high);
            columns[6 + parity] = writer.ApplyImmediate(shuffle, odd, low, high);
        }
        return columns;
    }

    /// <inheritdoc/>
    internal override Variable[] DigitConstants(KernelWriter writer, Place gadget) =>
        [writer.BroadcastCount(gadget.Plus(GadgetConstants.ShiftPlace))];

    /// <inheritdoc/>
    internal override Variable FirstDigit(KernelWriter writer, Variable lifted, Variable[] constants) =>
        writer.Apply("Avx512DQ.ConvertToVector512Double", writer.Apply("Avx512F.ShiftRightArithmeticVariable", lifted, constants[0]));

    /// <inheritdoc/>
    internal override Variable[] LevelConstants(KernelWriter writer, Place level) =>
        // flipping the top bit of a lifted field turns it into a signed field
        [writer.BroadcastInteger(level), writer.BroadcastCount(level.Plus(sizeof(long)))];

    /// <inheritdoc/>
    internal override Variable LaterDigit(KernelWriter writer, Variable lifted, Variable[] constants, Variable[] ofLevel)
    {
        Variable signed = writer.Xor(lifted, ofLevel[0]);
        return FirstDigit(writer, writer.Apply("Avx512F.ShiftLeftLogicalVariable", signed, ofLevel[1]), constants);
    }

    /// <inheritdoc/>
    internal override Variable[] TorusConstants(KernelWriter writer) => [writer.Fill(18446744073709551616.0)];

    /// <inheritdoc/>
    internal override Variable TorusWord(KernelWriter writer, Variable turns, Variable[] constants)
    {
        Variable fraction = writer.ApplyImmediate("Avx512DQ.Reduce", ToNearest, turns);
        // half a turn converts to the most negative integer, which is congruent
        return writer.Apply("Avx512DQ.ConvertToVector512Int64", writer.Multiply(fraction, constants[0]));
    }
}
