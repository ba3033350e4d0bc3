using System.CommandLine;
using ConcreteMl.Cli.Output;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>export OUT.cml --client C.client --server S.server: the two halves of an artefact.</summary>
internal sealed class ExportCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> model = new("MODEL") { Description = "A compiled artefact (.cml)" };

    private readonly Option<FileInfo> client = HalfOptions.Required(
        "--client",
        "Write the client's half: codings and parameters, no weights",
        "C.client"
    );

    private readonly Option<FileInfo> server = HalfOptions.Required(
        "--server",
        "Write the server's half: the circuit, no codings of its inputs",
        "S.server"
    );

    public Command Build()
    {
        Command command = new("export", "Write the client's and the server's half of an artefact") { model, client, server };
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(model).ToString();
        using Source source = Source.Open(path);
        QuantizedModule module = source.RequireModule(path, "export");
        string toClient = parsed.Path(client);
        string toServer = parsed.Path(server);
        module.SaveClient(toClient);
        module.SaveServer(toServer);
        (long clientBytes, long serverBytes) = (new FileInfo(toClient).Length, new FileInfo(toServer).Length);
        return session.Finish(
            new()
            {
                ["client"] = toClient,
                ["server"] = toServer,
                ["client_bytes"] = clientBytes,
                ["server_bytes"] = serverBytes,
                ["circuit_hash"] = FheClient.Load(toClient).CircuitHash,
            },
            console => console.WriteLine($"{toClient}: {Numbers.Bytes(clientBytes)}, {toServer}: {Numbers.Bytes(serverBytes)}")
        );
    }
}
