using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace ConcreteMl.Tfhe;

/// <summary>An AES-128 key schedule for the CPU's AES instructions, eight counter blocks in flight. Native memory, wiped on dispose.</summary>
internal sealed unsafe class AesRoundKeys : IDisposable
{
    private const int Rounds = 10;
    private const int Interleave = 8;
    private readonly NativeBuffer<Vector128<byte>> _keys = new(Rounds + 1, secret: true);

    /// <summary>Expands <paramref name="key"/> (16 bytes).</summary>
    internal AesRoundKeys(ReadOnlySpan<byte> key)
    {
        Vector128<byte>* keys = _keys.Pointer;
        keys[0] = Vector128.Create(key);
        keys[1] = Next(keys[0], X86Aes.KeygenAssist(keys[0], 0x01));
        keys[2] = Next(keys[1], X86Aes.KeygenAssist(keys[1], 0x02));
        keys[3] = Next(keys[2], X86Aes.KeygenAssist(keys[2], 0x04));
        keys[4] = Next(keys[3], X86Aes.KeygenAssist(keys[3], 0x08));
        keys[5] = Next(keys[4], X86Aes.KeygenAssist(keys[4], 0x10));
        keys[6] = Next(keys[5], X86Aes.KeygenAssist(keys[5], 0x20));
        keys[7] = Next(keys[6], X86Aes.KeygenAssist(keys[6], 0x40));
        keys[8] = Next(keys[7], X86Aes.KeygenAssist(keys[7], 0x80));
        keys[9] = Next(keys[8], X86Aes.KeygenAssist(keys[8], 0x1B));
        keys[10] = Next(keys[9], X86Aes.KeygenAssist(keys[9], 0x36));
    }

    /// <summary>Whether this CPU has the instructions.</summary>
    internal static bool IsSupported => X86Aes.IsSupported;

    /// <summary>Wipes the schedule.</summary>
    public void Dispose() => _keys.Dispose();

    /// <summary>Fills <paramref name="destination"/> with blocks (stream, firstBlock), (stream, firstBlock + 1), ...</summary>
    internal void Fill(ulong stream, ulong firstBlock, Span<byte> destination)
    {
        int whole = destination.Length / (16 * Interleave);
        fixed (byte* start = destination)
            FillGroups(stream, firstBlock, start, whole);
        Span<byte> rest = destination[(whole * 16 * Interleave)..];
        if (rest.IsEmpty)
            return;
        byte* last = stackalloc byte[16 * Interleave];
        FillGroups(stream, firstBlock + (ulong)(whole * Interleave), last, 1);
        new ReadOnlySpan<byte>(last, rest.Length).CopyTo(rest);
        CryptographicOperations.ZeroMemory(new Span<byte>(last, 16 * Interleave));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Next(Vector128<byte> key, Vector128<byte> assist)
    {
        Vector128<uint> word = Vector128.Shuffle(assist.AsUInt32(), Vector128.Create(3u, 3u, 3u, 3u));
        Vector128<uint> k = key.AsUInt32();
        k ^= Vector128.Shuffle(k, Vector128.Create(9u, 0u, 1u, 2u));
        k ^= Vector128.Shuffle(k, Vector128.Create(9u, 9u, 0u, 1u));
        return (k ^ word).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Counter(ulong stream, ulong block) =>
        Vector128.Create(stream, BinaryPrimitives.ReverseEndianness(block)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillGroups(ulong stream, ulong block, byte* output, int groups)
    {
        Vector128<byte>* keys = _keys.Pointer;
        ulong high = BinaryPrimitives.ReverseEndianness(stream);
        for (int group = 0; group < groups; group++, output += 16 * Interleave, block += Interleave)
        {
            Vector128<byte> key = keys[0];
            Vector128<byte> b0 = Counter(high, block) ^ key;
            Vector128<byte> b1 = Counter(high, block + 1) ^ key;
            Vector128<byte> b2 = Counter(high, block + 2) ^ key;
            Vector128<byte> b3 = Counter(high, block + 3) ^ key;
            Vector128<byte> b4 = Counter(high, block + 4) ^ key;
            Vector128<byte> b5 = Counter(high, block + 5) ^ key;
            Vector128<byte> b6 = Counter(high, block + 6) ^ key;
            Vector128<byte> b7 = Counter(high, block + 7) ^ key;
            for (int round = 1; round < Rounds; round++)
            {
                key = keys[round];
                b0 = X86Aes.Encrypt(b0, key);
                b1 = X86Aes.Encrypt(b1, key);
                b2 = X86Aes.Encrypt(b2, key);
                b3 = X86Aes.Encrypt(b3, key);
                b4 = X86Aes.Encrypt(b4, key);
                b5 = X86Aes.Encrypt(b5, key);
                b6 = X86Aes.Encrypt(b6, key);
                b7 = X86Aes.Encrypt(b7, key);
            }
            key = keys[Rounds];
            X86Aes.EncryptLast(b0, key).Store(output);
            X86Aes.EncryptLast(b1, key).Store(output + 16);
            X86Aes.EncryptLast(b2, key).Store(output + 32);
            X86Aes.EncryptLast(b3, key).Store(output + 48);
            X86Aes.EncryptLast(b4, key).Store(output + 64);
            X86Aes.EncryptLast(b5, key).Store(output + 80);
            X86Aes.EncryptLast(b6, key).Store(output + 96);
            X86Aes.EncryptLast(b7, key).Store(output + 112);
        }
    }
}
