using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Running;

namespace ConcreteMl.Cli.Commands;

/// <summary>decrypt C.client --secret K --input Y.enc -o Y.npz.</summary>
internal sealed class DecryptCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> client = HalfOptions.Client();
    private readonly Option<FileInfo> secret = HalfOptions.Secret();
    private readonly Option<FileInfo> input = HalfOptions.Required("--input", "Encrypted outputs", "Y.enc", "-i");

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the outputs (y0, y1, …) to this file",
        HelpName = "Y.npz",
    };

    public Command Build()
    {
        Command command = new("decrypt", "Decrypt outputs") { client, secret, input, output };
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        FheClient half = FheClient.Load(parsed.GetRequiredValue(client).ToString());
        using SecretKey key = SecretKey.Load(parsed.Path(secret), HalfOptions.Passphrase);
        string source = parsed.Path(input);
        EncryptedOutputs encrypted = WireRefusals.Guard(
            source,
            WireSubject.Ciphertexts,
            () => HalfFiles.Read(source, stream => EncryptedOutputs.ReadFromAsync(stream, half.Expectation, cancellation))
        );
        Stopwatch watch = Stopwatch.StartNew();
        IReadOnlyList<IntegerTensor> codes = half.DecryptCodes(key, encrypted);
        IReadOnlyList<Tensor> outputs = half.Decrypt(key, encrypted);
        double seconds = watch.Elapsed.TotalSeconds / 2;
        if (parsed.GetValue(output) is FileInfo target)
        {
            NpzFile.Save(target.ToString(), outputs.Select((tensor, index) => new KeyValuePair<string, Tensor>($"y{index}", tensor)));
        }

        int count = encrypted.Samples.Count;
        JsonObject result = new()
        {
            ["samples"] = count,
            ["seconds"] = new JsonArray([.. Enumerable.Repeat(seconds / count, count).Select(value => (JsonNode)value)]),
            ["bytes"] = new FileInfo(source).Length,
            ["outputs"] = JsonTensors.Of(outputs),
            ["quantized_outputs"] = JsonTensors.Of(codes),
        };
        if (half.OutputLabels.Any(labels => labels.Count > 0))
        {
            result["texts"] = JsonTensors.Texts(outputs, half.OutputLabels);
        }

        return session.Finish(result, console => TensorLines.Show(console, outputs));
    }
}
