using System.Security.Cryptography;
using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class ProgramFormatTests
{
    private static ParameterSet Secure =>
        TestParameters.Secure(1, 2048, 742, new GadgetDecomposition(3, 5), new GadgetDecomposition(23, 1));

    [Test]
    public void A_program_reads_back_equal_and_writes_the_same_bytes()
    {
        foreach (ParameterSet? parameters in new[] { null, Secure })
        {
            TfheProgram program = SamplePrograms.Everything(parameters);
            byte[] stored = Stored(program);
            TfheProgram read = ProgramFormat.Read(new MemoryStream(stored));
            Assert.That(Stored(read), Is.EqualTo(stored));
            Assert.That(read.Parameters, Is.EqualTo(parameters));
            Assert.That(ProgramFormat.Hash(read), Is.EqualTo(ProgramFormat.Hash(program)));
            Assert.That(read.Instructions.Select(one => one.ToString()), Is.EqualTo(program.Instructions.Select(one => one.ToString())));
            long[][] sample = SamplePrograms.EverythingInputs(new Random(1));
            Assert.That(new ClearExecutor(read).Run([sample]).Outputs, Is.EqualTo(new ClearExecutor(program).Run([sample]).Outputs));
        }
    }

    [Test]
    public void Different_programs_have_different_hashes() =>
        Assert.That(ProgramFormat.Hash(SamplePrograms.Identity(2, 4)), Is.Not.EqualTo(ProgramFormat.Hash(SamplePrograms.Identity(3, 4))));

    [Test]
    public void Damage_is_refused_and_never_crashes() =>
        Damage.AssertRefused(Stored(SamplePrograms.Everything(Secure)), stream => ProgramFormat.Read(stream), step: 7);

    [Test]
    public void Damage_under_a_valid_hash_is_refused_or_harmless()
    {
        // an attacker can recompute the frame's hash: what is left then must still be a legal program or a typed refusal
        byte[] stored = Stored(SamplePrograms.Everything(Secure));
        byte[] payload = stored[48..];
        int refused = 0;
        for (int at = 0; at < payload.Length; at += 3)
            foreach (byte flip in new byte[] { 0x01, 0x80, 0x7F })
            {
                byte[] forged = [.. payload];
                forged[at] ^= flip;
                byte[] frame = [.. stored[..16], .. SHA256.HashData(forged), .. forged];
                try
                {
                    Assert.That(ProgramVerifier.Verify(ProgramFormat.Read(new MemoryStream(frame))), Is.Empty);
                }
                catch (TfheFormatException)
                {
                    refused++;
                }
            }
        Assert.That(refused, Is.Positive);
    }

    [Test]
    public void Another_version_and_absurd_lengths_are_refused_with_a_message()
    {
        byte[] stored = Stored(SamplePrograms.Identity(2, 4));
        byte[] later = [.. stored];
        later[4] = 9;
        Assert.That(
            Assert.Throws<TfheFormatException>(() => ProgramFormat.Read(new MemoryStream(later)))!.Message,
            Does.Contain("version 9")
        );
        byte[] huge = [.. stored];
        huge.AsSpan(8, 8).Fill(0xFF);
        Assert.Throws<TfheFormatException>(() => ProgramFormat.Read(new MemoryStream(huge)));
        huge.AsSpan(12, 4).Clear();
        huge[11] = 0x7F;
        Assert.Throws<TfheFormatException>(() => ProgramFormat.Read(new MemoryStream(huge)));
    }

    private static byte[] Stored(TfheProgram program)
    {
        MemoryStream stream = new();
        ProgramFormat.Write(program, stream);
        return stream.ToArray();
    }
}
