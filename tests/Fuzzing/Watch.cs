using System.Diagnostics;

namespace Fuzzing;

/// <summary>Looks every tenth of a second how long the running input takes and how much memory the process holds.</summary>
internal sealed class Watch : IDisposable
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);
    private const long MostMemory = 2L << 30;

    private readonly Action<string, string> abandon;
    private readonly Timer timer;
    private readonly Lock gate = new();
    private string? name;
    private long began;

    /// <summary><paramref name="abandon"/> is told the input's name and the reason.</summary>
    internal Watch(Action<string, string> abandon)
    {
        this.abandon = abandon;
        timer = new Timer(_ => Look(), null, 100, 100);
    }

    internal long MostBytes { get; private set; }

    internal TimeSpan Slowest { get; private set; }

    internal string? SlowestName { get; private set; }

    internal void Begin(string input)
    {
        lock (gate)
        {
            (name, began) = (input, Stopwatch.GetTimestamp());
        }
    }

    internal void End()
    {
        lock (gate)
        {
            TimeSpan taken = Stopwatch.GetElapsedTime(began);
            (Slowest, SlowestName) = taken > Slowest ? (taken, name) : (Slowest, SlowestName);
            name = null;
        }
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        long bytes = Environment.WorkingSet;
        MostBytes = Math.Max(MostBytes, bytes);
        string? late;
        lock (gate)
        {
            late = name is not null && Stopwatch.GetElapsedTime(began) > MostTime ? name : null;
        }

        if (late is not null)
        {
            abandon(late, $"takes more than {MostTime.TotalSeconds} s");
        }
        else if (bytes > MostMemory)
        {
            abandon(name ?? "between inputs", $"the process holds {bytes >> 20} MiB");
        }
    }
}
