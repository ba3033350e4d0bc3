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
    /// the keys that it was sent), Workers, Threads, QueueLength, and the bounds on keys.
    /// </summary>
    public static ISiloBuilder AddConcreteMl(this ISiloBuilder silo, Action<ConcreteMlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = silo.Services;
        services.AddModelsAndKeys(configure);
        services.TryAddSingleton<SiloWork>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloStart>();
        services.AddPlacementDirector<LanePlacement, LanePlacementDirector>();
        return silo;
    }
}
