using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ConcreteMl.Tfhe.Programs.Wire;
using Fuzzing.Mutation;
using Google.Protobuf;

namespace Fuzzing.Subjects;

/// <summary>Artefacts: damaged archives, and parts that were damaged before sizes and checksums were made again.</summary>
internal sealed class Artefacts(Corpus corpus) : Subject("artefacts")
{
    // A check makes keys.
    private const int EveryCheck = 100;

    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        (byte[] content, string samples) = Any(random, corpus.Artefacts);
        string path = Write(folder, "model.cml", random.Next(4) == 0 ? ByteMutation.Of(random, content) : Rebuilt(random, content));
        return random.Next(EveryCheck) == 0
            ?
            [
                ["check", path, "--input", samples, "--limit", "1"],
            ]
            : random.Next(4) switch
            {
                0 =>
                [
                    ["report", path],
                ],
                1 =>
                [
                    ["run", path, "--mode", "simulate", "--input", samples, "--seed", "1"],
                ],
                2 =>
                [
                    ["dump", path, "--stage", random.Next(2) == 0 ? "circuit" : "program"],
                ],
                _ =>
                [
                    ["run", path, "--mode", "clear", "--input", samples],
                ],
            };
    }

    private static byte[] Rebuilt(Random random, byte[] artefact)
    {
        const string Manifest = "manifest.json";
        List<(string Name, byte[] Content)> parts = ArchiveMutation.Parts(artefact);
        int at = random.Next(parts.Count);
        parts[at] = (parts[at].Name, Damaged(random, parts[at].Name, parts[at].Content));
        int manifest = parts.FindIndex(part => part.Name == Manifest);
        if (manifest != at)
        {
            parts[manifest] = (Manifest, Resealed(parts[manifest].Content, parts));
        }

        return ArchiveMutation.Archive(random, parts);
    }

    private static byte[] Damaged(Random random, string name, byte[] content)
    {
        if (!name.EndsWith(".pb", StringComparison.Ordinal))
        {
            return name.EndsWith(".onnx", StringComparison.Ordinal)
                ? ByteMutation.Of(random, content)
                : Encoding.UTF8.GetBytes(TextMutation.Of(random, Encoding.UTF8.GetString(content)));
        }

        try
        {
            ProgramMessage program = ProgramMessage.Parser.ParseFrom(content);
            MessageMutation.Damage(random, program);
            return program.ToByteArray();
        }
        catch (InvalidProtocolBufferException)
        {
            return ByteMutation.Of(random, content);
        }
    }

    private static byte[] Resealed(byte[] manifest, List<(string Name, byte[] Content)> parts)
    {
        JsonNode root = JsonNode.Parse(manifest)!;
        foreach (JsonNode? record in root["parts"]!.AsArray())
        {
            byte[] content = parts.First(part => part.Name == (string)record!["name"]!).Content;
            record!["bytes"] = content.Length;
            record["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content));
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }
}
