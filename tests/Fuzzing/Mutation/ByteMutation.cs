namespace Fuzzing.Mutation;

/// <summary>Damages bytes without knowing what they mean.</summary>
internal static class ByteMutation
{
    private static readonly byte[] Edges = [0, 1, 0x7F, 0x80, 0xFF];

    /// <summary>One to four places changed, removed, doubled or cut off behind.</summary>
    internal static byte[] Of(Random random, byte[] bytes)
    {
        List<byte> damaged = [.. bytes];
        int times = 1 + random.Next(4);
        for (int time = 0; time < times && damaged.Count > 0; time++)
        {
            Once(random, damaged);
        }

        return [.. damaged];
    }

    private static void Once(Random random, List<byte> bytes)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(1 + random.Next(16), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = Edges[random.Next(Edges.Length)];
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 5:
                bytes[at] += (byte)(random.Next(2) == 0 ? 1 : 255);
                break;
            default:
                // rarely at the very start: what is left would be nothing
                int left = bytes.Count - random.Next(Math.Min(bytes.Count, 64));
                bytes.RemoveRange(left, bytes.Count - left);
                break;
        }
    }
}
