using ConcreteMl.AspNetCore;
using ConcreteMl.Orleans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Hosting;

/// <summary>Encrypted inference on the silos of a cluster.</summary>
public static class ConcreteMlSilo
{
    /// <summary>
    /// Makes a silo compute. Of the settings it uses Models (server halves are enough), Store (a folder of its own, where it keeps
    /// the keys that it was sent; when KeyStoreBytes are full, the least recently used go), Workers, Threads, QueueLength, and the bounds
    /// on keys. <paramref name="share"/> says how idle silos help with large layers of one sample.
    /// </summary>
    public static ISiloBuilder AddConcreteMl(
        this ISiloBuilder silo,
        Action<ConcreteMlOptions> configure,
        Action<SiloSharingOptions>? share = null
    )
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = silo.Services;
        services.AddModelsAndKeys(configure);
        services
            .AddOptions<SiloSharingOptions>()
            .Configure(options => share?.Invoke(options))
            .Validate(
                options => options is { Helpers: >= 0, LeastLookups: >= 1 },
                "CML6413: Helpers is at least 0 and LeastLookups at least 1"
            )
            .ValidateOnStart();
        services.TryAddSingleton<SiloCores>();
        services.TryAddSingleton<SiloRanges>();
        services.TryAddSingleton<SiloWork>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloStart>();
        services.AddPlacementDirector<LanePlacement, LanePlacementDirector>();
        return silo;
    }
}
