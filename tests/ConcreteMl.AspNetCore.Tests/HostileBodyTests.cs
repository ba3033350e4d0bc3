using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>
/// Thousands of requests that mean ill, from three connections at once, while a client of good will is served: as many as fit a
/// budget of time, from a seed that is printed; CML_SEED names another.
/// </summary>
public sealed class HostileBodyTests
{
    private const int Most = 10_000;
    private const int Attackers = 3;
    private const int SlowBodies = 8;
    private const long MostGrowth = 64 << 20;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    private RunningServer server = null!;
    private Owner owner = null!;
    private byte[] inputs = null!;
    private byte[] foreign = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await RunningServer.StartAsync(options => options.SamplesPerRequest = 4);
        owner = new Owner(TinyHalves.Client);
        inputs = owner.Encrypted(TinyHalves.Samples(1, 2));
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        using Owner stranger = new(TinyHalves.Client);
        foreign = stranger.Encrypted(TinyHalves.Samples(1, 3));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        owner.Dispose();
        await server.DisposeAsync();
    }

    [Test]
    public async Task Hostile_requests_get_coded_refusals_while_a_client_is_served()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CML_SEED"), out int named) ? named : Random.Shared.Next();
        TestContext.Progress.WriteLine($"hostile bodies: seed {seed}");
        await owner.InferAsync(server.Alice, inputs).BytesAsync();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Stopwatch time = Stopwatch.StartNew();
        int sent = 0;
        using CancellationTokenSource ended = new();
        Task<int> served = ServeAsync(ended.Token);
        Task[] slow = [.. Enumerable.Range(0, SlowBodies).Select(number => SlowAsync(seed + number))];
        await Task.WhenAll(
            Enumerable
                .Range(0, Attackers)
                .Select(attacker =>
                    Task.Run(async () =>
                    {
                        Random random = new(HashCode.Combine(seed, attacker));
                        while (time.Elapsed < Budget && Interlocked.Increment(ref sent) <= Most)
                            await AttackAsync(random);
                    })
                )
        );
        await Task.WhenAll(slow);
        await ended.CancelAsync();
        int answers = await served;
        long growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Progress.WriteLine(
            $"hostile bodies: {Math.Min(sent, Most)} requests, {answers} answers beside them, {growth >> 10} KiB more"
        );
        Assert.That(answers, Is.Positive);
        Assert.That(growth, Is.LessThan(MostGrowth));
        Assert.That(server.Services.GetRequiredService<WorkQueue>().Length, Is.Zero);
        await server.Bob.GetAsync($"/v2/models/tiny/keys/{owner.KeyName}").RefusesAsync(HttpStatusCode.NotFound, "CML6403");
    }

    /// <summary>Right answers, one after the other, until the others are done.</summary>
    private async Task<int> ServeAsync(CancellationToken ended)
    {
        int answers = 0;
        while (!ended.IsCancellationRequested)
        {
            Tensor x = TinyHalves.Samples(1, answers);
            byte[] outputs = await owner.InferAsync(server.Alice, owner.Encrypted(x)).BytesAsync();
            Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
            answers++;
            await Task.Delay(200, CancellationToken.None);
        }

        return answers;
    }

    /// <summary>One request of any kind.</summary>
    private async Task AttackAsync(Random random)
    {
        // frames that are whole may run, which takes as long as a thousand refusals: one in a hundred
        int kind = random.Next(100) == 0 ? 9 : random.Next(9);
        Task<HttpResponseMessage> request = kind switch
        {
            0 => owner.InferAsync(server.Alice, inputs[..random.Next(inputs.Length)]),
            1 => owner.InferAsync(server.Alice, [.. inputs, .. Noise(random, random.Next(1, 64))]),
            2 => owner.InferAsync(server.Alice, Noise(random, random.Next(4096))),
            3 => owner.InferAsync(server.Alice, foreign),
            4 => owner.InferAsync(server.Bob, inputs),
            5 => owner.InferAsync(server.Nobody, inputs),
            6 => Owner.SendAsync(server.Alice, "other", owner.KeyName, inputs),
            7 => server.Alice.PutAsync(
                $"/v2/models/tiny/keys/{Convert.ToHexStringLower(Noise(random, 32))}",
                new ByteArrayContent(Mutated(random, owner.Key[..4096]))
            ),
            9 => owner.InferAsync(server.Alice, Rehashed(Mutated(random, inputs))),
            _ => owner.InferAsync(server.Alice, Mutated(random, inputs)),
        };
        using HttpResponseMessage answer = await request;
        string text = answer.StatusCode == HttpStatusCode.OK ? "" : await answer.Content.ReadAsStringAsync();
        // a frame with its checksum made right may be whole: other noise under the same key, or a later minor version
        if (kind == 9 && answer.StatusCode == HttpStatusCode.OK)
            return;
        Assert.That((int)answer.StatusCode, Is.InRange(400, 499), $"kind {kind}: {text}");
        Assert.That(text, Does.Match("\"code\":\"CML6[0-9]{3}\""), $"kind {kind}");
    }

    /// <summary>A body that stops after some bytes: the server gives it up.</summary>
    private async Task SlowAsync(int seed)
    {
        using TcpClient slow = new();
        await slow.ConnectAsync(server.Address.Host, server.Address.Port);
        NetworkStream stream = slow.GetStream();
        string head =
            $"POST /v2/models/tiny/infer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {RunningServer.AliceToken}\r\n"
            + $"X-Key-Id: {owner.KeyName}\r\nContent-Length: {inputs.Length}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(inputs.AsMemory(0, new Random(seed).Next(inputs.Length - 1)));
        using StreamReader reader = new(stream, Encoding.ASCII);
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        string answer = await reader.ReadToEndAsync(limit.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 408"));
    }

    private static byte[] Mutated(Random random, byte[] whole)
    {
        byte[] body = (byte[])whole.Clone();
        for (int change = random.Next(1, 5); change > 0; change--)
            body[random.Next(random.Next(2) == 0 ? Math.Min(160, body.Length) : body.Length)] ^= (byte)random.Next(1, 256);
        if (random.Next(4) == 0)
            BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(20), (ulong)random.NextInt64());
        return body.AsSpan().SequenceEqual(whole) ? [.. body[..^1], (byte)(body[^1] ^ 1)] : body;
    }

    private static byte[] Rehashed(byte[] frame) => [.. frame[..^32], .. SHA256.HashData(frame.AsSpan(..^32))];

    private static byte[] Noise(Random random, int length)
    {
        byte[] noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }
}
