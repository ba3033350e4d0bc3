using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>What must not be taken: strangers, what belongs to others, and bodies that are damaged, too large or too slow.</summary>
public sealed class RefusalTests
{
    private RunningServer server = null!;
    private Owner owner = null!;
    private byte[] inputs = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await RunningServer.StartAsync(options =>
        {
            options.SamplesPerRequest = 8;
            options.KeysPerClient = 2;
        });
        owner = new Owner(TinyHalves.Client);
        inputs = owner.Encrypted(TinyHalves.Samples(1, 2));
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        owner.Dispose();
        await server.DisposeAsync();
    }

    [Test]
    public async Task Strangers_are_not_answered()
    {
        await server.Nobody.GetAsync("/v2/models/tiny").RefusesAsync(HttpStatusCode.Unauthorized, "CML6401");
        await owner.InferAsync(server.Nobody, inputs).RefusesAsync(HttpStatusCode.Unauthorized, "CML6401");
        using HttpClient wrong = server.Connect("alice-0123456789abcdeF");
        using HttpResponseMessage answer = await wrong.GetAsync("/v2/jobs");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
    }

    [TestCase("localhost", HttpStatusCode.OK)]
    [TestCase("127.0.0.1:5080", HttpStatusCode.OK)]
    [TestCase("[::1]", HttpStatusCode.OK)]
    [TestCase("stranger.example", HttpStatusCode.Unauthorized)]
    [TestCase("localhost.stranger.example:5080", HttpStatusCode.Unauthorized)]
    public async Task Without_tokens_this_machine_is_answered_under_its_own_names(string host, HttpStatusCode expected)
    {
        await using RunningServer open = await RunningServer.StartAsync(hasTokens: false);
        using HttpRequestMessage request = new(HttpMethod.Get, "/v2/models") { Headers = { Host = host } };
        await open.Nobody.SendAsync(request).JsonAsync(expected);
    }

    [Test]
    public async Task A_client_does_not_see_anothers_keys_and_jobs()
    {
        await server.Bob.GetAsync($"/v2/models/tiny/keys/{owner.KeyName}").RefusesAsync(HttpStatusCode.NotFound, "CML6403");
        await server.Bob.DeleteAsync($"/v2/models/tiny/keys/{owner.KeyName}").RefusesAsync(HttpStatusCode.NotFound, "CML6403");
        await owner.InferAsync(server.Bob, inputs).RefusesAsync(HttpStatusCode.NotFound, "CML6403");
        using HttpResponseMessage accepted = await owner.InferAsync(server.Alice, inputs, job: true);
        string job = accepted.Headers.Location!.OriginalString;
        await server.Bob.GetAsync(job).RefusesAsync(HttpStatusCode.NotFound, "CML6407");
        await server.Bob.GetAsync(job + "/result").RefusesAsync(HttpStatusCode.NotFound, "CML6407");
        await server.Bob.DeleteAsync(job).RefusesAsync(HttpStatusCode.NotFound, "CML6407");
        JsonElement list = await server.Bob.GetAsync("/v2/jobs").JsonAsync(HttpStatusCode.OK);
        Assert.That(list.GetProperty("jobs").GetArrayLength(), Is.Zero);
        await Answers.FollowAsync(server.Alice, job, "done");
    }

    [Test]
    public async Task Requests_that_name_nothing_are_refused()
    {
        await Owner.SendAsync(server.Alice, "none", owner.KeyName, inputs).RefusesAsync(HttpStatusCode.NotFound, "CML6402");
        await Owner.SendAsync(server.Alice, "tiny", null, inputs).RefusesAsync(HttpStatusCode.BadRequest, "CML6411");
        await Owner.SendAsync(server.Alice, "tiny", "../../jobs", inputs).RefusesAsync(HttpStatusCode.BadRequest, "CML6411");
        await server.Alice.GetAsync("/v2/jobs/nothing").RefusesAsync(HttpStatusCode.NotFound, "CML6407");
        await server.Nobody.GetAsync("/v2/repository/index").RefusesAsync(HttpStatusCode.NotFound, "CML6411");
        await server.Alice.PostAsync("/v2/models/tiny", null).RefusesAsync(HttpStatusCode.NotFound, "CML6411");
    }

    [Test]
    public async Task Keys_of_another_name_or_model_are_not_stored()
    {
        string name = new('a', 64);
        await Owner.PutAsync(server.Bob, "tiny", name, owner.Key).RefusesAsync(HttpStatusCode.BadRequest, "CML6404");
        await Owner.PutAsync(server.Bob, "tiny", "x", owner.Key).RefusesAsync(HttpStatusCode.BadRequest, "CML6411");
        using Owner other = new(TinyHalves.OtherClient);
        HttpStatusCode[] large = [HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge];
        using HttpResponseMessage foreign = await other.PutKeyAsync(server.Bob);
        Assert.That(large, Does.Contain(foreign.StatusCode));
        using HttpResponseMessage reverse = await owner.PutKeyAsync(server.Bob, "other");
        Assert.That(await reverse.Content.ReadAsStringAsync(), Does.Contain("CML6201"));
        await server.Bob.GetAsync($"/v2/models/tiny/keys/{name}").RefusesAsync(HttpStatusCode.NotFound, "CML6403");
    }

    [Test]
    public async Task Ciphertexts_under_another_key_or_of_another_model_are_refused_before_they_wait()
    {
        using Owner stranger = new(TinyHalves.Client);
        byte[] foreign = stranger.Encrypted(TinyHalves.Samples(1, 3));
        await owner.InferAsync(server.Alice, foreign).RefusesAsync(HttpStatusCode.BadRequest, "CML6208");
        using Owner other = new(TinyHalves.OtherClient);
        await owner.InferAsync(server.Alice, other.Encrypted(TinyHalves.Samples(1, 3))).RefusesAsync(HttpStatusCode.BadRequest, "CML6208");
    }

    [Test]
    public async Task A_client_stores_as_many_keys_as_it_may()
    {
        using HttpClient carol = server.Connect(RunningServer.BobToken);
        using Owner first = new(TinyHalves.Client);
        using Owner second = new(TinyHalves.Client);
        using Owner third = new(TinyHalves.Client);
        await first.PutKeyAsync(carol).JsonAsync(HttpStatusCode.Created);
        await second.PutKeyAsync(carol).JsonAsync(HttpStatusCode.Created);
        await third.PutKeyAsync(carol).RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "CML6406");
        await carol.DeleteAsync($"/v2/models/tiny/keys/{first.KeyName}");
        await third.PutKeyAsync(carol).JsonAsync(HttpStatusCode.Created);
        await carol.DeleteAsync($"/v2/models/tiny/keys/{second.KeyName}");
        await carol.DeleteAsync($"/v2/models/tiny/keys/{third.KeyName}");
    }

    [Test]
    public async Task Bodies_that_are_cut_or_go_on_or_are_too_large_are_refused()
    {
        for (int length = 0; length < inputs.Length; length += 1 + (inputs.Length / 20))
            await owner.InferAsync(server.Alice, inputs[..length]).RefusesAsync(HttpStatusCode.BadRequest, "CML6207");
        await owner.InferAsync(server.Alice, [.. inputs, 0]).RefusesAsync(HttpStatusCode.BadRequest, "CML6411");
        await owner
            .InferAsync(server.Alice, owner.Encrypted(TinyHalves.Samples(9, 3)))
            .RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "CML6206");
        await owner.InferAsync(server.Alice, new byte[1 << 20]).RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "CML6206");
        string key = $"/v2/models/tiny/keys/{owner.KeyName}";
        await server.Alice.PutAsync(key, new ByteArrayContent(owner.Key[..1000])).RefusesAsync(HttpStatusCode.BadRequest, "CML6202");
        byte[] flipped = (byte[])owner.Key.Clone();
        flipped[flipped.Length / 2] ^= 1;
        await server.Alice.PutAsync(key, new ByteArrayContent(flipped)).RefusesAsync(HttpStatusCode.BadRequest, "CML6202");
    }

    [Test]
    public async Task Every_mutated_body_gets_a_coded_refusal_or_is_harmless()
    {
        Random random = new(7);
        for (int round = 0; round < 500; round++)
        {
            byte[] body = (byte[])inputs.Clone();
            for (int change = random.Next(1, 4); change > 0; change--)
                body[random.Next(random.Next(2) == 0 ? 64 : body.Length)] = (byte)random.Next(256);
            if (body.AsSpan().SequenceEqual(inputs))
                continue;
            using HttpResponseMessage answer = await owner.InferAsync(server.Alice, body);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.That((int)answer.StatusCode, Is.InRange(400, 499), $"round {round}: {text}");
            Assert.That(text, Does.Match("\"code\":\"CML6[0-9]{3}\""));
        }

        Assert.That((await owner.InferAsync(server.Alice, inputs).BytesAsync()).Length, Is.Positive);
    }

    [TestCase("Content-Length: 5000\r\n\r\n0123456789", "408")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n0123456789", "400")]
    public async Task A_body_that_does_not_come_is_given_up(string rest, string status)
    {
        using TcpClient slow = new();
        await slow.ConnectAsync(server.Address.Host, server.Address.Port);
        NetworkStream stream = slow.GetStream();
        string head =
            $"POST /v2/models/tiny/infer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {RunningServer.AliceToken}\r\n"
            + $"X-Key-Id: {owner.KeyName}\r\n{rest}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        using StreamReader reader = new(stream, Encoding.ASCII);
        string answer = await reader.ReadToEndAsync(limit.Token);
        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status}"));
        Assert.That(answer, Does.Contain("CML6411"));
    }
}
