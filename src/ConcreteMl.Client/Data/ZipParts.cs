using System.IO.Compression;
using System.IO.Hashing;

namespace ConcreteMl.Data;

/// <summary>Reads and writes zip archives in memory: checksums verified, fixed time stamps, no surprises in size.</summary>
internal static class ZipParts
{
    // Texts and arrays deflate to a quarter or a tenth, sparse arrays to a fiftieth; a bomb of deflate to a thousandth. What is
    // larger than both bounds was not written by a compiler or from measurements, and storing it undeflated always passes.
    private const long AlwaysAllowed = 256L << 20;
    private const long MostExpansion = 64;

    // Earliest time that zip can store: archives of equal parts have equal bytes.
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether the bytes start as zip archives do.</summary>
    internal static bool HasMagic(ReadOnlySpan<byte> bytes) => bytes.StartsWith("PK"u8);

    /// <summary>The wanted parts (all by default) in the archive's order; others are not read. Their sizes are summed up first.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, or expands to more than is allowed; the message says where.</exception>
    internal static IReadOnlyList<(string Name, byte[] Content)> Read(byte[] archive, Func<string, bool>? wanted = null)
    {
        List<(string Name, byte[] Content)> parts = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        using MemoryStream stream = new(archive, writable: false);
        using ZipArchive zip = new(stream, ZipArchiveMode.Read);
        long most = Math.Max(AlwaysAllowed, MostExpansion * archive.LongLength);
        long total = 0;
        List<ZipArchiveEntry> chosen = [.. zip.Entries.Where(entry => wanted is null || wanted(entry.FullName))];
        foreach (ZipArchiveEntry entry in chosen)
        {
            if (entry.Length < 0 || entry.Length > most - total)
            {
                throw new InvalidDataException(
                    $"its parts claim more than {most >> 20} MiB, the most that {archive.Length} bytes may expand to; stored without compression they may be larger"
                );
            }

            total += entry.Length;
        }

        foreach (ZipArchiveEntry entry in chosen)
        {
            if (!names.Add(entry.FullName))
            {
                throw new InvalidDataException($"the part '{entry.FullName}' occurs twice");
            }

            parts.Add((entry.FullName, Read(entry)));
        }

        return parts;
    }

    internal static byte[] Write(IReadOnlyList<(string Name, byte[] Content)> parts)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in parts)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.Optimal);
                entry.LastWriteTime = Epoch;
                entry.ExternalAttributes = 0;
                using Stream target = entry.Open();
                target.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        // A size that the archive merely claims must not decide how much memory is taken: deflate expands at most 1032-fold.
        if (entry.Length < 0 || entry.Length > Array.MaxLength || entry.Length > 1100 * (entry.CompressedLength + 16))
        {
            throw new InvalidDataException($"the part '{entry.FullName}' claims a size of {entry.Length} bytes");
        }

        byte[] content = new byte[entry.Length];
        using Stream source = entry.Open();
        int read = source.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (read != content.Length || source.ReadByte() >= 0)
        {
            throw new InvalidDataException($"the part '{entry.FullName}' does not have the size that the archive says");
        }

        if (Crc32.HashToUInt32(content) != entry.Crc32)
        {
            throw new InvalidDataException($"the checksum of the part '{entry.FullName}' does not match");
        }

        return content;
    }
}
