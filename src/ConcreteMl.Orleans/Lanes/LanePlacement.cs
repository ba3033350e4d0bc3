using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace ConcreteMl.Orleans;

/// <summary>Lanes of a key lie on the silos in an order of the key's own.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class LanePlacement : PlacementStrategy
{
    internal static LanePlacement Instance { get; } = new();
}

/// <summary>Marks grains that <see cref="LanePlacement"/> places.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class LanePlacementAttribute() : PlacementAttribute(LanePlacement.Instance);

/// <summary>
/// Rendezvous hashing: every key ranks all silos by a hash of both, and its lane n lies on the silo of rank n. A silo that comes or
/// goes moves only the lanes that lie on it, so evaluation keys travel as rarely as they can; keys with few lanes lie on few silos.
/// </summary>
internal sealed class LanePlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string lane = target.GrainIdentity.Key.ToString()!;
        int slash = lane.LastIndexOf('/');
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        SiloAddress[] ranked = [.. silos.OrderBy(silo => Rank(lane[..slash], silo)).ThenBy(silo => silo)];
        return Task.FromResult(ranked[int.Parse(lane[(slash + 1)..]) % ranked.Length]);
    }

    private static ulong Rank(string key, SiloAddress silo)
    {
        // FNV-1a, 64 bits, over the key and the silo's own stable hash
        ulong hash = 14695981039346656037;
        foreach (char one in key)
            hash = (hash ^ one) * 1099511628211;
        for (int shift = 0; shift < 32; shift += 8)
            hash = (hash ^ (byte)(silo.GetConsistentHashCode() >> shift)) * 1099511628211;
        return hash;
    }
}
