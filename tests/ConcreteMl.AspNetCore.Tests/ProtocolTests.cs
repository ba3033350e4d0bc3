using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>What the protocol's addresses answer to those who follow it.</summary>
public sealed class ProtocolTests
{
    private RunningServer server = null!;
    private Owner owner = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await RunningServer.StartAsync();
        owner = new Owner(TinyHalves.Client);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        owner.Dispose();
        await server.DisposeAsync();
    }

    [Test]
    public async Task Health_needs_no_token_and_metadata_says_what_a_client_needs()
    {
        Assert.That((await server.Nobody.GetAsync("/v2/health/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await server.Nobody.GetAsync("/v2/health/ready")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        JsonElement model = await server.Alice.GetAsync("/v2/models/tiny").JsonAsync(HttpStatusCode.OK);
        Assert.That(model.GetProperty("name").GetString(), Is.EqualTo("tiny"));
        Assert.That(model.GetProperty("inputs")[0].GetProperty("shape").ToString(), Is.EqualTo("[-1,4]"));
        JsonElement parameters = model.GetProperty("parameters");
        Assert.That(parameters.GetProperty("circuit_hash").GetString(), Is.EqualTo(owner.Half.CircuitHash));
        Assert.That(parameters.GetProperty("evaluation_key_bytes").GetInt64(), Is.EqualTo(owner.Half.EvaluationKeyBytes));
        JsonElement list = await server.Alice.GetAsync("/v2/models").JsonAsync(HttpStatusCode.OK);
        Assert.That(list.GetProperty("models").ToString(), Is.EqualTo("[\"other\",\"tiny\"]"));
        byte[] half = await server.Alice.GetAsync("/v2/models/tiny/client").BytesAsync();
        Assert.That(half, Is.EqualTo(File.ReadAllBytes(TinyHalves.Client)));
    }

    [Test]
    public async Task An_inference_gives_what_clear_gives()
    {
        Tensor x = TinyHalves.Samples(3, 5);
        byte[] outputs = await owner.InferAsync(server.Alice, owner.Encrypted(x)).BytesAsync();
        Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
    }

    [Test]
    public async Task A_job_reports_its_end_and_keeps_its_result_until_it_is_deleted()
    {
        Tensor x = TinyHalves.Samples(2, 6);
        using HttpResponseMessage accepted = await owner.InferAsync(server.Alice, owner.Encrypted(x), job: true);
        Assert.That(accepted.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        string job = accepted.Headers.Location!.OriginalString;
        JsonElement done = await Answers.FollowAsync(server.Alice, job, "done");
        Assert.That(done.GetProperty("progress").GetDouble(), Is.EqualTo(1));
        Assert.That(done.GetProperty("samples").GetInt32(), Is.EqualTo(2));
        byte[] outputs = await server.Alice.GetAsync(done.GetProperty("result").GetString()).BytesAsync();
        Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
        JsonElement list = await server.Alice.GetAsync("/v2/jobs").JsonAsync(HttpStatusCode.OK);
        Assert.That(list.GetProperty("jobs").ToString(), Does.Contain(done.GetProperty("id").GetString()));
        Assert.That((await server.Alice.DeleteAsync(job)).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await server.Alice.GetAsync(job).RefusesAsync(HttpStatusCode.NotFound, "CML6407");
    }

    [Test]
    public async Task A_key_that_is_there_is_taken_again_and_can_be_deleted()
    {
        using Owner other = new(TinyHalves.Client);
        string key = $"/v2/models/tiny/keys/{other.KeyName}";
        await server.Alice.GetAsync(key).RefusesAsync(HttpStatusCode.NotFound, "CML6403");
        JsonElement stored = await other.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        Assert.That(stored.GetProperty("bytes").GetInt64(), Is.EqualTo(other.Key.Length));
        await other.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.OK);
        using HttpResponseMessage head = await server.Alice.SendAsync(new HttpRequestMessage(HttpMethod.Head, key));
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await server.Alice.DeleteAsync(key)).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await other.InferAsync(server.Alice, other.Encrypted(TinyHalves.Samples(1, 1))).RefusesAsync(HttpStatusCode.NotFound, "CML6403");
    }

    [Test]
    public async Task A_key_may_come_in_pieces_whose_sum_nobody_states()
    {
        using Owner other = new(TinyHalves.Client);
        using HttpRequestMessage put = new(HttpMethod.Put, $"/v2/models/tiny/keys/{other.KeyName}") { Content = new Pieces(other.Key) };
        await server.Alice.SendAsync(put).JsonAsync(HttpStatusCode.Created);
    }

    private sealed class Pieces(byte[] body) : HttpContent
    {
        private const int Size = 200;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (int at = 0; at < body.Length; at += Size)
            {
                await stream.WriteAsync(body.AsMemory(at, Math.Min(Size, body.Length - at)));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    [Test]
    public async Task The_client_library_registers_its_key_once_and_infers_both_ways()
    {
        using Owner other = new(TinyHalves.Client);
        Remote.RemoteModel model = other.Remote(server.Bob);
        FheClient half = await model.LoadClientAsync();
        Assert.That(half.CircuitHash, Is.EqualTo(other.Half.CircuitHash));
        Assert.That(await model.RegisterAsync(other.KeyName, () => new MemoryStream(other.Key)), Is.True);
        Assert.That(await model.RegisterAsync(other.KeyName, () => new MemoryStream(other.Key)), Is.False);
        Tensor x = TinyHalves.Samples(2, 7);
        EncryptedOutputs now = await model.InferAsync(half, other.KeyName, other.Encrypt(x));
        EncryptedOutputs later = await model.InferAsJobAsync(half, other.KeyName, other.Encrypt(x));
        Assert.That(other.Decrypt(now), Is.EqualTo(TinyHalves.Clear(x)));
        Assert.That(other.Decrypt(later), Is.EqualTo(TinyHalves.Clear(x)));
        JsonElement list = await server.Bob.GetAsync("/v2/jobs").JsonAsync(HttpStatusCode.OK);
        Assert.That(list.GetProperty("jobs").GetArrayLength(), Is.Zero, "a job that was fetched is removed");
    }

    [Test]
    public async Task A_job_is_followed_over_a_server_that_is_away_and_comes_back()
    {
        using AwayServer away = new();
        using HttpClient http = new(away) { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = server.Alice.DefaultRequestHeaders.Authorization;
        Remote.RemoteModel model = owner.Remote(http);
        Tensor x = TinyHalves.Samples(2, 8);
        EncryptedOutputs outputs = await model.InferAsJobAsync(owner.Half, owner.KeyName, owner.Encrypt(x));
        Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
        Assert.That(
            away.Failed,
            Is.EquivalentTo(
                new[] { "POST refused", "POST stopping", "POST gateway", "POST answer", "GET job", "GET result", "GET reset", "DELETE" }
            )
        );
        Assert.That(away.Jobs, Has.Count.EqualTo(2), "two answers to one job");
        Assert.That(away.Jobs.Distinct(), Has.Exactly(1).Items);
        CompilationException refused = Assert.ThrowsAsync<CompilationException>(() =>
            new Remote.RemoteModel(http, new Uri("http://127.0.0.1:1/v2/models/tiny")).LoadClientAsync()
        )!;
        Assert.That(refused.Diagnostics[0].Code, Is.EqualTo("CML6412"));
    }

    /// <summary>Every kind of request fails once, as it does when a server is killed and another one takes its place.</summary>
    private sealed class AwayServer() : DelegatingHandler(new SocketsHttpHandler())
    {
        internal HashSet<string> Failed { get; } = [];

        /// <summary>The jobs that the server accepted, one for each time it said so.</summary>
        internal List<Uri> Jobs { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string path = request.RequestUri!.AbsolutePath;
            if (request.Method == HttpMethod.Post && Failed.Add("POST refused"))
                throw new HttpRequestException(HttpRequestError.ConnectionError, "connection refused");
            if (request.Method == HttpMethod.Post && Failed.Add("POST stopping"))
                return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
                {
                    Content = new StringContent("""{"error":"CML6410: x","diagnostics":[{"code":"CML6410","message":"x"}]}"""),
                };
            if (request.Method == HttpMethod.Post && Failed.Add("POST gateway"))
                return new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<html>") };
            if (request.Method == HttpMethod.Get && path.EndsWith("/result", StringComparison.Ordinal))
            {
                if (Failed.Add("GET result"))
                    return Break(new HttpIOException(HttpRequestError.ResponseEnded, "the connection broke"));
                if (Failed.Add("GET reset"))
                    return Break(new IOException("connection reset by peer"));
            }

            if (request.Method == HttpMethod.Get && path.Contains("/jobs/", StringComparison.Ordinal) && Failed.Add("GET job"))
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "the connection broke");
            if (request.Method == HttpMethod.Delete && Failed.Add("DELETE"))
                throw new HttpRequestException(HttpRequestError.ConnectionError, "connection refused");
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.Accepted)
                return answer;
            Jobs.Add(answer.Headers.Location!);
            if (Failed.Add("POST answer"))
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "the connection broke");
            return answer;
        }
    }

    private static HttpResponseMessage Break(IOException problem) =>
        new(HttpStatusCode.OK) { Content = new StreamContent(new Broken(problem)) };

    /// <summary>An answer whose connection breaks.</summary>
    private sealed class Broken(IOException problem) : MemoryStream
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw problem;
    }
}
