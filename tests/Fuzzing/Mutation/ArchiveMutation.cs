using System.IO.Compression;

namespace Fuzzing.Mutation;

/// <summary>Takes zip archives apart and puts them together with sound checksums.</summary>
internal static class ArchiveMutation
{
    /// <summary>The parts in the archive's order.</summary>
    internal static List<(string Name, byte[] Content)> Parts(byte[] archive)
    {
        using ZipArchive zip = new(new MemoryStream(archive), ZipArchiveMode.Read);
        return [.. zip.Entries.Select(entry => (entry.FullName, Content(entry)))];
    }

    /// <summary>An archive of <paramref name="parts"/>, sometimes with one left out, doubled or renamed.</summary>
    internal static byte[] Archive(Random random, List<(string Name, byte[] Content)> parts)
    {
        int at = random.Next(parts.Count);
        switch (random.Next(20))
        {
            case 0:
                parts.RemoveAt(at);
                break;
            case 1:
                parts.Add(parts[at]);
                break;
            case 2:
                parts[at] = ("_" + TextMutation.Of(random, parts[at].Name), parts[at].Content);
                break;
        }

        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in parts)
            {
                using Stream entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
