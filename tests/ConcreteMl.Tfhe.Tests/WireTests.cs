using System.Buffers.Binary;
using System.Security.Cryptography;
using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Frames: versions, limits before allocation, passphrases, packed words.</summary>
[TestFixture]
internal sealed class WireTests
{
    private static readonly ParameterSet Parameters = TestParameters.Secure(1, 512, 460, new(4, 3), new(18, 1));
    private static readonly ParameterSet Others = TestParameters.Secure(1, 1024, 460, new(4, 3), new(18, 1));

    [Test]
    public void Another_minor_version_with_unknown_fields_is_read_and_another_major_one_refused()
    {
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        byte[] stored = Secret(key, null);
        byte[] later = [.. stored];
        BinaryPrimitives.WriteUInt16LittleEndian(later.AsSpan(10), 7);
        // field 99 of a later minor version: tag, then a varint
        later = Rehashed(WithHeaderBytes(later, [0x98, 0x06, 0x01]));
        using ClientKey read = ClientKeyFormat.ReadAsync(new MemoryStream(later), null).GetAwaiter().GetResult();
        Assert.That(read.Big.Masks.ToArray(), Is.EqualTo(key.Big.Masks.ToArray()));
        byte[] major = [.. stored];
        major[8] = 2;
        Assert.That(Refusal(Rehashed(major)).Problem, Is.EqualTo(TfheFormatProblem.OtherVersion));
        byte[] old = "CMLTFHE\n"u8.ToArray();
        Assert.That(Refusal([.. old, .. new byte[64]]).Message, Does.Contain("release 0.1"));
    }

