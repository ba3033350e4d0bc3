using System.IO.Pipelines;

namespace ConcreteMl.Orleans;

/// <summary>An evaluation key that arrives in parts; what is held in memory does not grow with it.</summary>
internal sealed class KeyArrival
{
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 8 << 20, resumeWriterThreshold: 4 << 20));
    private readonly Task<LaneReply> storing;

    /// <param name="store">Reads the key to its end and says what became of it.</param>
    internal KeyArrival(Func<Stream, Task<LaneReply>> store) =>
        storing = Task.Run(async () =>
        {
            LaneReply reply = await store(pipe.Reader.AsStream(leaveOpen: true));
            await pipe.Reader.CompleteAsync();
            return reply;
        });

    /// <summary>Takes a part; after the last one, says what became of the key.</summary>
    internal async Task<LaneReply> TakeAsync(byte[] part, bool isLast)
    {
        FlushResult taken = await pipe.Writer.WriteAsync(part);
        if (isLast || taken.IsCompleted)
            await pipe.Writer.CompleteAsync();
        return isLast || taken.IsCompleted ? await storing : new LaneReply(LaneState.Running);
    }

    /// <summary>Nothing more comes.</summary>
    internal void Abandon() => pipe.Writer.Complete(new IOException("the rest of the key does not come"));
}
