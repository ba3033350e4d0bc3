using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>The command "serve" as people run it, killed and started again.</summary>
public sealed class ServeTests
{
    private DirectoryInfo folder = null!;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("concreteml-serve-");

    [TearDown]
    public void RemoveFolder() => folder.Delete(recursive: true);

    [Test]
    public async Task What_was_accepted_ends_right_after_a_kill()
    {
        using Owner owner = new(TinyHalves.Client);
        Tensor x = TinyHalves.Samples(60, 1);
        byte[] body = owner.Encrypted(x);
        List<string> jobs = [];
        using (ServeProcess first = new(folder.FullName))
        using (HttpClient http = new() { BaseAddress = first.Address })
        {
            await owner.PutKeyAsync(http).JsonAsync(HttpStatusCode.Created);
            for (int job = 0; job < 3; job++)
            {
                using HttpResponseMessage accepted = await owner.InferAsync(http, body, job: true);
                jobs.Add(accepted.Headers.Location!.OriginalString);
            }

            await Answers.FollowAsync(http, jobs[0], "running", "done");
            first.Kill();
        }

        using ServeProcess second = new(folder.FullName);
        using HttpClient again = new() { BaseAddress = second.Address };
        double[] clear = TinyHalves.Clear(x);
        foreach (string job in jobs)
        {
            JsonElement done = await Answers.FollowAsync(again, job, "done");
            Assert.That(owner.Decrypt(await again.GetAsync(done.GetProperty("result").GetString()).BytesAsync()), Is.EqualTo(clear));
        }

        Assert.That(second.Terminate(), Is.EqualTo(130));
    }

    [Test]
    public void Remote_gives_the_integers_of_a_clear_run_and_sends_its_key_once()
    {
        string At(string name) => Path.Combine(folder.FullName, name);
        NpzFile.Save(At("x.npz"), [new("x0", TinyHalves.Samples(3, 9))]);
        using ServeProcess server = new(At("store"));
        string model = new Uri(server.Address, "/v2/models/tiny").AbsoluteUri;
        Run("keygen", TinyHalves.Client, "--secret", At("k"), "--evaluation", At("e"));
        JsonElement clear = Run("run", TinyHalves.Artefact, "--input", At("x.npz"), "--mode", "clear");
        string[] remote = ["remote", model, "--client", TinyHalves.Client, "--secret", At("k"), "--input", At("x.npz")];
        JsonElement first = Run([.. remote, "--evaluation", At("e"), "-o", At("y.npz")]);
        Assert.That(first.GetProperty("quantized_outputs").ToString(), Is.EqualTo(clear.GetProperty("quantized_outputs").ToString()));
        Assert.That(first.GetProperty("outputs").ToString(), Is.EqualTo(clear.GetProperty("outputs").ToString()));
        Assert.That(first.GetProperty("evaluation_key_sent").GetBoolean(), Is.True);
        JsonElement second = Run([.. remote, "--evaluation", At("e"), "--limit", "1", "--job"]);
        Assert.That(second.GetProperty("evaluation_key_sent").GetBoolean(), Is.False);
        Assert.That(second.GetProperty("seconds").GetArrayLength(), Is.EqualTo(1));
        StringWriter output = new();
        Assert.That(Cli.CommandLine.Run([.. remote, "--json", "-o", At("n/y.npz")], output, new StringWriter()), Is.EqualTo(1));
        remote[1] = new Uri(server.Address, "/v2/models/none").AbsoluteUri;
        output = new();
        Assert.That(Cli.CommandLine.Run([.. remote, "--evaluation", At("e"), "--json"], output, new StringWriter()), Is.EqualTo(1));
        Assert.That(output.ToString(), Does.Contain("CML6402"));
    }

    [Test]
    public void Serve_refuses_what_cannot_work_with_a_code()
    {
        string tokens = Path.Combine(folder.FullName, "tokens");
        File.WriteAllText(tokens, "alice short\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(tokens, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] serve = ["serve", TinyHalves.Server, "--store", folder.FullName, "--urls", "http://127.0.0.1:0", "--json"];
        foreach (string[] more in new string[][] { ["--tokens", tokens], ["--workers", "0"], ["--key-memory", "10"] })
        {
            StringWriter output = new();
            Assert.That(Cli.CommandLine.Run([.. serve, .. more], output, new StringWriter()), Is.EqualTo(1));
            Assert.That(output.ToString(), Does.Contain("CML6413"));
        }

        serve[1] = Path.Combine(folder.FullName, "none");
        StringWriter missing = new();
        Assert.That(Cli.CommandLine.Run(serve, missing, new StringWriter()), Is.EqualTo(1));
        Assert.That(missing.ToString(), Does.Contain("CML6001"));
    }

    private static JsonElement Run(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        Assert.That(Cli.CommandLine.Run([.. arguments, "--json"], output, error), Is.Zero, error.ToString());
        return JsonDocument.Parse(output.ToString()).RootElement;
    }
}
