using Fuzzing.Mutation;

namespace Fuzzing.Subjects;

/// <summary>ONNX files with damaged bytes.</summary>
internal sealed class ModelBytes(Corpus corpus) : Subject("model-bytes")
{
    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        (byte[] model, string? samples) = Any(random, corpus.Models);
        string path = Write(folder, "model.onnx", ByteMutation.Of(random, model));
        return ModelCommands.Of(random, path, samples ?? corpus.Samples, folder);
    }
}
