using System.Diagnostics;
using ConcreteMl.Tfhe;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>Keys made without the processor's vector instructions, as browsers make them, for a server that has them.</summary>
public sealed class PortableKeyTests
{
    private DirectoryInfo folder = null!;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("concreteml-portable-");

    [TearDown]
    public void RemoveFolder() => folder.Delete(recursive: true);

    [Test]
    public async Task Keys_with_Fourier_key_switch_and_two_words_a_step_are_made_right_without_vector_instructions()
    {
        string secret = Path.Combine(folder.FullName, "k");
        string evaluation = Path.Combine(folder.FullName, "e");
        MakeKeys(TinyHalves.WideClient, secret, evaluation);
        FheServer server = FheServer.Load(TinyHalves.WideServer);
        LookupClassParameters[] classes = [.. server.Parameters.Classes];
        Assert.That(classes.Any(one => one.UsesFourierKeySwitch), "the key has a key switch in the Fourier domain");
        Assert.That(classes.Any(one => one.WordsPerStep == 2), "the key has products of two bits");
        FheClient client = FheClient.Load(TinyHalves.WideClient);
        using SecretKey key = SecretKey.Load(secret);
        using EvaluationKey made = EvaluationKey.Load(evaluation);
        Tensor x = TinyHalves.Samples(1, 21);
        EncryptedOutputs outputs = await server.RunAsync(made, client.Encrypt(key, [x]));
        Assert.That(client.Decrypt(key, outputs)[0].ToDoubles(), Is.EqualTo(TinyHalves.WideClear(x)));
    }

    private static void MakeKeys(string half, string secret, string evaluation)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "..", "..", "ConcreteMl.Cli", "release", "concreteml.dll");
        ProcessStartInfo start = new("dotnet", [tool, "keygen", half, "--secret", secret, "--evaluation", evaluation])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_EnableHWIntrinsic"] = "0" },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error + output.Result);
    }
}
