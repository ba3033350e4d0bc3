using ConcreteMl.AspNetCore;
using Microsoft.Extensions.Options;

namespace ConcreteMl.Orleans;

/// <summary>Loads a silo's models and opens its store of keys before it takes work.</summary>
internal sealed class SiloStart(IOptions<ConcreteMlOptions> options, ModelRepository models, StoreFolder folder, KeyStore keys)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(
            nameof(SiloStart),
            ServiceLifecycleStage.ApplicationServices,
            _ =>
            {
                models.Load();
                OptionRules.RequireKeyMemory(options.Value, models.All);
                folder.Open();
                keys.Open(cache: true);
                return Task.CompletedTask;
            }
        );
}
