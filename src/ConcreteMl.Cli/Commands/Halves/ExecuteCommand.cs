using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>execute S.server --evaluation E --input X.enc -o Y.enc.</summary>
internal sealed class ExecuteCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> server = new("SERVER") { Description = "The server's half of a model" };
    private readonly Option<FileInfo> evaluation = HalfOptions.Evaluation();
    private readonly Option<FileInfo> input = HalfOptions.Required("--input", "Encrypted inputs", "X.enc", "-i");
    private readonly Option<FileInfo> output = HalfOptions.Required("--output", "Write the encrypted outputs to this file", "Y.enc", "-o");
    private readonly Option<int> threads = new("--threads", "-t") { Description = "The most threads to use (default: all)" };

    public Command Build()
    {
        threads.Validators.Add(CompileArguments.NotNegative);
        Command command = new("execute", "Run a model on encrypted inputs") { server, evaluation, input, output, threads };
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string half = parsed.GetRequiredValue(server).ToString();
        FheServer model = WireRefusals.Guard(half, WireSubject.Half, () => FheServer.Load(half));
        string source = parsed.Path(input);
        EncryptedInputs inputs = WireRefusals.Guard(
            source,
            WireSubject.Ciphertexts,
            () => HalfFiles.Read(source, stream => model.ReadInputsAsync(stream, cancellation: cancellation))
        );
        string keyFile = parsed.Path(evaluation);
        using EvaluationKey key = WireRefusals.Guard(keyFile, WireSubject.Key, () => EvaluationKey.Load(keyFile, model.KeyExpectation));
        Stopwatch watch = Stopwatch.StartNew();
        session.WithProgress(
            "key",
            show =>
            {
                key.PrepareAsync(true, new Reporter<double>(done => show("key", done)), cancellation).GetAwaiter().GetResult();
                return true;
            }
        );
        double prepared = watch.Elapsed.TotalSeconds;
        (EncryptedOutputs outputs, double[] seconds) = session.WithProgress(
            "run",
            show => Execute(model, key, inputs, parsed.GetValue(threads), source, fraction => show("run", fraction), cancellation)
        );
        string target = parsed.Path(output);
        WireRefusals.Guard(target, WireSubject.Ciphertexts, () => HalfFiles.Write(target, outputs.WriteToAsync, cancellation));
        long bytes = new FileInfo(target).Length;
        return session.Finish(
            new()
            {
                ["samples"] = seconds.Length,
                ["seconds"] = new JsonArray([.. seconds.Select(value => (JsonNode)value)]),
                ["bytes"] = bytes,
                ["key_seconds"] = prepared,
            },
            console =>
                console.WriteLine(
                    $"{Numbers.Count(seconds.Length)} samples, {Numbers.Seconds(seconds.Average())} each, {Numbers.Bytes(bytes)}"
                )
        );
    }

    private static (EncryptedOutputs Outputs, double[] Seconds) Execute(
        FheServer model,
        EvaluationKey key,
        EncryptedInputs inputs,
        int threads,
        string place,
        Action<double> show,
        CancellationToken cancellation
    )
    {
        List<EncryptedResult> results = [];
        List<double> seconds = [];
        try
        {
            foreach (EncryptedSample sample in inputs.Samples)
            {
                Stopwatch watch = Stopwatch.StartNew();
                EncryptedInputs one = new([sample], inputs.Axis);
                results.AddRange(model.RunAsync(key, one, null, cancellation, threads).GetAwaiter().GetResult().Samples);
                seconds.Add(watch.Elapsed.TotalSeconds);
                show((double)results.Count / inputs.Samples.Count);
            }
        }
        catch (ProgramInputException problem)
        {
            throw WireRefusals.Of(problem, place);
        }

        return (new EncryptedOutputs(results, inputs.Axis), [.. seconds]);
    }
}
