using System.Buffers.Binary;
using System.Security.Cryptography;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The files of tests/vectors/wire-1.0 and wire-1.1: every release of major version 1 reads them.</summary>
public sealed class WireVectorTests
{
    private const int Dimension = 1024;
    private const int Bits = 9;
    private static readonly long[][] InputCodes =
    [
        [2, -8, 9, -15],
        [13, 7, -1, -4],
    ];
    private static readonly long[][] OutputCodes =
    [
        [-110, -36],
        [41, 9],
    ];
    private static readonly long[][] CompressedCodes =
    [
        [239, -17, -354],
        [44, -21, 39],
    ];
    private static readonly double[] Real = [-0.6929981f, -1.2579106f, 0.9316623f, -0.83490527f];

    [Test]
    public async Task The_product_reads_every_file()
    {
        FheClient client = FheClient.Load(Vector("linear.client"));
        FheServer server = FheServer.Load(Vector("linear.server"));
        Assert.That(server.CircuitHash, Is.EqualTo(client.CircuitHash));
        Assert.That(FheServer.CircuitHashOfClientHalf(File.ReadAllBytes(Vector("linear.client"))), Is.EqualTo(client.CircuitHash));
        using SecretKey secret = SecretKey.Import(File.ReadAllBytes(Vector("secret.key")));
        using FileStream keys = File.OpenRead(Vector("evaluation.key"));
        using EvaluationKey evaluation = await server.ReadEvaluationKeyAsync(keys);
        using FileStream sent = File.OpenRead(Vector("inputs.enc"));
        EncryptedOutputs computed = await server.RunAsync(evaluation, await server.ReadInputsAsync(sent));
        using FileStream stored = File.OpenRead(Vector("outputs.enc"));
        foreach (EncryptedOutputs outputs in (EncryptedOutputs[])[computed, await client.ReadOutputsAsync(stored)])
        {
            Assert.That(client.DecryptCodes(secret, outputs)[0].Data, Is.EqualTo(OutputCodes.SelectMany(codes => codes)));
            Assert.That(client.Decrypt(secret, outputs)[0].ToDoubles(), Is.EqualTo(Real));
        }

        using SecretKey opened = SecretKey.Import(File.ReadAllBytes(Vector("sealed.key")), "correct horse battery staple");
        Assert.That(opened.KeyId.ToString(), Is.EqualTo("efff54bbc404307c094fd88d7834e95b"));
    }

    [Test]
    public void A_reader_that_follows_the_page_alone_opens_inputs_and_outputs()
    {
        byte[] key = Read("secret.key", kind: 1).Payload;
        Assert.That(key, Has.Length.EqualTo(Dimension / 8));
        PlainWireReader inputs = Read("inputs.enc", kind: 3);
        Assert.That(inputs.Header[3].Single(), Is.EqualTo(2UL), "samples");
        for (int sample = 0; sample < 2; sample++)
        {
            byte[] one = inputs.Payload[(sample * (16 + 32))..];
            for (int element = 0; element < 4; element++)
            {
                ulong[] mask = PlainWireReader.Mask(one[..16], (ulong)element, Dimension);
                ulong body = BinaryPrimitives.ReadUInt64LittleEndian(one.AsSpan(16 + (8 * element)));
                Assert.That(PlainWireReader.Code(PlainWireReader.Phase(mask, body, key), Bits), Is.EqualTo(InputCodes[sample][element]));
            }
        }

        PlainWireReader outputs = Read("outputs.enc", kind: 4);
        ILookup<int, object> port = PlainWireReader.Fields((byte[])outputs.Header[5].Single());
        Assert.That(port[1].Single(), Is.EqualTo(2UL), "ciphertexts");
        Assert.That(port[3].Single(), Is.EqualTo(64UL), "bits of a word");
        for (int index = 0; index < 4; index++)
        {
            ReadOnlySpan<byte> one = outputs.Payload.AsSpan(index * 8 * (Dimension + 1));
            ulong[] words = new ulong[Dimension + 1];
            for (int word = 0; word < words.Length; word++)
                words[word] = BinaryPrimitives.ReadUInt64LittleEndian(one[(8 * word)..]);
            ulong phase = PlainWireReader.Phase(words.AsSpan(0, Dimension), words[Dimension], key);
            Assert.That(PlainWireReader.Code(phase, Bits), Is.EqualTo(OutputCodes[index / 2][index % 2]));
        }
    }

