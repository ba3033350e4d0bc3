using System.Diagnostics;

namespace ConcreteMl.Orleans;

/// <summary>A sample that a silo computes, or has computed.</summary>
internal sealed class SiloRun : IProgress<double>
{
    private readonly CancellationTokenSource cancel = new();
    private readonly Task<LaneReply> end;
    private double progress;
    private long asked = Stopwatch.GetTimestamp();

    internal SiloRun(Func<IProgress<double>, CancellationToken, Task<LaneReply>> compute) =>
        end = Task.Run(() => compute(this, cancel.Token));

    /// <summary>Since somebody asked for it.</summary>
    internal TimeSpan Idle => Stopwatch.GetElapsedTime(Volatile.Read(ref asked));

    /// <summary>How it stands.</summary>
    internal LaneReply Reply =>
        end.IsCompletedSuccessfully ? end.Result : new LaneReply(LaneState.Running) { Progress = Volatile.Read(ref progress) };

    /// <summary>Waits for the end, but not longer.</summary>
    internal async Task EndsWithinAsync(TimeSpan patience)
    {
        Volatile.Write(ref asked, Stopwatch.GetTimestamp());
        await Task.WhenAny(end, Task.Delay(patience));
        Volatile.Write(ref asked, Stopwatch.GetTimestamp());
    }

    internal void Cancel() => cancel.Cancel();

    void IProgress<double>.Report(double value) => Volatile.Write(ref progress, value);
}
