using System.Text;
using Fuzzing.Mutation;

namespace Fuzzing.Subjects;

/// <summary>Texts of the compiler's stages, read, run and compiled from where they stand.</summary>
internal sealed class StageTexts(Corpus corpus) : Subject("stage-texts")
{
    private readonly string[] texts = [.. corpus.StageTexts.Where(text => text.Contains(".graph\"", StringComparison.Ordinal))];

    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        string path = Write(folder, "stage.mlir", Encoding.UTF8.GetBytes(TextMutation.Of(random, Any(random, texts))));
        string output = Path.Combine(folder, "out");
        return random.Next(6) switch
        {
            0 =>
            [
                ["compile", path, "-c", corpus.Samples, "-o", output, "-b", "3", "-r", "none"],
            ],
            1 =>
            [
                ["graph", path, "-o", output],
            ],
            2 =>
            [
                ["eval", path, "--input", corpus.Samples],
            ],
            3 =>
            [
                ["eval", path, "--codes", "--input", corpus.Samples],
            ],
            _ =>
            [
                ["dump", path],
            ],
        };
    }
}
