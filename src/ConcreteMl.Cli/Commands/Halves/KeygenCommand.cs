using System.CommandLine;
using System.Diagnostics;
using ConcreteMl.Cli.Output;
using ConcreteMl.Running;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>keygen C.client --secret K --evaluation E: a secret key for its owner, and the evaluation key for servers.</summary>
internal sealed class KeygenCommand(Runner runner) : ICommand
{
    private readonly Argument<FileInfo> client = HalfOptions.Client();
    private readonly Option<FileInfo> secret = HalfOptions.Secret();
    private readonly Option<FileInfo> evaluation = HalfOptions.Evaluation();

    private readonly Option<bool> rotate = new("--rotate")
    {
        Description = "Keep the secret key that is there, and make it a new evaluation key",
    };

    public Command Build()
    {
        Command command = new("keygen", "Make a secret key and its evaluation key") { client, secret, evaluation, rotate };
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        FheClient half = FheClient.Load(parsed.GetRequiredValue(client).ToString());
        string secretFile = parsed.Path(secret);
        string evaluationFile = parsed.Path(evaluation);
        bool kept = parsed.GetValue(rotate);
        using SecretKey key = kept ? SecretKey.Load(secretFile, HalfOptions.Passphrase) : half.GenerateKey();
        if (!kept)
        {
            key.Save(secretFile, HalfOptions.Passphrase);
        }

        using EvaluationKey made = session.WithProgress(
            "keys",
            show => half.CreateEvaluationKey(key, new Reporter<double>(fraction => show("keys", fraction)), cancellation)
        );
        WireRefusals.Guard(evaluationFile, WireSubject.Key, () => made.Save(evaluationFile));
        double seconds = watch.Elapsed.TotalSeconds;
        long bytes = new FileInfo(evaluationFile).Length;
        return session.Finish(
            new()
            {
                ["key_id"] = key.KeyId.ToString(),
                ["seconds"] = seconds,
                ["evaluation_key_bytes"] = bytes,
                ["passphrase"] = HalfOptions.Passphrase is not null,
            },
            console => console.WriteLine($"key {key.KeyId}: evaluation key of {Numbers.Bytes(bytes)} in {Numbers.Seconds(seconds)}")
        );
    }
}
