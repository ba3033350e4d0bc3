using System.Security.Cryptography;
using System.Text;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;

namespace ConcreteMl.Tfhe;

/// <summary>Encrypts a secret key under a passphrase: PBKDF2 with HMAC-SHA-256, then AES-256-GCM.</summary>
internal static class PassphraseSeal
{
    /// <summary>Bytes that sealing adds at the end.</summary>
    internal const int TagBytes = 16;

    // OWASP's password storage guidance of 2023 for PBKDF2 with HMAC-SHA-256
    private const int Iterations = 600_000;

    // below: no protection worth the name; above: a file could make its reader work for minutes
    private const int LeastIterations = 100_000;
    private const int MostIterations = 20_000_000;
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int KeyBytes = 32;

    internal static SealMessage Fresh() =>
        new()
        {
            Iterations = Iterations,
            Salt = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(SaltBytes)),
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(NonceBytes)),
        };

    /// <exception cref="TfheFormatException">The seal is out of range, or there is no passphrase.</exception>
    internal static void Check(SealMessage seal, string? passphrase)
    {
        if (seal.Iterations is < LeastIterations or > MostIterations)
            throw new TfheFormatException(
                $"{seal.Iterations} iterations of the passphrase, {LeastIterations} to {MostIterations} are read"
            );
        if (seal.Salt.Length != SaltBytes || seal.Nonce.Length != NonceBytes)
            throw new TfheFormatException("salt or nonce of the passphrase have other lengths than 16 and 12 bytes");
        if (passphrase is null)
            throw new TfheFormatException(TfheFormatProblem.Passphrase, "the secret key is protected by a passphrase, and none is given");
    }

    /// <summary>Encrypts all but the last <see cref="TagBytes"/> bytes in place and writes the tag there.</summary>
    internal static void Close(SealMessage seal, string passphrase, byte[] associated, Span<byte> packed) =>
        WithKey(
            seal,
            passphrase,
            packed,
            (aes, bytes) => aes.Encrypt(seal.Nonce.Span, bytes[..^TagBytes], bytes[..^TagBytes], bytes[^TagBytes..], associated)
        );

    /// <summary>Decrypts in place.</summary>
    /// <exception cref="TfheFormatException">The passphrase is another, or the data was changed.</exception>
    internal static void Open(SealMessage seal, string passphrase, byte[] associated, Span<byte> packed)
    {
        try
        {
            WithKey(
                seal,
                passphrase,
                packed,
                (aes, bytes) => aes.Decrypt(seal.Nonce.Span, bytes[..^TagBytes], bytes[^TagBytes..], bytes[..^TagBytes], associated)
            );
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new TfheFormatException(TfheFormatProblem.Passphrase, "the passphrase does not open the secret key");
        }
    }

    private delegate void Work(AesGcm aes, Span<byte> bytes);

    private static void WithKey(SealMessage seal, string passphrase, Span<byte> packed, Work work)
    {
        if (!AesGcm.IsSupported)
            throw new TfheFormatException(
                TfheFormatProblem.Passphrase,
                "this platform has no AES-GCM: secret keys under a passphrase need it"
            );
        byte[] phrase = Encoding.UTF8.GetBytes(passphrase);
        byte[] key = new byte[KeyBytes];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(phrase, seal.Salt.Span, key, (int)seal.Iterations, HashAlgorithmName.SHA256);
            using AesGcm aes = new(key, TagBytes);
            work(aes, packed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(phrase);
        }
    }
}
