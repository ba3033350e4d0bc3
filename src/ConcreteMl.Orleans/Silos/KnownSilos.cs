using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace ConcreteMl.Orleans;

/// <summary>
/// How many silos there are. Orleans reads it from the list of members, which may be away for a while (Redis restarts): what was known
/// last holds then, because silos that are there go on.
/// </summary>
/// <param name="ask">Asks the list of members.</param>
/// <param name="clock">Tells how old an answer is.</param>
/// <param name="logger">Hears that the list is away.</param>
internal sealed class KnownSilos(Func<Task<int>> ask, TimeProvider clock, ILogger logger)
{
    // Silos come and go rarely; one that is missing here is only not asked.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);
    private volatile Answer? known;

    internal static KnownSilos Of(IGrainFactory grains, ILogger logger) =>
        new(
            async () =>
            {
                Dictionary<SiloAddress, SiloStatus> hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
                return hosts.Count;
            },
            TimeProvider.System,
            logger
        );

    /// <summary>At least one, and no older than ten seconds where the list of members answers.</summary>
    internal async Task<int> CountAsync(CancellationToken cancellation = default)
    {
        Answer? last = known;
        if (last is not null && clock.GetElapsedTime(last.Asked) < Fresh)
            return last.Silos;
        int silos;
        try
        {
            silos = Math.Max(1, await ask().WaitAsync(cancellation));
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested)
        {
            silos = last?.Silos ?? 1;
            logger.LogWarning(problem, "the list of silos is away; {Silos} were known last", silos);
        }

        known = new Answer(silos, clock.GetTimestamp());
        return silos;
    }

    private sealed record Answer(int Silos, long Asked);
}