    [Test]
    public async Task The_product_reads_and_makes_compressed_outputs()
    {
        FheClient client = FheClient.Load(Compressed("linear.client"));
        FheServer server = FheServer.Load(Compressed("linear.server"));
        using SecretKey secret = SecretKey.Import(File.ReadAllBytes(Compressed("secret.key")));
        using FileStream keys = File.OpenRead(Compressed("evaluation.key"));
        using EvaluationKey evaluation = await server.ReadEvaluationKeyAsync(keys);
        using FileStream sent = File.OpenRead(Compressed("inputs.enc"));
        EncryptedOutputs computed = await server.RunAsync(evaluation, await server.ReadInputsAsync(sent));
        using FileStream stored = File.OpenRead(Compressed("outputs.enc"));
        foreach (EncryptedOutputs outputs in (EncryptedOutputs[])[computed, await client.ReadOutputsAsync(stored)])
        {
            Assert.That(client.DecryptCodes(secret, outputs)[0].Data, Is.EqualTo(CompressedCodes.SelectMany(codes => codes)));
            Assert.That(outputs.ByteCount, Is.EqualTo(2 * 2374));
        }
    }

    [Test]
    public void A_reader_that_follows_the_page_alone_opens_compressed_outputs()
    {
        const int mask = 1052;
        const int shared = 4;
        const int bits = 18;
        byte[] key = new PlainWireReader(File.ReadAllBytes(Compressed("secret.key"))).Payload;
        byte[] own = key[(Dimension / 8)..];
        PlainWireReader outputs = new(File.ReadAllBytes(Compressed("outputs.enc")));
        ILookup<int, object> port = PlainWireReader.Fields((byte[])outputs.Header[5].Single());
        Assert.That(
            new[] { port[1], port[2], port[3], port[4], port[5] }.Select(field => field.Single()),
            Is.EqualTo(new object[] { 3UL, (ulong)mask, (ulong)bits, 1UL, (ulong)shared })
        );
        int bytes = (((mask + 3) * bits) + 7) / 8;
        for (int sample = 0; sample < 2; sample++)
        {
            byte[] one = outputs.Payload[(sample * bytes)..((sample + 1) * bytes)];
            for (int value = 0; value < 3; value++)
            {
                ulong phase = PlainWireReader.Word(one, mask + value, bits);
                for (int part = 0; part < mask; part += shared)
                for (int power = 0; power < shared; power++)
                for (int other = 0; other < shared; other++)
                {
                    ulong product = PlainWireReader.Word(one, part + power, bits) * PlainWireReader.Bit(own, part + other);
                    if (power + other == value)
                        phase -= product;
                    else if (power + other == value + shared)
                        phase += product;
                }

                Assert.That(PlainWireReader.Code(phase, 10), Is.EqualTo(CompressedCodes[sample][value]));
            }
        }
    }

    [Test]
    public void A_reader_that_follows_the_page_alone_opens_a_key_under_its_passphrase()
    {
        byte[] frame = File.ReadAllBytes(Vector("sealed.key"));
        PlainWireReader stored = Read("sealed.key", kind: 1);
        ILookup<int, object> seal = PlainWireReader.Fields((byte[])stored.Header[3].Single());
        byte[] derived = Rfc2898DeriveBytes.Pbkdf2(
            "correct horse battery staple"u8,
            (byte[])seal[2].Single(),
            (int)(ulong)seal[1].Single(),
            HashAlgorithmName.SHA256,
            32
        );
        using AesGcm aes = new(derived, 16);
        byte[] opened = new byte[Dimension / 8];
        int header = frame.Length - stored.Payload.Length - 32;
        aes.Decrypt((byte[])seal[3].Single(), stored.Payload.AsSpan(..^16), stored.Payload.AsSpan(^16..), opened, frame.AsSpan(0, header));
        int ones = Enumerable.Range(0, Dimension).Sum(index => (int)PlainWireReader.Bit(opened, index));
        Assert.That(ones, Is.InRange(400, 624), "a random key has about as many ones as zeros");
    }

    private static PlainWireReader Read(string file, int kind)
    {
        PlainWireReader reader = new(File.ReadAllBytes(Vector(file)));
        Assert.That(reader.Kind, Is.EqualTo(kind));
        return reader;
    }

    private static string Compressed(string file) => Tree.At("tests", "vectors", "wire-1.1", file);

    private static string Vector(string file) => Tree.At("tests", "vectors", "wire-1.0", file);
}
