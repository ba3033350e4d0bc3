namespace ConcreteMl.Tfhe.Programs;

/// <summary>Feeds samples of codes to phase machines in blocks of lanes, and reads codes back.</summary>
internal static class SampleBlocks
{
    private const int LargestBlock = 64;
    private const int VectorLanes = 8;

    /// <summary>Lanes for <paramref name="samples"/> samples: full vectors, as many as the memory allows.</summary>
    internal static int Lanes(TfheProgram program, int samples, long memoryBytes, int wordsPerSample)
    {
        long perLane = Math.Max(1, MemoryUse.PeakElements(program) * sizeof(ulong) * wordsPerSample);
        long fitting = memoryBytes / perLane / VectorLanes * VectorLanes;
        int wanted = (samples + VectorLanes - 1) / VectorLanes * VectorLanes;
        return (int)Math.Clamp(fitting, VectorLanes, Math.Clamp(wanted, VectorLanes, LargestBlock));
    }

    /// <exception cref="ProgramInputException">Inputs are missing, of another size, or outside their width.</exception>
    internal static void Check(TfheProgram program, IReadOnlyList<long[][]> samples)
    {
        for (int sample = 0; sample < samples.Count; sample++)
        {
            if (samples[sample].Length != program.Inputs.Count)
                throw new ProgramInputException($"sample {sample} has {samples[sample].Length} inputs, expected {program.Inputs.Count}");
            for (int input = 0; input < program.Inputs.Count; input++)
                InputCodes.Check(program, input, samples[sample][input], $"sample {sample}");
        }
    }

    /// <summary>Exact phases of an input: sample first + j in lane j.</summary>
    internal static RowTensor Phases(TfheProgram program, int input, IReadOnlyList<long[][]> samples, int first, int count, int lanes)
    {
        ProgramValue value = program.Values[program.Inputs[input].Value];
        RowTensor tensor = new((int)value.Count, lanes);
        for (int lane = 0; lane < count; lane++)
        {
            long[] codes = samples[first + lane][input];
            for (int row = 0; row < codes.Length; row++)
                tensor.Words(row)[lane] = value.Step.Encode(codes[row]);
        }
        return tensor;
    }

    /// <summary>Decodes an output in lane <paramref name="lane"/> to signed codes of a whole turn.</summary>
    internal static long[] Codes(RowTensor tensor, TorusStep step, int lane)
    {
        long[] codes = new long[tensor.Count];
        for (int row = 0; row < codes.Length; row++)
            codes[row] = step.Decode(tensor.Words(row)[lane]);
        return codes;
    }
}
