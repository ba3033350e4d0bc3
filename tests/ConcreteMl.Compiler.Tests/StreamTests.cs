using ConcreteMl.Cli.Output;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Standard output and error that cannot be written, and text that goes to files.</summary>
internal sealed class StreamTests
{
    [Platform("Linux")]
    [TestCase("\"$TOOL\" explain CML6001 > /dev/full", 1)]
    [TestCase("\"$TOOL\" explain CML6001 --json > /dev/full", 1)]
    [TestCase("\"$TOOL\" explain CML6001 --json >&-", 1)]
    [TestCase("\"$TOOL\" run none.cml --input none.npz --mode clear --json > /dev/full", 1)]
    [TestCase("\"$TOOL\" run none.cml --input none.npz --mode clear 2>&-", 1)]
    [TestCase("\"$TOOL\" run none.cml --input none.npz --mode clear 2> /dev/full", 1)]
    [TestCase("\"$TOOL\" nonsense > /dev/full 2> /dev/full", 2)]
    [TestCase("\"$TOOL\" explain CML6001 <&-", 0)]
    public void Streams_that_cannot_be_written_give_an_exit_code(string line, int expected)
    {
        (int code, string output, string error) = ToolProcess.Shell(line);
        Assert.That(code, Is.EqualTo(expected), error);
        Assert.That(output + error, Does.Not.Contain("   at ").And.Not.Contain("Unhandled").And.Not.Contain(".cs:line"));
    }

    [Test]
    public void The_first_reason_is_kept_and_nothing_is_thrown()
    {
        using GuardedWriter writer = GuardedWriter.Of(new FullStream());
        writer.WriteLine("one");
        writer.Write("two");
        writer.Flush();
        Assert.That(writer.Failure, Is.EqualTo("no room"));
    }

    [Test]
    public void Tables_in_files_have_a_line_a_row_and_no_blanks_at_its_end()
    {
        string[] lines = Cli.Run("ops").Output.Split('\n');
        Assert.That(lines, Has.None.Match(" $"));
        Assert.That(lines.Count(line => line.TrimStart().StartsWith("Conv ", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(lines.Where(line => line.Length > 0 && !line.TrimStart().StartsWith('─')), Has.Some.Length.GreaterThan(80));
    }

    [TestCase("compil", "compile")]
    [TestCase("rnu", "run")]
    public void A_mistyped_command_is_wrong_usage_and_the_near_one_is_named(string met, string near)
    {
        foreach (string[] line in new[] { new[] { met }, [met, "--help"] })
        {
            Cli run = Cli.Run(line);
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain($"did you mean {near}?"));
            Assert.That(run.Output, Is.Empty);
        }
    }

    [TestCase("--calib", "--calibration")]
    [TestCase("--rouding", "--rounding")]
    public void A_mistyped_option_is_wrong_usage_and_the_near_one_is_named(string met, string near)
    {
        Cli run = Cli.Run("compile", "m.onnx", met, "x", "-o", "o.cml");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain($"did you mean {near}?"));
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("no room");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no room");
    }
}
