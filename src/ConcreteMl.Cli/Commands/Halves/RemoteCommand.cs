using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Remote;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Cli.Commands;

/// <summary>remote URL/v2/models/NAME --client C.client --secret K --input X.npz -o Y.npz: a client of a server.</summary>
internal sealed class RemoteCommand(Runner runner) : ICommand
{
    /// <summary>The variable that holds the client's bearer token; a command line would show it to other users.</summary>
    internal const string TokenVariable = "CONCRETEML_TOKEN";

    private readonly Argument<string> address = new("URL")
    {
        Description = $"The model's address: http://HOST/v2/models/NAME; {TokenVariable} may hold the client's token",
    };

    private readonly Option<FileInfo> client = HalfOptions.Required("--client", "The client's half of the model", "C.client");
    private readonly Option<FileInfo> secret = HalfOptions.Secret();

    private readonly Option<FileInfo?> evaluation = new("--evaluation")
    {
        Description = "The evaluation key (default: K.evaluation, made if it is not there)",
        HelpName = "E",
    };

    private readonly Option<FileInfo> input = HalfOptions.Required("--input", "Inputs (.npz: x0, x1, …)", "X.npz", "-i");

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Write the outputs (y0, y1, …) to this file",
        HelpName = "Y.npz",
    };

    private readonly Option<int?> limit = new("--limit", "-n") { Description = "Use the first N samples only" };
    private readonly Option<bool> job = new("--job") { Description = "Run as jobs, which go on when the connection or the server breaks" };

    public Command Build()
    {
        Command command = new("remote", "Run a model on a server, encrypted")
        {
            address,
            client,
            secret,
            evaluation,
            input,
            output,
            limit,
            job,
        };
        limit.Validators.Add(CompileArguments.NotNegative);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        FheClient half = FheClient.Load(parsed.Path(client));
        using SecretKey key = SecretKey.Load(parsed.Path(secret), HalfOptions.Passphrase);
        SampleBinder binder = new(half.Inputs, parsed.Path(input));
        Samples samples = binder.Bind(NpzFile.Load(parsed.Path(input)), parsed.GetValue(limit));
        session.Report(binder.Notes);
        using HttpClient http = Connect();
        RemoteModel model = new(http, Address(parsed.GetRequiredValue(address)));
        string evaluationFile = parsed.GetValue(evaluation)?.ToString() ?? parsed.Path(secret) + ".evaluation";
        MakeEvaluation(half, key, evaluationFile, session, cancellation);
        (string name, bool sent) = RegisterAsync(model, evaluationFile, cancellation).GetAwaiter().GetResult();
        EncryptedInputs encrypted = half.Encrypt(key, samples, out IReadOnlyList<long> clipped);
        (EncryptedOutputs outputs, double[] seconds) = session.WithProgress(
            "run",
            show => InferAsync(parsed, model, half, name, encrypted, show, cancellation).GetAwaiter().GetResult()
        );
        IReadOnlyList<Tensor> answers = half.Decrypt(key, outputs);
        if (parsed.GetValue(output) is FileInfo target)
        {
            NpzFile.Save(target.ToString(), answers.Select((tensor, index) => new KeyValuePair<string, Tensor>($"y{index}", tensor)));
        }

        return session.Finish(
            new()
            {
                ["samples"] = seconds.Length,
                ["seconds"] = new JsonArray([.. seconds.Select(value => (JsonNode)value)]),
                ["bytes"] = encrypted.ByteCount + outputs.ByteCount,
                ["evaluation_key"] = name,
                ["evaluation_key_sent"] = sent,
                ["clipped_inputs"] = clipped.Sum(),
                ["outputs"] = JsonTensors.Of(answers),
                ["quantized_outputs"] = JsonTensors.Of(half.DecryptCodes(key, outputs)),
            },
            console => TensorLines.Show(console, answers)
        );
    }

    private async Task<(EncryptedOutputs Outputs, double[] Seconds)> InferAsync(
        ParseResult parsed,
        RemoteModel model,
        FheClient half,
        string key,
        EncryptedInputs inputs,
        Action<string, double> show,
        CancellationToken cancellation
    )
    {
        List<EncryptedResult> results = [];
        List<double> seconds = [];
        foreach (EncryptedSample sample in inputs.Samples)
        {
            Stopwatch watch = Stopwatch.StartNew();
            EncryptedInputs one = new([sample], inputs.Axis);
            EncryptedOutputs back = parsed.GetValue(job)
                ? await model.InferAsJobAsync(half, key, one, null, cancellation).ConfigureAwait(false)
                : await model.InferAsync(half, key, one, cancellation).ConfigureAwait(false);
            results.AddRange(back.Samples);
            seconds.Add(watch.Elapsed.TotalSeconds);
            show("run", (double)results.Count / inputs.Samples.Count);
        }

        return (new EncryptedOutputs(results, inputs.Axis), [.. seconds]);
    }

    private static HttpClient Connect()
    {
        // a run takes as long as it takes; Ctrl-C ends it
        HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw ServerRefusals.Unexpected("the address is none", text);

    private static void MakeEvaluation(FheClient half, SecretKey key, string path, Session session, CancellationToken cancellation)
    {
        if (File.Exists(path))
        {
            return;
        }

        using EvaluationKey made = session.WithProgress(
            "keys",
            show => half.CreateEvaluationKey(key, new Reporter<double>(fraction => show("keys", fraction)), cancellation)
        );
        WireRefusals.Guard(path, WireSubject.Key, () => made.Save(path));
    }

    private static async Task<(string Name, bool Sent)> RegisterAsync(RemoteModel model, string path, CancellationToken cancellation)
    {
        await using FileStream file = WireRefusals.Guard(path, WireSubject.Key, () => File.OpenRead(path));
        string name = await RemoteModel.NameOfAsync(file, cancellation).ConfigureAwait(false);
        return (name, await model.RegisterAsync(name, () => File.OpenRead(path), cancellation).ConfigureAwait(false));
    }
}
