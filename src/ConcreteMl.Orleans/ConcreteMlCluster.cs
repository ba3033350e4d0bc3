using ConcreteMl.AspNetCore;
using ConcreteMl.Orleans;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A server, or another client of a cluster, that leaves the computing to silos.</summary>
public static class ConcreteMlCluster
{
    /// <summary>
    /// Adds <see cref="FheCluster"/>; the application has an Orleans client (UseOrleansClient). A server of AddConcreteMl then runs
    /// what it accepts on the silos: its queue, jobs, keys and protocol stay as they are. Give it as many Workers as batches are to
    /// be under way at once.
    /// </summary>
    public static IServiceCollection AddConcreteMlCluster(this IServiceCollection services, Action<FheClusterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services
            .AddOptions<FheClusterOptions>()
            .Configure(options => configure?.Invoke(options))
            .Validate(
                options => options is { LanesPerSilo: >= 1, Attempts: >= 1, KeyPartBytes: >= 1 },
                "CML6413: LanesPerSilo, Attempts and KeyPartBytes are at least 1"
            )
            .ValidateOnStart();
        services.TryAddSingleton<FheCluster>();
        services.Replace(
            ServiceDescriptor.Singleton<IInferenceRunner>(provider => new ClusterRunner(
                provider.GetRequiredService<FheCluster>(),
                provider.GetRequiredService<KeyStore>()
            ))
        );
        return services;
    }
}
