using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.AspNetCore;
using ConcreteMl.Cli.Output;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ConcreteMl.Cli.Commands;

/// <summary>serve S.server… --urls U --store DIR: a server of encrypted inference.</summary>
internal sealed class ServeCommand(Runner runner) : ICommand
{
    internal const string Name = "serve";

    private readonly Argument<FileInfo[]> servers = new("SERVER")
    {
        Description = "Server halves; each is served under its file's name, with the .client beside it",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> urls = new("--urls")
    {
        Description = "Addresses to listen on, separated by ';'; port 0 takes a free one",
        DefaultValueFactory = _ => "http://127.0.0.1:5080",
        HelpName = "URLS",
    };

    private readonly Option<string> store = new("--store")
    {
        Description = "Folder of keys, jobs and results",
        DefaultValueFactory = _ => "concreteml-store",
        HelpName = "DIR",
    };

    private readonly Option<FileInfo?> tokens = new("--tokens")
    {
        Description = "Clients, one a line: NAME TOKEN (default: CONCRETEML_TOKENS); without any, only this machine is answered",
        HelpName = "FILE",
    };

    private readonly Option<bool> anonymous = new("--anonymous") { Description = "Answer everybody who reaches the server, as one client" };
    private readonly Option<int> workers = new("--workers") { Description = "Inferences side by side", DefaultValueFactory = _ => 1 };
    private readonly Option<int> threads = new("--threads", "-t") { Description = "The most threads of one inference (default: all)" };
    private readonly Option<int?> queue = new("--queue") { Description = "Requests that may wait (default: 64)" };
    private readonly Option<long?> keyMemory = new("--key-memory")
    {
        Description = "Bytes of keys in memory (default: half of the memory)",
    };

    private readonly Option<DirectoryInfo?> page = new("--page")
    {
        Description = "Also serve the files of this folder, for example samples/Browser's page",
        HelpName = "DIR",
    };

    public Command Build()
    {
        Command command = new(Name, "Serve models on encrypted data over HTTP")
        {
            servers,
            urls,
            store,
            tokens,
            anonymous,
            workers,
            threads,
            queue,
            keyMemory,
            page,
        };
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        try
        {
            ServeAsync(parsed, session, cancellation).GetAwaiter().GetResult();
        }
        catch (ServingException problem)
        {
            throw Refusal(problem.Code, problem.Message, problem.Expected, problem.Cure);
        }
        catch (OptionsValidationException problem)
        {
            // every finding begins with its code
            throw new CompilationException([
                .. problem.Failures.Select(text =>
                    Diagnostic.Error(text[..7], null, text[9..], "", "Correct the setting: concreteml serve --help")
                ),
            ]);
        }
        catch (Exception problem) when (problem is IOException or FormatException or InvalidOperationException)
        {
            // an address that is taken, or none
            throw Refusal(
                "CML6413",
                problem.Message.TrimEnd('.'),
                "addresses that are free",
                "Choose others: --urls http://127.0.0.1:5081"
            );
        }

        throw new OperationCanceledException("the server was told to stop");
    }

    private async Task ServeAsync(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = ServerHost.CreateBuilder();
        builder.WebHost.UseUrls(parsed.GetRequiredValue(urls).Split(';', StringSplitOptions.RemoveEmptyEntries));
        builder.Services.AddConcreteMl(options => Configure(options, parsed));
        await using WebApplication application = builder.Build();
        application.MapConcreteMl();
        if (parsed.GetValue(page) is { } folder)
            ServerHost.ServePage(application, folder.FullName);
        await application.StartAsync(cancellation).ConfigureAwait(false);
        string[] addresses = [.. application.Urls];
        string[] names = [.. parsed.GetRequiredValue(servers).Select(NameOf)];
        session.Finish(
            new()
            {
                ["urls"] = new JsonArray([.. addresses.Select(url => (JsonNode)url)]),
                ["models"] = new JsonArray([.. names.Select(name => (JsonNode)name)]),
            },
            console =>
            {
                foreach (string address in addresses)
                foreach (string name in names)
                    session.Write($"{address}/v2/models/{name}\n");
            }
        );
        await ToldToStopAsync(cancellation).ConfigureAwait(false);
        session.Message("Finishing what runs …");
        await application.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    // signals arrive as the token: Interruption
    private static async Task ToldToStopAsync(CancellationToken cancellation)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellation.Register(() => stopped.TrySetResult()).ConfigureAwait(false))
            await stopped.Task.ConfigureAwait(false);
    }

    private void Configure(ConcreteMlOptions options, ParseResult parsed)
    {
        foreach (FileInfo server in parsed.GetRequiredValue(servers))
            options.Models.Add(NameOf(server), server.ToString());
        ServerHost.ReadTokens(parsed.GetValue(tokens)?.ToString(), options.Clients);
        options.AllowAnonymous = parsed.GetValue(anonymous);
        options.Store = Path.GetFullPath(parsed.GetRequiredValue(store));
        options.Workers = parsed.GetValue(workers);
        options.Threads = parsed.GetValue(threads);
        options.QueueLength = parsed.GetValue(queue) ?? options.QueueLength;
        options.KeyMemoryBytes = parsed.GetValue(keyMemory) ?? options.KeyMemoryBytes;
    }

    private static string NameOf(FileInfo server) => Path.GetFileNameWithoutExtension(server.Name);

    private static CompilationException Refusal(string code, string message, string expected, string cure) =>
        new(Diagnostic.Error(code, null, message, expected, cure));
}
