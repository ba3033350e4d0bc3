using Fuzzing.Mutation;

namespace Fuzzing.Subjects;

/// <summary>Samples: damaged archives, and sound archives of damaged arrays.</summary>
internal sealed class Arrays(Corpus corpus) : Subject("arrays")
{
    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        byte[] samples = File.ReadAllBytes(corpus.Samples);
        string path = Write(folder, "samples.npz", random.Next(3) == 0 ? ByteMutation.Of(random, samples) : Rebuilt(random, samples));
        return random.Next(4) == 0
            ?
            [
                ["compile", corpus.TinyModel, "-c", path, "-o", Path.Combine(folder, "out.cml"), "-b", "2", "-r", "none"],
            ]
            :
            [
                ["run", corpus.TinyModel, "--mode", "float", "--input", path],
            ];
    }

    private static byte[] Rebuilt(Random random, byte[] samples)
    {
        List<(string Name, byte[] Content)> parts = ArchiveMutation.Parts(samples);
        int at = random.Next(parts.Count);
        parts[at] = (parts[at].Name, Damaged(random, parts[at].Content));
        return ArchiveMutation.Archive(random, parts);
    }

    // The header of an array is text of a length that stands before it; mostly the length stays.
    private static byte[] Damaged(Random random, byte[] array)
    {
        const int Header = 10;
        int length = BitConverter.ToUInt16(array, Header - 2);
        if (random.Next(3) == 0)
        {
            return ByteMutation.Of(random, array);
        }

        byte[] header = System.Text.Encoding.UTF8.GetBytes(
            TextMutation.Of(random, System.Text.Encoding.ASCII.GetString(array, Header, length).TrimEnd()).PadRight(length - 1) + "\n"
        );
        return [.. array[..(Header - 2)], .. BitConverter.GetBytes((ushort)header.Length), .. header, .. array[(Header + length)..]];
    }
}
