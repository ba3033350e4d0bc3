using System.Globalization;

namespace ConcreteMl.Tfhe;

/// <summary>Public random name of a client key; its evaluation keys and ciphertexts carry it so that strangers are refused.</summary>
/// <param name="Value">128 random bits, independent of the secret key.</param>
public readonly record struct KeyId(UInt128 Value)
{
    internal static KeyId Create(SeedSource source)
    {
        Span<byte> bytes = stackalloc byte[16];
        source.Fill(bytes);
        return new KeyId(System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes));
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
