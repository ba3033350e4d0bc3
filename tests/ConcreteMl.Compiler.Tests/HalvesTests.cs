using System.Runtime.InteropServices;
using System.Text.Json;
using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>The owner of the data and the server, each with its own half, by files and in code.</summary>
public sealed class HalvesTests
{
    private readonly Scratch scratch = new();

    [OneTimeSetUp]
    public void Export()
    {
        JsonElement exported = Done("export", DigitsMlp.Artefact, "--client", Client, "--server", Server, "--json");
        Assert.That(exported.GetProperty("client_bytes").GetInt64(), Is.EqualTo(new FileInfo(Client).Length));
        Done("keygen", Client, "--secret", scratch.At("k"), "--evaluation", scratch.At("e"), "--json");
    }

    [OneTimeTearDown]
    public void RemoveScratch() => scratch.Dispose();

    private string Client => scratch.At("m.client");

    private string Server => scratch.At("m.server");

    [Test]
    public void Five_commands_give_the_integers_of_a_clear_run()
    {
        JsonElement clear = Done("run", DigitsMlp.Artefact, "--input", DigitsMlp.Test, "--limit", "2", "--mode", "clear", "--json");
        JsonElement sent = Done(
            "encrypt",
            Client,
            "--secret",
            scratch.At("k"),
            "--input",
            DigitsMlp.Test,
            "--limit",
            "2",
            "-o",
            scratch.At("x"),
            "--json"
        );
        Assert.That(sent.GetProperty("samples").GetInt32(), Is.EqualTo(2));
        JsonElement ran = Done(
            "execute",
            Server,
            "--evaluation",
            scratch.At("e"),
            "--input",
            scratch.At("x"),
            "-o",
            scratch.At("y"),
            "--json"
        );
        Assert.That(ran.GetProperty("seconds").GetArrayLength(), Is.EqualTo(2));
        Assert.That(ran.GetProperty("bytes").GetInt64(), Is.EqualTo(new FileInfo(scratch.At("y")).Length));
        JsonElement opened = Done(
            "decrypt",
            Client,
            "--secret",
            scratch.At("k"),
            "--input",
            scratch.At("y"),
            "-o",
            scratch.At("y.npz"),
            "--json"
        );
        Assert.That(opened.GetProperty("quantized_outputs").ToString(), Is.EqualTo(clear.GetProperty("quantized_outputs").ToString()));
        Assert.That(opened.GetProperty("outputs").ToString(), Is.EqualTo(clear.GetProperty("outputs").ToString()));
        Assert.That(NpzFile.Load(scratch.At("y.npz"))["y0"].Shape[0], Is.EqualTo(2));
    }

    [Test]
    public void The_client_half_holds_no_weight_and_no_table_and_the_server_half_no_coding()
    {
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        byte[] client = File.ReadAllBytes(Client);
        Assert.That(client, Has.Length.LessThan(64 << 10));
        byte[] server = File.ReadAllBytes(Server);
        foreach (long[] constant in module.Program.Constants.Where(one => one.Length >= 16))
            Assert.That(client.AsSpan().IndexOf(ZigZag(constant.AsSpan(0, 16))), Is.Negative);
        Assert.That(module.Program.Constants.Any(one => one.Length >= 16 && server.AsSpan().IndexOf(ZigZag(one.AsSpan(0, 16))) >= 0));
        foreach (ProgramPort port in module.Program.Inputs.Concat(module.Program.Outputs))
        {
            byte[] scale = MemoryMarshal.AsBytes<double>(port.Coding.Scales.AsSpan(0, 1)).ToArray();
            Assert.That(client.AsSpan().IndexOf(scale), Is.Positive);
            Assert.That(server.AsSpan().IndexOf(scale), Is.Negative);
        }
    }

    [Test]
    public async Task Code_on_both_sides_exchanges_bytes_and_keys_rotate()
    {
        FheClient client = FheClient.Load(Client);
        FheServer server = FheServer.Load(Server);
        Assert.That(server.CircuitHash, Is.EqualTo(client.CircuitHash));
        using SecretKey secret = SecretKey.Import(SecretKey.Load(scratch.At("k")).Export("phrase"), "phrase");
        using EvaluationKey rotated = client.CreateEvaluationKey(secret);
        Tensor x = NpzFile.Load(DigitsMlp.Test)["x0"].Sample(0);
        using MemoryStream wire = new();
        await client.Encrypt(secret, [x]).WriteToAsync(wire);
        wire.Position = 0;
        EncryptedInputs received = await server.ReadInputsAsync(wire);
        EncryptedOutputs back = await server.RunAsync(rotated, received);
        using MemoryStream answer = new();
        await back.WriteToAsync(answer);
        answer.Position = 0;
        IReadOnlyList<Tensor> opened = client.Decrypt(secret, await client.ReadOutputsAsync(answer));
        using QuantizedModule module = QuantizedModule.Load(DigitsMlp.Artefact);
        Assert.That(opened[0].ToDoubles(), Is.EqualTo(module.Forward([x], FheMode.Disable)[0].ToDoubles()));
        using SecretKey stranger = client.GenerateKey();
        using EvaluationKey foreign = client.CreateEvaluationKey(stranger);
        Assert.ThrowsAsync<ProgramInputException>(() => server.RunAsync(foreign, received));
        CompilationException refusal = Assert.Throws<CompilationException>(() => client.Decrypt(stranger, back))!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6208"));
    }

    [Test]
    public void What_does_not_belong_together_or_is_damaged_is_refused_with_a_code()
    {
        string[] decrypt = ["decrypt", Client, "--secret", scratch.At("k"), "--json", "--input"];
        Refused("CML6207", [.. decrypt, scratch.Write("cut", File.ReadAllBytes(Client)[..40])]);
        Refused("CML6104", ["encrypt", Server, "--secret", scratch.At("k"), "--input", DigitsMlp.Test, "-o", scratch.At("n"), "--json"]);
        byte[] kept = File.ReadAllBytes(scratch.At("k"));
        Cli again = Refused("CML6210", ["keygen", Client, "--secret", scratch.At("k"), "--evaluation", scratch.At("e2"), "--json"]);
        Assert.That(again.Output, Does.Contain("--rotate").And.Contain("another file").And.Not.Contain("elete"));
        Assert.That(File.ReadAllBytes(scratch.At("k")), Is.EqualTo(kept));
        Refused("CML6001", ["keygen", scratch.At("none"), "--secret", scratch.At("k2"), "--evaluation", scratch.At("e2"), "--json"]);
        byte[] later = File.ReadAllBytes(Client);
        later[8] = 2;
        Refused(
            "CML6205",
            [
                "encrypt",
                scratch.Write("later", later),
                "--secret",
                scratch.At("k"),
                "--input",
                DigitsMlp.Test,
                "-o",
                scratch.At("n"),
                "--json",
            ]
        );
    }

    private static byte[] ZigZag(ReadOnlySpan<long> values)
    {
        List<byte> bytes = [];
        foreach (long value in values)
        {
            ulong left = (ulong)((value << 1) ^ (value >> 63));
            for (; left >= 0x80; left >>= 7)
            {
                bytes.Add((byte)(left | 0x80));
            }

            bytes.Add((byte)left);
        }

        return [.. bytes];
    }

    private static JsonElement Done(params string[] arguments)
    {
        Cli run = Cli.Run(arguments);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Json();
    }

    private static Cli Refused(string code, string[] arguments)
    {
        Cli run = Cli.Run(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error + run.Output);
        Assert.That(run.Codes(), Does.Contain(code));
        return run;
    }
}
