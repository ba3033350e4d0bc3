using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>Requests that are HTTP, and whose bodies, names, tokens or addresses are wrong. Each gets a 4xx with a code.</summary>
internal sealed class HostileRequests : IDisposable
{
    private const string Infer = "/v2/models/tiny/infer";
    private readonly Owner owner;
    private readonly byte[] inputs;
    private readonly byte[] foreign;
    private readonly HttpClient alice;
    private readonly HttpClient bob;
    private readonly HttpClient nobody;
    private readonly HttpClient stranger;
    private readonly ConcurrentDictionary<string, int> tally = new();

    internal HostileRequests(Uri address, Owner owner)
    {
        this.owner = owner;
        inputs = owner.Encrypted(TinyHalves.Samples(1, 2));
        using Owner other = new(TinyHalves.Client);
        foreign = other.Encrypted(TinyHalves.Samples(1, 3));
        alice = Connect(RunningServer.AliceToken);
        bob = Connect(RunningServer.BobToken);
        nobody = Connect(null);
        stranger = Connect("0123456789abcdef-stranger");

        HttpClient Connect(string? token)
        {
            HttpClient http = new() { BaseAddress = address };
            if (token is not null)
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return http;
        }
    }

    /// <summary>Which answers came how often.</summary>
    internal IEnumerable<string> Tally => tally.Select(one => $"  {one.Key}: {one.Value}");

    /// <summary>One request of any kind.</summary>
    internal async Task AttackAsync(Random random)
    {
        // frames that are whole may run, which takes as long as a thousand refusals: one in a hundred
        if (random.Next(100) == 0)
        {
            await MayRunAsync(random);
            return;
        }

        (string kind, Task<HttpResponseMessage> sent) = random.Next(14) switch
        {
            0 => ("cut inputs", Post(alice, inputs[..random.Next(inputs.Length)])),
            1 => ("inputs that go on", Post(alice, [.. inputs, .. Noise(random, random.Next(1, 64))])),
            2 => ("noise", Post(alice, Noise(random, random.Next(4096)))),
            3 => ("another client's inputs", Post(alice, foreign)),
            4 => ("another client's key", Post(bob, inputs)),
            5 => ("no token or a wrong one", Post(random.Next(2) == 0 ? nobody : stranger, inputs)),
            6 => ("another model's address", Owner.SendAsync(alice, "other", owner.KeyName, inputs)),
            7 => ("mutated key", PutKey(Mutated(random, owner.Key[..4096]), Hex(Noise(random, 32)))),
            8 => ("mutated key under its own hash", PutKey(Mutated(random, owner.Key))),
            9 => ("key of no model", PutKey(Noise(random, random.Next(8192)))),
            10 => ("JSON", PostJson(random)),
            11 => ("job of mutated inputs", Post(alice, Mutated(random, inputs), job: true, name: OddText(random))),
            12 => ("nothing there", Nowhere(random)),
            _ => ("mutated inputs", Post(alice, Mutated(random, inputs), pieces: random.Next(2) == 0)),
        };
        await RefusesAsync(kind, sent);
    }

    public void Dispose()
    {
        foreach (HttpClient http in new[] { alice, bob, nobody, stranger })
            http.Dispose();
    }

    /// <summary>A frame whose checksum was made right may be whole: other noise under the same key, or a later minor version.</summary>
    private async Task MayRunAsync(Random random)
    {
        string kind = "checksum made right";
        if (random.Next(2) == 0)
        {
            using HttpResponseMessage ran = await Post(alice, Rehashed(Mutated(random, inputs)), job: random.Next(2) == 0);
            await ExpectAsync(kind, ran, HttpStatusCode.OK, HttpStatusCode.Accepted);
            return;
        }

        byte[] key = Rehashed(Mutated(random, owner.Key));
        using HttpResponseMessage? stored = await AnswerAsync(kind, PutKey(key));
        if (stored is null)
            return;
        await ExpectAsync(kind, stored, HttpStatusCode.OK, HttpStatusCode.Created);
        if (stored.StatusCode == HttpStatusCode.Created)
            (await alice.DeleteAsync($"/v2/models/tiny/keys/{Hex(SHA256.HashData(key))}")).Dispose();
    }

