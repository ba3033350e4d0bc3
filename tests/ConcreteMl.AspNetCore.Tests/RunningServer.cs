using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>A server with both tiny models on a free port of this machine, in this process.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    internal const string AliceToken = "alice-0123456789abcdef";
    internal const string BobToken = "bob-0123456789abcdef";
    private readonly WebApplication application;
    private readonly DirectoryInfo? own;

    private RunningServer(WebApplication application, DirectoryInfo? own)
    {
        this.application = application;
        this.own = own;
        Alice = Connect(AliceToken);
        Bob = Connect(BobToken);
        Nobody = Connect(null);
    }

    internal Uri Address => new(application.Urls.First());

    /// <summary>Connections of two clients, and of one without a token.</summary>
    internal HttpClient Alice { get; }

    internal HttpClient Bob { get; }

    internal HttpClient Nobody { get; }

    internal IServiceProvider Services => application.Services;

    internal static Uri Model(string name) => new($"/v2/models/{name}", UriKind.Relative);

    internal static async Task<RunningServer> StartAsync(
        Action<ConcreteMlOptions>? configure = null,
        ILoggerProvider? log = null,
        string? store = null,
        bool hasTokens = true
    )
    {
        DirectoryInfo? own = store is null ? Directory.CreateTempSubdirectory("concreteml-store-") : null;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Logging.AddProvider(log);
        builder.Services.AddConcreteMl(options =>
        {
            options.Models.Add("tiny", TinyHalves.Server).Add("other", TinyHalves.OtherServer);
            if (hasTokens)
                options.Clients.Add("alice", AliceToken).Add("bob", BobToken);
            options.Store = store ?? own!.FullName;
            configure?.Invoke(options);
        });
        WebApplication application = builder.Build();
        application.MapConcreteMl();
        await application.StartAsync();
        return new RunningServer(application, own);
    }

    internal HttpClient Connect(string? token)
    {
        HttpClient http = new() { BaseAddress = Address };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        Alice.Dispose();
        Bob.Dispose();
        Nobody.Dispose();
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(20));
        await application.StopAsync(soon.Token);
        await application.DisposeAsync();
        own?.Delete(recursive: true);
    }
}
