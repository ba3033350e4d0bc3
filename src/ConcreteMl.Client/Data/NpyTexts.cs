using System.Buffers.Binary;
using System.Text;

namespace ConcreteMl.Data;

/// <summary>NumPy's texts of fixed width: characters of four bytes (U) or one (S), padded with zeros.</summary>
internal static class NpyTexts
{
    internal const int CharacterBytes = sizeof(uint);

    // Longer texts are no categories; what a header says is never allocated before the content is there.
    private const int MostCharacters = 1 << 20;

    /// <summary>Bytes of one element of NumPy's type <paramref name="type"/> ("&lt;U5", "|S3"); null for other types.</summary>
    internal static int? TryWidth(string type)
    {
        string plain = type.TrimStart('<', '>', '|', '=');
        bool wide = plain.StartsWith('U');
        return
            (wide || plain.StartsWith('S')) && int.TryParse(plain.AsSpan(1), out int characters) && characters is >= 1 and <= MostCharacters
            ? characters * (wide ? CharacterBytes : 1)
            : null;
    }

    /// <exception cref="InvalidDataException">A character is none.</exception>
    internal static string[] Read(ReadOnlySpan<byte> bytes, int count, int width, bool wide)
    {
        string[] texts = new string[count];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> item = bytes.Slice(index * width, width);
            texts[index] = wide ? Wide(item) : Encoding.Latin1.GetString(item).TrimEnd('\0');
        }

        return texts;
    }

    /// <summary>NumPy's type for texts, wide enough for the longest.</summary>
    internal static string TypeOf(ReadOnlySpan<string> texts) => $"<U{Characters(texts)}";

    internal static byte[] Write(ReadOnlySpan<string> texts)
    {
        int characters = Characters(texts);
        byte[] bytes = new byte[checked(texts.Length * characters * CharacterBytes)];
        for (int index = 0; index < texts.Length; index++)
        {
            Span<byte> item = bytes.AsSpan(index * characters * CharacterBytes);
            foreach (Rune rune in texts[index].EnumerateRunes())
            {
                BinaryPrimitives.WriteInt32LittleEndian(item, rune.Value);
                item = item[CharacterBytes..];
            }
        }

        return bytes;
    }

    private static string Wide(ReadOnlySpan<byte> item)
    {
        StringBuilder text = new();
        for (int at = 0; at < item.Length; at += CharacterBytes)
        {
            int value = BinaryPrimitives.ReadInt32LittleEndian(item[at..]);
            text.Append(Rune.IsValid(value) ? new Rune(value).ToString() : throw new InvalidDataException($"character {value:X} is none"));
        }

        return text.ToString().TrimEnd('\0');
    }

    private static int Characters(ReadOnlySpan<string> texts)
    {
        int most = 1;
        foreach (string text in texts)
        {
            most = Math.Max(most, text.EnumerateRunes().Count());
        }

        return most;
    }
}
