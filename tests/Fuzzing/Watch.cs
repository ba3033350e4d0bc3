using System.Diagnostics;

namespace Fuzzing;

/// <summary>
/// Looks every tenth of a second how much processor time the running input takes and how much memory the process holds. Time on the
/// clock says little where others share the machine; it counts where an input waits for ever.
/// </summary>
internal sealed class Watch : IDisposable
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MostWaiting = TimeSpan.FromMinutes(2);
    private const long MostMemory = 2L << 30;

    private readonly Action<string, string> abandon;
    private readonly Timer timer;
    private readonly Lock gate = new();
    private string? name;
    private long began;
    private TimeSpan used;

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
            (name, began, used) = (input, Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
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
            TimeSpan taken = Stopwatch.GetElapsedTime(began);
            bool works = taken > MostTime && Environment.CpuUsage.TotalTime - used > MostTime;
            late = name is not null && (works || taken > MostWaiting) ? name : null;
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
