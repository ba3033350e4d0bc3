using System.Text;
using Fuzzing.Mutation;

namespace Fuzzing.Subjects;

/// <summary>Models in ONNX's textual syntax.</summary>
internal sealed class ModelTexts(Corpus corpus) : Subject("model-texts")
{
    private readonly string[] texts =
    [
        .. corpus.StageTexts.Where(text => text.TrimStart().StartsWith('<')),
        File.ReadAllText(corpus.TinyModel),
    ];

    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        string path = Write(folder, "model.onnxtxt", Encoding.UTF8.GetBytes(TextMutation.Of(random, Any(random, texts))));
        return ModelCommands.Of(random, path, corpus.Samples, folder);
    }
}
