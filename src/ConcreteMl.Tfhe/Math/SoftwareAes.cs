using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>
/// AES-128 (FIPS 197) in counter mode without the platform's help, for platforms that have none (browsers): 64 blocks at once as 128 bit
/// planes, one a bit of the block. No table and no branch depends on the key or the data, so its time does not either.
/// </summary>
internal sealed class SoftwareAes : IDisposable
{
    /// <summary>Blocks that are made at once.</summary>
    internal const int Lanes = 64;

    private const int Rounds = 10;
    private const int BlockBytes = 16;
    private const int Planes = 128;

    // all bits of plane i of round key r are bit i of that key
    private readonly NativeBuffer<ulong> _keys = new((Rounds + 1) * Planes, secret: true);

    /// <summary>Expands a key of 16 bytes.</summary>
    internal SoftwareAes(ReadOnlySpan<byte> key)
    {
        Span<byte> round = stackalloc byte[BlockBytes];
        key.CopyTo(round);
        byte constant = 1;
        for (int index = 0; ; index++)
        {
            Span<ulong> planes = _keys.Slice(index * Planes, Planes);
            for (int bit = 0; bit < Planes; bit++)
                planes[bit] = 0 - (ulong)((round[bit / 8] >> (bit % 8)) & 1);
            if (index == Rounds)
                break;
            Next(round, constant);
            constant = (byte)((constant << 1) ^ (0x1b & -(constant >> 7)));
        }
        CryptographicOperations.ZeroMemory(round);
    }

    /// <summary>Fills <paramref name="destination"/> with blocks (stream, firstBlock), (stream, firstBlock + 1), ...</summary>
    internal void Fill(ulong stream, ulong firstBlock, Span<byte> destination)
    {
        Span<ulong> state = stackalloc ulong[Planes];
        Span<ulong> next = stackalloc ulong[Planes];
        for (; destination.Length > 0; firstBlock += Lanes)
        {
            Load(state, stream, firstBlock);
            Encrypt(state, next);
            int size = Math.Min(destination.Length, Lanes * BlockBytes);
            Store(state, destination[..size]);
            destination = destination[size..];
        }
        state.Clear();
        next.Clear();
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _keys.Dispose();

    // FIPS 197, 5.2: four bytes go through the S-box at once, as four lanes
    private static void Next(Span<byte> key, byte constant)
    {
        Span<ulong> planes = stackalloc ulong[SubBytesCircuit.Bits];
        planes.Clear();
        for (int bit = 0; bit < SubBytesCircuit.Bits; bit++)
        for (int lane = 0; lane < 4; lane++)
            planes[bit] |= (ulong)((key[12 + (lane + 1) % 4] >> bit) & 1) << lane;
        SubBytesCircuit.Apply(planes, planes);
        for (int lane = 0; lane < 4; lane++)
        for (int bit = 0; bit < SubBytesCircuit.Bits; bit++)
            key[lane] ^= (byte)(((planes[bit] >> lane) & 1) << bit);
        key[0] ^= constant;
        for (int index = 4; index < BlockBytes; index++)
            key[index] ^= key[index - 4];
        planes.Clear();
    }

    private void Encrypt(Span<ulong> state, Span<ulong> next)
    {
        AddKey(state, 0);
        for (int round = 1; round <= Rounds; round++)
        {
            SubBytesAndShiftRows(state, next);
            if (round < Rounds)
                MixColumns(next, state);
            else
                next.CopyTo(state);
            AddKey(state, round);
        }
    }

    private void AddKey(Span<ulong> state, int round)
    {
        ReadOnlySpan<ulong> key = _keys.Slice(round * Planes, Planes);
        for (int plane = 0; plane < state.Length; plane++)
            state[plane] ^= key[plane];
    }

    // byte row + 4 column comes from column + row
    private static void SubBytesAndShiftRows(ReadOnlySpan<ulong> state, Span<ulong> next)
    {
        for (int place = 0; place < BlockBytes; place++)
        {
            int row = place % 4;
            int source = row + 4 * ((place / 4 + row) % 4);
            SubBytesCircuit.Apply(state.Slice(8 * source, 8), next.Slice(8 * place, 8));
        }
    }

    // b_i = 2 (a_i + a_(i+1)) + a_(i+1) + a_(i+2) + a_(i+3) in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1
    private static void MixColumns(ReadOnlySpan<ulong> state, Span<ulong> next)
    {
        for (int place = 0; place < BlockBytes; place++)
        {
            int column = place & ~3;
            ReadOnlySpan<ulong> a = state.Slice(8 * place, 8);
            ReadOnlySpan<ulong> b = state.Slice(8 * (column + (place + 1) % 4), 8);
            ReadOnlySpan<ulong> c = state.Slice(8 * (column + (place + 2) % 4), 8);
            ReadOnlySpan<ulong> d = state.Slice(8 * (column + (place + 3) % 4), 8);
            Span<ulong> mixed = next.Slice(8 * place, 8);
            ulong top = a[7] ^ b[7];
            mixed[0] = top ^ b[0] ^ c[0] ^ d[0];
            for (int bit = 1; bit < 8; bit++)
            {
                ulong doubled = a[bit - 1] ^ b[bit - 1];
                if (bit is 1 or 3 or 4)
                    doubled ^= top;
                mixed[bit] = doubled ^ b[bit] ^ c[bit] ^ d[bit];
            }
        }
    }

    /// <summary>Counter blocks, both numbers big-endian: the stream's planes are constant, the block number's are its bits lane by lane.</summary>
    private static void Load(Span<ulong> state, ulong stream, ulong firstBlock)
    {
        Span<ulong> low = state[Lanes..];
        for (int lane = 0; lane < Lanes; lane++)
            low[lane] = BinaryPrimitives.ReverseEndianness(firstBlock + (ulong)lane);
        Transpose(low);
        ulong high = BinaryPrimitives.ReverseEndianness(stream);
        for (int bit = 0; bit < Lanes; bit++)
            state[bit] = 0 - ((high >> bit) & 1);
    }

    /// <summary>The lanes' bytes; <paramref name="destination"/> may end within a block.</summary>
    private static void Store(Span<ulong> state, Span<byte> destination)
    {
        Transpose(state[..Lanes]);
        Transpose(state[Lanes..]);
        Span<byte> block = stackalloc byte[BlockBytes];
        for (int lane = 0; lane * BlockBytes < destination.Length; lane++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(block, state[lane]);
            BinaryPrimitives.WriteUInt64LittleEndian(block[8..], state[Lanes + lane]);
            Span<byte> place = destination[(lane * BlockBytes)..];
            block[..Math.Min(BlockBytes, place.Length)].CopyTo(place);
        }
        block.Clear();
    }

    /// <summary>Swaps rows and columns of a matrix of 64 by 64 bits, by halves (Warren, Hacker's Delight, 7-3).</summary>
    private static void Transpose(Span<ulong> rows)
    {
        ulong mask = 0x00000000FFFFFFFF;
        for (int half = 32; half > 0; half >>= 1, mask ^= mask << half)
        for (int row = 0; row < 64; row = (row + half + 1) & ~half)
        {
            ulong swap = ((rows[row] >> half) ^ rows[row + half]) & mask;
            rows[row] ^= swap << half;
            rows[row + half] ^= swap;
        }
    }
}
