namespace Fuzzing.Subjects;

/// <summary>What users do with a model.</summary>
internal static class ModelCommands
{
    // A compilation takes as long as a hundred readings.
    private const int EveryCompilation = 12;

    internal static IReadOnlyList<string[]> Of(Random random, string model, string samples, string folder) =>
        random.Next(EveryCompilation) == 0
            ?
            [
                ["compile", model, "-c", samples, "-o", Path.Combine(folder, "out.cml"), "-b", "3", "-r", Rounding(random)],
            ]
        : random.Next(3) == 0
            ?
            [
                ["dump", model, "--stage", random.Next(2) == 0 ? "onnx" : "float"],
            ]
        :
        [
            ["run", model, "--mode", "float", "--input", samples],
        ];

    private static string Rounding(Random random) =>
        random.Next(3) switch
        {
            0 => "none",
            1 => "3",
            _ => "4:approximate",
        };
}
