using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>encrypt C.client --secret K --input X.npz -o X.enc.</summary>
internal sealed class EncryptCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> client = HalfOptions.Client();
    private readonly Option<FileInfo> secret = HalfOptions.Secret();
    private readonly Option<FileInfo> input = HalfOptions.Required("--input", "Inputs (.npz: x0, x1, …)", "X.npz", "-i");
    private readonly Option<FileInfo> output = HalfOptions.Required("--output", "Write the ciphertexts to this file", "X.enc", "-o");
    private readonly Option<int?> limit = new("--limit", "-n") { Description = "Use the first N samples only" };

    public Command Build()
    {
        Command command = new("encrypt", "Encrypt inputs") { client, secret, input, output, limit };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
            {
                result.AddError("--limit takes 1 or more.");
            }
        });
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        FheClient half = FheClient.Load(parsed.GetRequiredValue(client).ToString());
        using SecretKey key = SecretKey.Load(parsed.Path(secret), HalfOptions.Passphrase);
        SampleBinder binder = new(half.Inputs, parsed.Path(input));
        Samples samples = binder.Bind(NpzFile.Load(parsed.Path(input)), parsed.GetValue(limit));
        session.Report(binder.Notes);
        Stopwatch watch = Stopwatch.StartNew();
        EncryptedInputs encrypted = half.Encrypt(key, samples, out IReadOnlyList<long> clipped);
        double seconds = watch.Elapsed.TotalSeconds;
        session.Report(half.Clipped(clipped, samples).Select(ClipCount.Warning));
        string target = parsed.Path(output);
        WireRefusals.Guard(target, WireSubject.Ciphertexts, () => HalfFiles.Write(target, encrypted.WriteToAsync, cancellation));
        long bytes = new FileInfo(target).Length;
        int count = samples.Items.Count;
        return session.Finish(
            new()
            {
                ["samples"] = count,
                ["seconds"] = new JsonArray([.. Enumerable.Repeat(seconds / count, count).Select(value => (JsonNode)value)]),
                ["bytes"] = bytes,
                ["key_id"] = key.KeyId.ToString(),
                ["clipped_inputs"] = clipped.Sum(),
            },
            console => console.WriteLine($"{Numbers.Count(count)} samples, {Numbers.Bytes(bytes)}, {clipped.Sum()} values clipped")
        );
    }
}
