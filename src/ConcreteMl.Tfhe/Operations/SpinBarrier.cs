namespace ConcreteMl.Tfhe;

/// <summary>Lets a fixed team of threads wait for one another, spinning: steps are a few microseconds apart.</summary>
internal sealed class SpinBarrier(int members)
{
    private int _arrived;
    private int _generation;

    /// <summary>Returns when every member has called it.</summary>
    internal void Wait()
    {
        int generation = Volatile.Read(ref _generation);
        if (Interlocked.Increment(ref _arrived) == members)
        {
            Volatile.Write(ref _arrived, 0);
            Volatile.Write(ref _generation, generation + 1);
            return;
        }
        SpinWait spin = default;
        while (Volatile.Read(ref _generation) == generation)
            spin.SpinOnce(sleep1Threshold: -1);
    }
}
