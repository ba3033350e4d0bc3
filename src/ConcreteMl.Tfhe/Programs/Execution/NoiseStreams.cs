namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Numbers the noise sequences of a simulated run by sample, instruction and block of elements, so that draws do not
/// depend on the number of cores or lanes.
/// </summary>
internal sealed class NoiseStreams(ulong seed, long firstSample)
{
    /// <summary>Elements that share a sequence.</summary>
    internal const int Block = 32;

    /// <summary>The sequence of an instruction (inputs count down from −1) for one sample and one block of elements.</summary>
    internal SimulationNoise Open(int instruction, long sample, long block)
    {
        ulong stream = Mix((ulong)(firstSample + sample));
        stream = Mix(stream ^ (ulong)(uint)instruction);
        return new SimulationNoise(seed, Mix(stream ^ (ulong)block));
    }

    private static ulong Mix(ulong word)
    {
        word += 0x9E3779B97F4A7C15UL;
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9UL;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EBUL;
        return word ^ (word >> 31);
    }
}
