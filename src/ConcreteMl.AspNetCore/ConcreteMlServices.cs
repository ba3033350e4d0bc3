using ConcreteMl.AspNetCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Encrypted inference as services of an application.</summary>
public static class ConcreteMlServices
{
    /// <summary>Adds models, stores and workers; the settings are checked when the application starts.</summary>
    public static IServiceCollection AddConcreteMl(this IServiceCollection services, Action<ConcreteMlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddModelsAndKeys(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ClientAccess>();
        services.TryAddSingleton<JobStore>();
        services.TryAddSingleton<WorkQueue>();
        services.TryAddSingleton<IInferenceRunner, LocalRunner>();
        services.TryAddSingleton<Gate>();
        services.TryAddSingleton<UploadPlaces>();
        services.TryAddSingleton<KeyEndpoints>();
        services.TryAddSingleton<InferEndpoint>();
        services.TryAddSingleton<JobEndpoints>();
        services.TryAddSingleton<ModelEndpoints>();
        services.TryAddSingleton<InferenceService>();
        services.AddHostedService(provider => provider.GetRequiredService<InferenceService>());
        return services;
    }

    /// <summary>What every process has that computes: checked settings, models, and keys on disk and in memory.</summary>
    internal static void AddModelsAndKeys(this IServiceCollection services, Action<ConcreteMlOptions> configure)
    {
        services.AddOptions<ConcreteMlOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConcreteMlOptions>, OptionRules>());
        services.AddMetrics();
        services.TryAddSingleton<StoreFolder>();
        services.TryAddSingleton<ModelRepository>();
        services.TryAddSingleton<KeyStore>();
        services.TryAddSingleton<KeyMemory>();
        services.TryAddSingleton<Telemetry>();
    }
}