    private async Task RefusesAsync(string kind, Task<HttpResponseMessage> sent)
    {
        using HttpResponseMessage? answer = await AnswerAsync(kind, sent);
        if (answer is not null)
            await ExpectAsync(kind, answer);
    }

    /// <summary>
    /// The answer; null where the server had refused and hung up while a client that had waited a second for its leave began to send
    /// a large body: HTTP lets it.
    /// </summary>
    private async Task<HttpResponseMessage?> AnswerAsync(string kind, Task<HttpResponseMessage> sent)
    {
        try
        {
            return await sent;
        }
        catch (HttpRequestException problem)
            when (problem.InnerException is IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset } }
            )
        {
            tally.AddOrUpdate($"{kind}: hung up", 1, (_, count) => count + 1);
            return null;
        }
    }

    private async Task ExpectAsync(string kind, HttpResponseMessage answer, params HttpStatusCode[] harmless)
    {
        string text = answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync();
        int code = text.IndexOf("CML6", StringComparison.Ordinal);
        string met = code < 0 ? "" : text[code..(code + 7)];
        tally.AddOrUpdate($"{kind}: {(int)answer.StatusCode} {met}", 1, (_, count) => count + 1);
        if (harmless.Contains(answer.StatusCode))
            return;
        Assert.That((int)answer.StatusCode, Is.InRange(400, 499), $"{kind}: {text}");
        Assert.That(text, Does.Match("\"code\":\"CML6[0-9]{3}\""), $"{kind}: {(int)answer.StatusCode}");
    }

    private Task<HttpResponseMessage> Post(HttpClient http, byte[] body, bool job = false, string? name = null, bool pieces = false)
    {
        HttpRequestMessage request = new(HttpMethod.Post, Infer) { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Key-Id", owner.KeyName);
        request.Headers.TransferEncodingChunked = pieces;
        if (job)
            request.Headers.Add("Prefer", "respond-async");
        if (name is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", name);
        return http.SendAsync(request);
    }

    private Task<HttpResponseMessage> PostJson(Random random)
    {
        string text = """{"inputs":[{"name":"x0","shape":[1,4],"datatype":"FP32","data":[0.1,0.2,0.3,0.4]}]}""";
        HttpRequestMessage request = new(HttpMethod.Post, Infer)
        {
            Content = new StringContent(text[..random.Next(text.Length + 1)], Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Key-Id", owner.KeyName);
        return alice.SendAsync(request);
    }

    private Task<HttpResponseMessage> PutKey(byte[] body, string? name = null) =>
        Owner.PutAsync(alice, "tiny", name ?? Hex(SHA256.HashData(body)), body);

    /// <summary>An address that names no model, key, job or request.</summary>
    private Task<HttpResponseMessage> Nowhere(Random random)
    {
        string odd = Uri.EscapeDataString(OddText(random));
        (HttpMethod method, string path) = random.Next(6) switch
        {
            0 => (HttpMethod.Post, $"/v2/models/x{odd}/infer"),
            1 => (HttpMethod.Put, $"/v2/models/tiny/keys/x{odd}"),
            2 => (HttpMethod.Get, $"/v2/jobs/x{odd}/result"),
            3 => (HttpMethod.Delete, $"/v2/jobs/x{odd}"),
            4 => (HttpMethod.Put, $"/v2/models/tiny/x{odd}"),
            _ => (HttpMethod.Post, $"/v2/repository/models/x{odd}/load"),
        };
        HttpRequestMessage request = new(method, path);
        if (method != HttpMethod.Get && method != HttpMethod.Delete)
            request.Content = new ByteArrayContent(Noise(random, random.Next(256)));
        return alice.SendAsync(request);
    }

    // printable, and nothing that HttpClient itself would refuse to send
    private static string OddText(Random random) =>
        new([.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => (char)random.Next(' ' + 1, '~'))]);

    /// <summary>A few changed bytes, half of them in the frame's head; now and then a length that lies.</summary>
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

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Noise(Random random, int length)
    {
        byte[] noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }
}
