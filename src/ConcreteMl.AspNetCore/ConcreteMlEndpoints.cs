using ConcreteMl.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The addresses of the open inference protocol v2, with keys and jobs.</summary>
public static class ConcreteMlEndpoints
{
    /// <summary>Maps the addresses under /v2; docs/serving.md describes them.</summary>
    /// <returns>All of them, for conventions of the application's own.</returns>
    public static IEndpointConventionBuilder MapConcreteMl(this IEndpointRouteBuilder application)
    {
        ArgumentNullException.ThrowIfNull(application);
        IServiceProvider services = application.ServiceProvider;
        Gate gate = services.GetRequiredService<Gate>();
        ModelEndpoints models = services.GetRequiredService<ModelEndpoints>();
        KeyEndpoints keys = services.GetRequiredService<KeyEndpoints>();
        InferEndpoint infer = services.GetRequiredService<InferEndpoint>();
        JobEndpoints jobs = services.GetRequiredService<JobEndpoints>();
        RouteGroupBuilder group = application.MapGroup("/v2");
        void Map(string method, string pattern, Func<HttpContext, string, Task> work) =>
            group.MapMethods(pattern, [method], context => gate.RunAsync(context, work));

        group.MapGet("", context => gate.RunOpenAsync(context, models.ServerAsync));
        group.MapGet("/health/live", context => gate.RunOpenAsync(context, _ => Task.CompletedTask));
        group.MapGet("/health/ready", context => gate.RunOpenAsync(context, models.ReadyAsync));
        Map("GET", "/models", models.ListAsync);
        Map("GET", "/models/{model}", models.MetadataAsync);
        Map("GET", "/models/{model}/ready", models.ModelReadyAsync);
        Map("GET", "/models/{model}/client", models.ClientHalfAsync);
        Map("GET", "/models/{model}/keys/{key}", keys.FindAsync);
        Map("HEAD", "/models/{model}/keys/{key}", keys.FindAsync);
        Map("PUT", "/models/{model}/keys/{key}", keys.PutAsync);
        Map("DELETE", "/models/{model}/keys/{key}", keys.DeleteAsync);
        Map("POST", "/models/{model}/infer", infer.PostAsync);
        Map("GET", "/jobs", jobs.ListAsync);
        Map("GET", "/jobs/{job}", jobs.GetAsync);
        Map("GET", "/jobs/{job}/result", jobs.ResultAsync);
        Map("DELETE", "/jobs/{job}", jobs.DeleteAsync);
        // after all others, also where the address has other methods
        group.Map("/{**rest}", context => gate.RunOpenAsync(context, NothingAsync));
        return group;
    }

    private static Task NothingAsync(HttpContext context) =>
        throw new RefusalException(
            StatusCodes.Status404NotFound,
            "CML6411",
            "there is no such request",
            "one of the open inference protocol, or of keys and jobs",
            "docs/serving.md lists the addresses and their methods"
        );
}
