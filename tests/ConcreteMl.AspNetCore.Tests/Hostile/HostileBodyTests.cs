using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>
/// Thousands of requests that mean ill to a server in a process of its own, from three connections at once, while a client of good will
/// is served: as many as fit a budget of time, or CML_HOSTILE of them, from a seed that is printed; CML_SEED names another.
/// </summary>
public sealed class HostileBodyTests
{
    private const int Attackers = 3;

    // 2,500 requests, 30 slow bodies and 200 slow heads raised the peak by 29 to 35 MiB; an unbounded body would take gigabytes
    private const long MostGrowth = 192 << 20;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(12);

    private DirectoryInfo folder = null!;
    private ServeProcess server = null!;
    private HttpClient alice = null!;
    private Owner owner = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        folder = Directory.CreateTempSubdirectory("concreteml-hostile-");
        string tokens = Path.Combine(folder.FullName, "tokens");
        File.WriteAllText(tokens, $"alice {RunningServer.AliceToken}\nbob {RunningServer.BobToken}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(tokens, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        server = new ServeProcess(Path.Combine(folder.FullName, "store"), TinyHalves.Server, TinyHalves.OtherServer, "--tokens", tokens);
        alice = new HttpClient { BaseAddress = server.Address };
        alice.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningServer.AliceToken);
        owner = new Owner(TinyHalves.Client);
        await owner.PutKeyAsync(alice).JsonAsync(HttpStatusCode.Created);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        alice.Dispose();
        owner.Dispose();
        server.Dispose();
        folder.Delete(recursive: true);
    }

    [Test]
    public async Task Hostile_requests_get_coded_refusals_while_a_client_is_served()
    {
        int seed = Named("CML_SEED") ?? Random.Shared.Next();
        int? wanted = Named("CML_HOSTILE");
        TestContext.Progress.WriteLine($"hostile requests: seed {seed}");
        using HostileRequests hostile = new(server.Address, owner);
        RawRequests raw = new(server.Address, owner);
        await ServeOneAsync(0);
        long before = server.PeakBytes;
        Stopwatch time = Stopwatch.StartNew();
        int sent = 0;
        using CancellationTokenSource ended = new();
        Task<int> served = ServeAsync(ended.Token);
        // in the long run also heads that never end, which the server gives up after 30 s
        Task[] slow =
        [
            .. Enumerable.Range(0, wanted is null ? 8 : 30).Select(number => raw.SlowBodyAsync(seed + number)),
            .. Enumerable.Range(0, wanted is null ? 0 : 200).Select(_ => raw.SlowHeadAsync()),
        ];
        await Task.WhenAll(Enumerable.Range(0, Attackers).Select(number => Task.Run(() => AttackAsync(HashCode.Combine(seed, number)))));
        await Task.WhenAll(slow);
        await ended.CancelAsync();
        int answers = await served;
        await ServeOneAsync(answers);
        long growth = server.PeakBytes - before;
        TestContext.Progress.WriteLine(
            $"hostile requests: {sent} in {time.Elapsed.TotalSeconds:0} s, {answers} right answers beside them, peak {server.PeakBytes >> 20} MiB, {growth >> 20} more"
        );
        foreach (string line in hostile.Tally.Concat(raw.Tally).Order())
            TestContext.Progress.WriteLine(line);
        Assert.That(answers, Is.Positive);
        Assert.That(growth, Is.LessThan(MostGrowth));
        await AllPlacesAreFreeAsync();

        async Task AttackAsync(int own)
        {
            Random random = new(own);
            while (wanted is null ? time.Elapsed < Budget : Volatile.Read(ref sent) < wanted)
            {
                Interlocked.Increment(ref sent);
                await (random.Next(3) == 0 ? raw.AttackAsync(random) : hostile.AttackAsync(random));
            }
        }
    }

    private static int? Named(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), out int named) ? named : null;

    /// <summary>Right answers, one after the other, until the others are done.</summary>
    private async Task<int> ServeAsync(CancellationToken ended)
    {
        int answers = 0;
        for (; !ended.IsCancellationRequested; answers++)
        {
            await ServeOneAsync(answers);
            await Task.Delay(200, CancellationToken.None);
        }

        return answers;
    }

    private async Task ServeOneAsync(int number)
    {
        Tensor x = TinyHalves.Samples(1, number);
        byte[] body = owner.Encrypted(x);
        while (true)
        {
            using HttpResponseMessage answer = await owner.InferAsync(alice, body);
            // slow bodies of the same client may have taken all of its places
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                await Task.Delay(200);
                continue;
            }

            byte[] outputs = await Task.FromResult(answer).BytesAsync();
            Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
            return;
        }
    }

    /// <summary>As many requests as a client may have waiting all get a place: no refused one has kept its own.</summary>
    private async Task AllPlacesAreFreeAsync()
    {
        int places = new ConcreteMlOptions().QueueLengthPerClient;
        byte[] body = owner.Encrypted(TinyHalves.Samples(1, 1));
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, places).Select(_ => owner.InferAsync(alice, body)));
        Assert.That(answers.Select(answer => answer.StatusCode), Is.All.EqualTo(HttpStatusCode.OK));
        foreach (HttpResponseMessage answer in answers)
            answer.Dispose();
    }
}
