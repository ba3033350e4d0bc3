namespace Benchmarks;

/// <summary>Mean square of errors whose mean is zero.</summary>
internal sealed class Moments
{
    private double _squares;

    internal long Count { get; private set; }

    internal double Variance => _squares / Count;

    internal void Add(double error)
    {
        _squares += error * error;
        Count++;
    }
}
