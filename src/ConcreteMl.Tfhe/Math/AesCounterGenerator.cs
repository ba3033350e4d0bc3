using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ConcreteMl.Tfhe;

/// <summary>
/// AES-128 in counter mode as a forkable generator: a block is (64-bit stream number, 64-bit block number), both big-endian,
/// so any part of any stream can be produced in any order and on any core with the same bytes.
/// </summary>
internal sealed class AesCounterGenerator : IDisposable
{
    /// <summary>Bytes of a seed, which is the AES key.</summary>
    internal const int SeedBytes = 16;

    /// <summary>Bytes of a block.</summary>
    internal const int BlockBytes = 16;

    private const int PortableBatch = 64;
    private readonly AesRoundKeys? _rounds;
    private readonly Aes? _portable;
    private readonly SoftwareAes? _software;

    /// <summary>Creates a generator with the fastest AES that there is.</summary>
    internal AesCounterGenerator(ReadOnlySpan<byte> seed)
        : this(seed, Fastest) { }

    /// <summary>Creates a generator with an AES of the caller's choice; all give the same bytes.</summary>
    internal AesCounterGenerator(ReadOnlySpan<byte> seed, AesKind kind)
    {
        if (seed.Length != SeedBytes)
            throw new ArgumentException($"a seed has {SeedBytes} bytes", nameof(seed));
        switch (kind)
        {
            case AesKind.Instructions:
                _rounds = new AesRoundKeys(seed);
                break;
            case AesKind.Software:
                _software = new SoftwareAes(seed);
                break;
            default:
                _portable = Aes.Create();
                _portable.SetKey(seed);
                break;
        }
    }

    /// <summary>The CPU's instructions; else the platform's library, which browsers do not have.</summary>
    internal static AesKind Fastest { get; } =
        AesRoundKeys.IsSupported ? AesKind.Instructions
        : OperatingSystem.IsBrowser() ? AesKind.Software
        : AesKind.Platform;

    /// <summary>Fills <paramref name="destination"/> with stream <paramref name="stream"/> from block <paramref name="firstBlock"/> on.</summary>
    internal void Fill(ulong stream, ulong firstBlock, Span<byte> destination)
    {
        if (_rounds is not null)
            _rounds.Fill(stream, firstBlock, destination);
        else if (_software is not null)
            _software.Fill(stream, firstBlock, destination);
        else
            FillPortable(stream, firstBlock, destination);
    }

    /// <summary>Fills words (little-endian) with stream <paramref name="stream"/> from block <paramref name="firstBlock"/> on.</summary>
    internal void Fill(ulong stream, ulong firstBlock, Span<ulong> destination) =>
        Fill(stream, firstBlock, MemoryMarshal.AsBytes(destination));

    /// <summary>Fills 32-bit words (little-endian) with stream <paramref name="stream"/> from block <paramref name="firstBlock"/> on.</summary>
    internal void Fill(ulong stream, ulong firstBlock, Span<uint> destination) =>
        Fill(stream, firstBlock, MemoryMarshal.AsBytes(destination));

    /// <summary>Wipes the key schedule.</summary>
    public void Dispose()
    {
        _rounds?.Dispose();
        _portable?.Dispose();
        _software?.Dispose();
    }

    private void FillPortable(ulong stream, ulong block, Span<byte> destination)
    {
        Span<byte> counters = stackalloc byte[PortableBatch * BlockBytes];
        Span<byte> output = stackalloc byte[PortableBatch * BlockBytes];
        while (destination.Length > 0)
        {
            for (int i = 0; i < PortableBatch; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(counters[(i * BlockBytes)..], stream);
                BinaryPrimitives.WriteUInt64BigEndian(counters[(i * BlockBytes + 8)..], block++);
            }
            // the platform's objects are for one thread at a time
            lock (_portable!)
                _portable.EncryptEcb(counters, output, PaddingMode.None);
            int size = Math.Min(output.Length, destination.Length);
            output[..size].CopyTo(destination);
            destination = destination[size..];
        }
        CryptographicOperations.ZeroMemory(output);
    }
}
