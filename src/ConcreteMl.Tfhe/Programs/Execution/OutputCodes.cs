namespace ConcreteMl.Tfhe.Programs;

/// <summary>Decodes the outputs of phase machines and counts what is wrong with them.</summary>
internal static class OutputCodes
{
    /// <summary>
    /// Codes of outputs as <paramref name="sent"/> gives them, those of the exact lane where it is null; those that differ from the exact
    /// lane's are decoding failures, or off by one where approximate rounding left low bits.
    /// </summary>
    internal static long[][] Decode(Machine machine, Func<int, long[]>? sent, int exactLane, StatisticsCounter counter, int sample)
    {
        TfheProgram program = machine.Program;
        long[][] outputs = new long[program.Outputs.Count][];
        for (int output = 0; output < outputs.Length; output++)
        {
            int value = program.Outputs[output].Value;
            TorusStep step = program.Values[value].Step;
            long[] exact = SampleBlocks.Codes(machine.Get(value), step, exactLane);
            outputs[output] = sent is null ? exact : sent(output);
            counter.AddOutput(output, sample, Compare(outputs[output], exact, step, machine.Plan.IsUnrounded[value]));
        }
        return outputs;
    }

    /// <summary>Counts differences between decoded and exact codes, and exact codes outside the width.</summary>
    internal static Tally Compare(long[] codes, long[] exact, TorusStep step, bool isUnrounded)
    {
        long half = 1L << (step.Bits - 1);
        Tally tally = default;
        for (int element = 0; element < codes.Length; element++)
        {
            tally.Overflows += exact[element] < -half || exact[element] >= half ? 1 : 0;
            if (codes[element] == exact[element])
                continue;
            // neighbours on the torus, where the highest code meets the lowest
            long apart = Math.Abs(codes[element] - exact[element]) % step.Turn;
            if (isUnrounded && (apart == 1 || apart == step.Turn - 1))
                tally.OffByOnes++;
            else
                tally.Failures++;
        }
        return tally;
    }
}
