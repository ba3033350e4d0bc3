using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Every command that writes a file, where no file can grow: a refusal with a code, and the old file as it was.</summary>
[Platform("Linux")]
public sealed class FullDiskTests
{
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    [OneTimeSetUp]
    public void Prepare()
    {
        TinyModel.Write(scratch);
        scratch.WriteArrays("c.npz", ("x0", TinyModel.Calibration()));
        Done("compile tiny.onnxtxt -c c.npz --bits 2 -o m.cml");
        Done("dump m.cml --stage quant > quant.mlir");
        Done("export m.cml --client m.client --server m.server");
        Done("keygen m.client --secret k --evaluation e");
        Done("encrypt m.client --secret k --input c.npz --limit 1 -o x.enc");
        Done("execute m.server --evaluation e --input x.enc -o y.enc");
    }

    [TestCase("compile tiny.onnxtxt -c c.npz --bits 2 -o old", "old")]
    [TestCase("compile tiny.onnxtxt -c c.npz --bits 2 -o new --dump-dir old.d", "new")]
    [TestCase("run m.cml --input c.npz --mode clear -o old", "old")]
    [TestCase("run m.cml --input c.npz --limit 1 --mode execute --keys new", "new", "new.evaluation")]
    [TestCase("run m.cml --input c.npz --limit 1 --mode execute --keys k --threads 1", "k", "k.evaluation")]
    [TestCase("eval quant.mlir --input c.npz -o old", "old")]
    [TestCase("graph m.cml --stage circuit -o old", "old")]
    [TestCase("opt quant.mlir --pass lower -o old", "old")]
    [TestCase("reduce quant.mlir --keep true -o old", "old")]
    [TestCase("export m.cml --client old --server new", "old", "new")]
    [TestCase("keygen m.client --secret new --evaluation old", "new", "old")]
    [TestCase("encrypt m.client --secret k --input c.npz --limit 1 -o old", "old")]
    [TestCase("execute m.server --evaluation e --input x.enc -o old", "old")]
    [TestCase("decrypt m.client --secret k --input y.enc -o old", "old")]
    public void A_command_that_cannot_write(string command, params string[] targets)
    {
        File.WriteAllText(scratch.At("old"), "old content");
        string[] before = Content(targets);
        (int exitCode, string output, string error) = Run("ulimit -f 0; trap '' XFSZ;", command + " --json");
        Assert.That(exitCode, Is.EqualTo(1), error + output);
        Assert.That(output + error, Does.Contain("CML6"), "a code");
        Assert.That(output + error, Does.Not.Contain("   at "), "no stack trace");
        Assert.That(Content(targets), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(scratch.At(""), "*.tmp"), Is.Empty, "nothing is left beside");

        // without the trap the process is killed inside its first write
        exitCode = Run("ulimit -f 0;", command).ExitCode;
        Assert.That(exitCode, Is.GreaterThan(1), "killed");
        Assert.That(Content(targets), Is.EqualTo(before));
        foreach (string torso in Directory.GetFiles(scratch.At(""), ".*.tmp"))
        {
            File.Delete(torso);
        }
    }

    private string[] Content(string[] files) =>
        [.. files.Select(file => File.Exists(scratch.At(file)) ? Convert.ToHexString(File.ReadAllBytes(scratch.At(file))) : "none")];

    private void Done(string command)
    {
        (int exitCode, string output, string error) = Run("", command);
        Assert.That(exitCode, Is.Zero, command + output + error);
    }

    // The runtime's own memory files would count against the limit; these switches keep it from making any.
    private (int ExitCode, string Output, string Error) Run(string limit, string command) =>
        ToolProcess.Shell(
            $"cd '{scratch.At("")}' && export DOTNET_EnableWriteXorExecute=0 DOTNET_EnableDiagnostics=0 && {limit} \"$TOOL\" {command}"
        );
}
