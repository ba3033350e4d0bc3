using ConcreteMl.AspNetCore;
using ConcreteMl.Tfhe.Programs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConcreteMl.Orleans;

/// <summary>What a silo computes: as many samples side by side as it has workers, and a bounded number that wait.</summary>
internal sealed class SiloWork(
    IOptions<ConcreteMlOptions> options,
    ModelRepository models,
    KeyStore keys,
    KeyMemory memory,
    SiloCores cores,
    SiloRanges ranges,
    ILogger<SiloWork> logger
)
{
    private int taken;

    /// <summary>Begins a run, or says why not.</summary>
    internal LaneReply TryBegin(LaneKey key, byte[] inputs, out SiloRun? run)
    {
        run = null;
        if (!TryFind(key, out ServedModel model, out LaneReply refusal))
            return refusal;
        KeyName name = key.Name;
        if (keys.Find(name) is not { } stored)
            return new LaneReply(LaneState.NeedsKey);
        KeyStore.Touch(stored);
        if (Interlocked.Increment(ref taken) > options.Value.QueueLength + options.Value.Workers)
        {
            Interlocked.Decrement(ref taken);
            return new LaneReply(LaneState.Busy);
        }

        run = new SiloRun((progress, cancellation) => RunAsync(key, model, inputs, progress, cancellation));
        return run.Reply;
    }

    /// <summary>Receives a key into the silo's store.</summary>
    internal KeyArrival Receive(LaneKey key) =>
        new(async body =>
        {
            if (!TryFind(key, out ServedModel model, out LaneReply refusal))
                return refusal;
            try
            {
                await keys.ReceiveAsync(key.Name, model, body, CancellationToken.None);
                return new LaneReply(LaneState.Done);
            }
            catch (Exception problem)
            {
                return Outcome(problem);
            }
        });

    // Not every silo has to have every model; one with another circuit under the same name is a rollout that has not come here yet.
    private bool TryFind(LaneKey key, out ServedModel model, out LaneReply refusal)
    {
        bool found = models.TryFind(key.Model, out ServedModel? known) && known.Server.CircuitHash == key.Circuit;
        model = known!;
        refusal = new LaneReply(LaneState.Failed)
        {
            Status = 404,
            Code = "CML6402",
            Message = $"a silo does not serve this circuit of the model '{key.Model}'",
        };
        return found;
    }

    private async Task<LaneReply> RunAsync(
        LaneKey key,
        ServedModel model,
        byte[] bytes,
        IProgress<double> progress,
        CancellationToken cancellation
    )
    {
        try
        {
            using IDisposable worker = await cores.EnterAsync(isSample: true, cancellation);
            EncryptedInputs inputs = await model.Server.ReadInputsAsync(new MemoryStream(bytes), 1, cancellation);
            using KeyMemory.Lease lease = await memory.AcquireAsync(key.Name, model, cancellation);
            RangeHelpers? helpers = await ranges.HelpersAsync(key);
            EncryptedOutputs outputs = await model.Server.RunAsync(
                lease.Key,
                inputs,
                helpers,
                progress,
                cancellation,
                options.Value.Threads
            );
            using MemoryStream written = new();
            await outputs.WriteToAsync(written, cancellation);
            return new LaneReply(LaneState.Done) { Outputs = written.ToArray(), Progress = 1 };
        }
        catch (OperationCanceledException)
        {
            return new LaneReply(LaneState.Unknown);
        }
        catch (Exception problem)
        {
            return Outcome(problem);
        }
        finally
        {
            Interlocked.Decrement(ref taken);
        }
    }

    private LaneReply Outcome(Exception problem)
    {
        // between the beginning and the run, the key made room for another one
        if (problem is RefusalException { Code: "CML6403" })
            return new LaneReply(LaneState.NeedsKey);
        RefusalException refusal = RefusalException.OfRun(problem);
        if (refusal.Status < 500)
            return new LaneReply(LaneState.Refused)
            {
                Status = refusal.Status,
                Code = refusal.Code,
                Message = refusal.Message,
            };
        logger.LogError(problem, "a run or a key failed on this silo");
        return new LaneReply(LaneState.Failed)
        {
            Status = 500,
            Code = "CML6409",
            Message = "the run failed on a silo",
        };
    }
}
