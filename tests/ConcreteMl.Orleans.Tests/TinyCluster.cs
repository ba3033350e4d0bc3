using ConcreteMl.AspNetCore;
using ConcreteMl.AspNetCore.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace ConcreteMl.Orleans.Tests;

/// <summary>Two silos with the tiny model in this process, and a client of theirs.</summary>
internal sealed class TinyCluster : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-silos-");

    private TinyCluster(Action<FheClusterOptions>? configure, Action<ConcreteMlOptions>? silos)
    {
        InProcessTestClusterBuilder builder = new(2);
        builder.ConfigureSilo(
            (silo, host) =>
                host.AddConcreteMl(
                    options =>
                    {
                        options.Models.Add("tiny", TinyHalves.Server).Add("wide", TinyHalves.WideServer);
                        options.Store = Path.Combine(folder.FullName, silo.SiloName);
                        options.Threads = 1;
                        silos?.Invoke(options);
                    },
                    share => share.LeastLookups = TinyHalves.Width / 2
                )
        );
        builder.ConfigureHost(host => host.Logging.ClearProviders());
        builder.ConfigureClient(client => client.Services.AddConcreteMlCluster(configure));
        Silos = builder.Build();
    }

    internal InProcessTestCluster Silos { get; }

    internal FheCluster Client => Silos.Client.ServiceProvider.GetRequiredService<FheCluster>();

    /// <summary>Lookups that silos computed for each other.</summary>
    internal long Helped => Silos.Silos.Sum(silo => silo.ServiceProvider.GetRequiredService<SiloRanges>().Helped);

    internal static async Task<TinyCluster> StartAsync(Action<FheClusterOptions>? configure = null, Action<ConcreteMlOptions>? silos = null)
    {
        TinyCluster cluster = new(configure, silos);
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
