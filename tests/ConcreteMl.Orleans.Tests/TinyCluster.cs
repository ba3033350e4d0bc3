using ConcreteMl.AspNetCore.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace ConcreteMl.Orleans.Tests;

/// <summary>Two silos with the tiny model in this process, and a client of theirs.</summary>
internal sealed class TinyCluster : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-silos-");

    private TinyCluster(Action<FheClusterOptions>? configure)
    {
        InProcessTestClusterBuilder builder = new(2);
        builder.ConfigureSilo(
            (silo, host) =>
                host.AddConcreteMl(options =>
                {
                    options.Models.Add("tiny", TinyHalves.Server);
                    options.Store = Path.Combine(folder.FullName, silo.SiloName);
                    options.Threads = 1;
                })
        );
        builder.ConfigureHost(host => host.Logging.ClearProviders());
        builder.ConfigureClient(client => client.Services.AddConcreteMlCluster(configure));
        Silos = builder.Build();
    }

    internal InProcessTestCluster Silos { get; }

    internal FheCluster Client => Silos.Client.ServiceProvider.GetRequiredService<FheCluster>();

    internal static async Task<TinyCluster> StartAsync(Action<FheClusterOptions>? configure = null)
    {
        TinyCluster cluster = new(configure);
        await cluster.Silos.DeployAsync();
        return cluster;
    }

    /// <summary>Evaluation keys that lie in the stores of the silos.</summary>
    internal string[] KeyFiles() => Directory.GetFiles(folder.FullName, "*.key", SearchOption.AllDirectories);

    public async ValueTask DisposeAsync()
    {
        await Silos.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
