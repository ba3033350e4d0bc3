namespace ConcreteMl.Cli.Output;

/// <summary>Passes progress on at once, on the thread that reports it.</summary>
internal sealed class Reporter<T>(Action<T> show) : IProgress<T>
{
    public void Report(T value) => show(value);
}
