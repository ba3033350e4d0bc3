using ConcreteMl.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ConcreteMl.Cli.Commands;

/// <summary>The host around a server that the command line starts.</summary>
internal static class ServerHost
{
    // OpenTelemetry's own variable, without which nothing is exported
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // where a file of its owner alone cannot be had: secrets of containers are files that the group can read
    private const string TokensVariable = "CONCRETEML_TOKENS";

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>A host that logs to standard error and stops when the command does.</summary>
    internal static WebApplicationBuilder CreateBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = Environment.CurrentDirectory, EnvironmentName = Environments.Production }
        );
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // why a start failed is said by the command
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace
        );
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        if (Environment.GetEnvironmentVariable(Endpoint) is { Length: > 0 })
            builder
                .Services.AddOpenTelemetry()
                .WithMetrics(metrics => metrics.AddMeter("ConcreteMl").AddAspNetCoreInstrumentation())
                .WithTracing(traces => traces.AddSource("ConcreteMl").AddAspNetCoreInstrumentation())
                .UseOtlpExporter();
        return builder;
    }

    /// <summary>Serves a folder's files, index.html first; a page may load and ask from its own server alone.</summary>
    /// <exception cref="ServingException">There is no such folder.</exception>
    internal static void ServePage(WebApplication application, string folder)
    {
        if (!Directory.Exists(folder))
            throw new ServingException("CML6413", $"{folder}: there is no such folder", "the folder of a page", "Publish the page first");
        application.UseFileServer(
            new FileServerOptions
            {
                FileProvider = new PhysicalFileProvider(folder),
                StaticFileOptions =
                {
                    ServeUnknownFileTypes = true,
                    OnPrepareResponse = context =>
                        context.Context.Response.Headers.ContentSecurityPolicy =
                            "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; worker-src 'self'",
                },
            }
        );
    }

    /// <summary>Adds clients and tokens of a file, or, where none is named, of the environment; one a line.</summary>
    /// <exception cref="ServingException">The file is open to others or missing, or a line is none of these.</exception>
    internal static void ReadTokens(string? path, ClientTokens clients)
    {
        if (path is null)
        {
            string lines = Environment.GetEnvironmentVariable(TokensVariable) ?? "";
            AddTokens(TokensVariable, lines.Split('\n'), clients);
            return;
        }

        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
                throw Refusal(
                    path,
                    "others can read the file, or change it",
                    "a file of its owner alone (mode 600)",
                    "chmod 600 it, with new tokens"
                );
            AddTokens(path, File.ReadAllLines(path), clients);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw Refusal(path, problem.Message, TokenLines, "Correct the file");
        }
    }

    private static string TokenLines => $"lines 'NAME TOKEN' with tokens of {ClientTokens.LeastTokenLength} characters or more";

    // empty lines and those that begin with # say nothing
    private static void AddTokens(string place, IReadOnlyList<string> lines, ClientTokens clients)
    {
        for (int index = 0; index < lines.Count; index++)
        {
            string[] words = lines[index].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;
            if (words.Length != 2)
                throw Refusal(place, $"line {index + 1} has {words.Length} words", TokenLines, "Correct the line");
            try
            {
                clients.Add(words[0], words[1]);
            }
            catch (ArgumentException problem)
            {
                throw Refusal(place, $"line {index + 1}: {problem.Message}", TokenLines, "Correct the line");
            }
        }
    }

    private static ServingException Refusal(string place, string message, string wanted, string cure) =>
        new("CML6413", $"{place}: {message.TrimEnd('.')}", wanted, cure);

    // The command line hears the signals, and stops the host.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
