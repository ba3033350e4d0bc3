using ConcreteMl.Onnx.Proto;
using Fuzzing.Mutation;
using Google.Protobuf;

namespace Fuzzing.Subjects;

/// <summary>ONNX files that say something else than they did: nodes, attributes, types, sizes and names.</summary>
internal sealed class ModelStructure(Corpus corpus) : Subject("model-structure")
{
    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        (byte[] bytes, string? samples) = Any(random, corpus.Models);
        ModelProto model = ModelProto.Parser.ParseFrom(bytes);
        MessageMutation.Damage(random, random.Next(8) == 0 ? model : model.Graph);
        string path = Write(folder, "model.onnx", model.ToByteArray());
        return ModelCommands.Of(random, path, samples ?? corpus.Samples, folder);
    }
}
