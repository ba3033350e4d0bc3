namespace Fuzzing.Mutation;

/// <summary>Damages texts: characters, words, numbers and lines.</summary>
internal static class TextMutation
{
    private static readonly string[] Numbers =
    [
        "-1",
        "0",
        "1",
        "2147483648",
        "-2147483649",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "1.0e400",
        "-0.0",
        "NaN",
        "0x7FC00000",
        "0x",
        "null",
    ];

    /// <summary>One to four places damaged.</summary>
    internal static string Of(Random random, string text)
    {
        int times = 1 + random.Next(4);
        for (int time = 0; time < times; time++)
        {
            text = text.Length < 8 ? text + "x" : Once(random, text);
        }

        return text;
    }

    private static string Once(Random random, string text)
    {
        int at = random.Next(text.Length);
        int length = Math.Min(1 + random.Next(12), text.Length - at);
        int other = random.Next(text.Length);
        return random.Next(7) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(other, text.Substring(at, length)),
            2 => text[..at] + (char)(random.Next(8) == 0 ? random.Next(0x10000) : 32 + random.Next(95)) + text[(at + 1)..],
            3 => Swapped(random, text.Split('\n')),
            4 => text[..at] + text.Substring(other, Math.Min(length, text.Length - other)) + text[(at + length)..],
            _ => Numbered(random, text),
        };
    }

    private static string Swapped(Random random, string[] lines)
    {
        int a = random.Next(lines.Length);
        int b = random.Next(lines.Length);
        (lines[a], lines[b]) = (lines[b], lines[a]);
        return string.Join('\n', lines);
    }

    private static string Numbered(Random random, string text)
    {
        int at = random.Next(text.Length);
        while (at < text.Length && !char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        int end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return text[..at] + (random.Next(2) == 0 ? Numbers[random.Next(Numbers.Length)] : $"{random.Next(70)}") + text[end..];
    }
}
