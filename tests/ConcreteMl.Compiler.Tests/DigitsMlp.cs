namespace ConcreteMl.Compiler.Tests;

/// <summary>The shipped model, compiled once for all tests that only read it.</summary>
internal static class DigitsMlp
{
    private static readonly Lazy<string> LazyArtefact = new(CompileOnce);

    internal static string Model => Tree.At("tests", "models", "digits_mlp", "model.onnx");

    internal static string Calibration => Tree.At("tests", "models", "digits_mlp", "calib.npz");

    internal static string Test => Tree.At("tests", "models", "digits_mlp", "test.npz");

    /// <summary>An artefact of 3 bits with rounding, in a folder that lives as long as the process.</summary>
    internal static string Artefact => LazyArtefact.Value;

    internal static string[] CompileLine(string output) =>
        ["compile", Model, "--calibration", Calibration, "--bits", "3", "--rounding", "6", "-o", output, "--json"];

    private static string CompileOnce()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-digits-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        string path = Path.Combine(folder.FullName, "digits.cml");
        Cli run = Cli.Run(CompileLine(path));
        return run.ExitCode == 0 ? path : throw new InvalidOperationException(run.Error);
    }
}
