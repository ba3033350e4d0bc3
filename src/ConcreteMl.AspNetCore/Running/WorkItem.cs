using System.Diagnostics;

namespace ConcreteMl.AspNetCore;

/// <summary>An inference that waits or runs.</summary>
internal sealed class WorkItem(KeyName key, ServedModel model, int samples)
{
    // has no timer and no handle, so nothing has to be disposed while a late canceller may come
    private readonly CancellationTokenSource cancel = new();
    private double progress;

    /// <summary>The evaluation key, and whose it is.</summary>
    internal KeyName Key => key;

    internal ServedModel Model => model;

    internal int Samples => samples;

    /// <summary>The inputs; null where they are in the job's file.</summary>
    internal EncryptedInputs? Inputs { get; init; }

    /// <summary>The durable job; null where a client waits on its connection.</summary>
    internal Job? Job { get; init; }

    /// <summary>The trace that it belongs to.</summary>
    internal ActivityContext Trace { get; init; }

    /// <summary>When it began to wait.</summary>
    internal long Queued { get; } = Stopwatch.GetTimestamp();

    /// <summary>Ends when nobody wants the result any more.</summary>
    internal CancellationToken Cancelled => cancel.Token;

    /// <summary>Outputs, a refusal, or cancellation.</summary>
    internal TaskCompletionSource<EncryptedOutputs> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From 0 to 1.</summary>
    internal double Progress
    {
        get => Volatile.Read(ref progress);
        set => Volatile.Write(ref progress, value);
    }

    /// <summary>Tells the client that waits, if one does, that there is no result.</summary>
    internal void Refuse(RefusalException refusal)
    {
        if (Job is null)
            Completion.TrySetException(refusal);
    }

    internal void Cancel()
    {
        cancel.Cancel();
        Completion.TrySetCanceled();
    }
}
