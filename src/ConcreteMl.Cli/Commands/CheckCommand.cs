using System.CommandLine;
using System.Text.Json.Nodes;
using ConcreteMl.Cli.Output;
using ConcreteMl.Data;
using ConcreteMl.Running;
using Spectre.Console;

namespace ConcreteMl.Cli.Commands;

/// <summary>check OUT.cml --input X.npz: clear, simulated and encrypted runs compared, every lookup decrypted.</summary>
internal sealed class CheckCommand(Runner runner) : ICommand
{
    private readonly RunArguments arguments = new();

    public Command Build()
    {
        Command command = new("check", "Compare clear, simulated and encrypted runs sample by sample, lookup by lookup");
        arguments.AddTo(command, withMode: false);
        return runner.Attach(command, Run);
    }

    private int Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string path = arguments.Model(parsed);
        using Source source = Source.Open(path);
        QuantizedModule module = source.RequireModule(path, "check");
        (Samples samples, _) = arguments.Bind(parsed, session, source.Inputs);
        ModuleComparison found = session.WithProgress(
            "check",
            show =>
                module.Compare(
                    samples,
                    arguments.Options(parsed),
                    new Reporter<RunProgress>(progress => show(progress.Step, progress.Fraction)),
                    cancellation
                )
        );
        session.Report(found.Clipped.Select(ClipCount.Warning));
        JsonArray each =
        [
            .. found.Samples.Select(sample => new JsonObject
            {
                ["clear_equals_simulate"] = sample.ClearEqualsSimulate,
                ["clear_equals_execute"] = sample.ClearEqualsExecute,
                ["run_seconds"] = sample.RunSeconds,
            }),
        ];
        JsonObject result = new()
        {
            ["samples"] = found.Samples.Count,
            ["clear_equals_simulate"] = found.ClearEqualsSimulate,
            ["clear_equals_execute"] = found.ClearEqualsExecute,
            ["clear_equals_circuit"] = found.ClearEqualsCircuit,
            ["lookups"] = found.Lookups,
            ["bootstraps"] = found.Bootstraps,
            ["lookup_failures"] = found.LookupFailures,
            ["simulated_lookup_failures"] = found.SimulatedLookupFailures,
            ["expected_lookup_failures"] = found.Expected.Mean,
            ["expected_lookup_failures_low"] = found.Expected.Low,
            ["expected_lookup_failures_high"] = found.Expected.High,
            ["off_by_one"] = found.OffByOne,
            ["simulated_off_by_one"] = found.SimulatedOffByOne,
            ["range_overflows"] = found.RangeOverflows,
            ["clipped_inputs"] = found.Clipped.Sum(input => input.Count),
            ["keygen_seconds"] = found.KeygenSeconds,
            ["runs"] = each,
        };
        return session.Finish(result, console => Show(console, found), found.Agrees ? ExitCode.Done : ExitCode.Disagreement);
    }

    private static void Show(IAnsiConsole console, ModuleComparison found)
    {
        Table table = Tables.Rows(">sample", "simulated = clear", "encrypted = clear", ">encrypt", ">run", ">decrypt");
        for (int index = 0; index < found.Samples.Count; index++)
        {
            SampleComparison sample = found.Samples[index];
            table.Add(
                $"{index}",
                sample.ClearEqualsSimulate ? "yes" : "NO",
                sample.ClearEqualsExecute ? "yes" : "NO",
                Numbers.Seconds(sample.EncryptSeconds),
                Numbers.Seconds(sample.RunSeconds),
                Numbers.Seconds(sample.DecryptSeconds)
            );
        }

        console.Write(table);
        Grid grid = Tables.Facts();
        grid.AddRow("keys", $"{Numbers.Bytes(found.EvaluationKeyBytes)}, made in {Numbers.Seconds(found.KeygenSeconds)}");
        grid.AddRow("circuit stage = clear", found.ClearEqualsCircuit ? "yes" : "NO");
        grid.AddRow("lookups compared", Numbers.Count(found.Lookups));
        grid.AddRow(
            "lookup failures",
            $"{found.LookupFailures} encrypted ({Judged(found, found.LookupFailures)}), "
                + $"{found.SimulatedLookupFailures} simulated ({Judged(found, found.SimulatedLookupFailures)})"
        );
        grid.AddRow(
            "to be expected",
            $"{Numbers.Figure(found.Expected.Mean)}; {found.Expected.Low} to {found.Expected.High} in 99 % of runs"
        );
        grid.AddRow("off by one", $"{found.OffByOne} (approximate rounding; not counted as different)");
        grid.AddRow("range overflows", $"{found.RangeOverflows}");
        console.Write(grid);
    }

    private static string Judged(ModuleComparison found, long count) => found.Expected.Holds(count) ? "as expected" : "NOT as expected";
}