    [Test]
    public void A_header_that_asks_for_a_huge_key_is_refused_before_anything_is_allocated()
    {
        ParameterSet huge = TestParameters.Secure(1, 65536, 4096, new(1, 15), new(4, 10));
        EvaluationKeyHeader header = new()
        {
            KeyId = ByteString.CopyFrom(new byte[16]),
            Parameters = ProgramWriter.Message(huge),
            Seed = ByteString.CopyFrom(new byte[16]),
        };
        byte[] bytes = header.ToByteArray();
        long payload = EvaluationKeyFormat.PayloadBytes(huge);
        Assert.That(payload, Is.GreaterThan(40L << 30));
        byte[] frame = [.. new WirePrefix(WireKind.EvaluationKey, bytes.Length, payload).ToBytes(), .. bytes, .. new byte[4096]];
        long before = GC.GetAllocatedBytesForCurrentThread();
        TfheFormatException unlimited = EvaluationRefusal(frame, WireExpectation.Any);
        Assert.That(unlimited.Problem, Is.EqualTo(TfheFormatProblem.TooLarge));
        Assert.That(
            EvaluationRefusal(frame, new WireExpectation { Parameters = Parameters, MostBytes = long.MaxValue }).Problem,
            Is.EqualTo(TfheFormatProblem.Foreign)
        );
        Assert.That(
            EvaluationRefusal(frame, new WireExpectation { MostBytes = long.MaxValue }).Problem,
            Is.EqualTo(TfheFormatProblem.Truncated)
        );
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void A_key_of_other_parameters_is_refused_as_foreign()
    {
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey evaluation = KeyGenerator.CreateSeeded(key);
        using MemoryStream stream = new();
        EvaluationKeyFile.WriteAsync(evaluation, stream).GetAwaiter().GetResult();
        Assert.That(stream.Length, Is.EqualTo(evaluation.ByteCount).Within(4096));
        TfheFormatException refusal = EvaluationRefusal(stream.ToArray(), new WireExpectation { Parameters = Others });
        Assert.That(refusal.Problem, Is.EqualTo(TfheFormatProblem.Foreign));
    }

    [Test]
    public void A_copied_key_is_the_same_bytes_and_a_damaged_one_is_not_copied_to_its_end()
    {
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey evaluation = KeyGenerator.CreateSeeded(key);
        using MemoryStream stream = new();
        EvaluationKeyFile.WriteAsync(evaluation, stream).GetAwaiter().GetResult();
        byte[] stored = stream.ToArray();
        using MemoryStream copy = new();
        KeyId id = EvaluationKeyFormat.CopyAsync(new MemoryStream(stored), copy, WireExpectation.Any, default).GetAwaiter().GetResult();
        Assert.That(id, Is.EqualTo(key.Id));
        Assert.That(copy.ToArray(), Is.EqualTo(stored));
        stored[^100] ^= 1;
        Assert.Throws<TfheFormatException>(() =>
            EvaluationKeyFormat
                .CopyAsync(new MemoryStream(stored), new MemoryStream(), WireExpectation.Any, default)
                .GetAwaiter()
                .GetResult()
        );
    }

    [Test]
    public void A_passphrase_opens_its_key_and_nothing_else_does()
    {
        using ClientKey key = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        byte[] sealedKey = Secret(key, "correct horse");
        using ClientKey opened = ClientKeyFormat.ReadAsync(new MemoryStream(sealedKey), "correct horse").GetAwaiter().GetResult();
        Assert.That(opened.Big.Masks.ToArray(), Is.EqualTo(key.Big.Masks.ToArray()));
        Assert.That(Refusal(sealedKey, "another").Problem, Is.EqualTo(TfheFormatProblem.Passphrase));
        Assert.That(Refusal(sealedKey).Problem, Is.EqualTo(TfheFormatProblem.Passphrase));
        byte[] packed = new byte[(key.Big.Dimension + 7) / 8];
        key.Big.Pack(packed);
        Assert.That(sealedKey.AsSpan().IndexOf(packed), Is.Negative);
        Assert.That(Secret(key, null).AsSpan().IndexOf(packed), Is.Positive);
    }

    [Test]
    public void Packed_words_keep_their_highest_bits_rounded([Values(1, 7, 8, 12, 13, 16, 33, 63, 64)] int bits)
    {
        Random random = new(bits);
        ulong[] words = [.. Enumerable.Range(0, 3 * 18).Select(_ => (ulong)random.NextInt64() << 1)];
        PackedCiphertexts packed = PackedCiphertexts.Pack(words, 3, 17, bits, 0);
        Assert.That(packed.Bytes.Length, Is.EqualTo((words.Length * bits + 7) / 8));
        ulong[] one = new ulong[18];
        for (int index = 0; index < 3; index++)
        {
            packed.Unpack(index, one);
            for (int word = 0; word < one.Length; word++)
            {
                long error = (long)(one[word] - words[index * 18 + word]);
                Assert.That(Math.Abs((double)error), Is.LessThanOrEqualTo(Math.Pow(2.0, 63 - bits)));
            }
        }
    }

    private static byte[] Secret(ClientKey key, string? passphrase)
    {
        using MemoryStream stream = new();
        ClientKeyFormat.WriteAsync(key, stream, passphrase).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private static TfheFormatException Refusal(byte[] bytes, string? passphrase = null) =>
        Assert.Throws<TfheFormatException>(() => ClientKeyFormat.ReadAsync(new MemoryStream(bytes), passphrase).GetAwaiter().GetResult())!;

    private static TfheFormatException EvaluationRefusal(byte[] bytes, WireExpectation expectation) =>
        Assert.Throws<TfheFormatException>(() =>
            EvaluationKeyFile.ReadAsync(new MemoryStream(bytes), expectation).GetAwaiter().GetResult()
        )!;

    private static byte[] WithHeaderBytes(byte[] frame, byte[] added)
    {
        int header = BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(16));
        int end = WirePrefix.Length + header;
        byte[] longer = [.. frame[..end], .. added, .. frame[end..]];
        BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(16), header + added.Length);
        return longer;
    }

    private static byte[] Rehashed(byte[] frame) => [.. frame[..^32], .. SHA256.HashData(frame.AsSpan(..^32))];
}
