using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>Bounds of queue, keys and jobs; and what is measured and logged meanwhile.</summary>
public sealed class LimitTests
{
    private const int Long = 1024;

    [Test]
    public async Task A_full_queue_says_when_to_come_again_and_cancelled_work_makes_room()
    {
        await using RunningServer server = await RunningServer.StartAsync(options =>
        {
            options.QueueLength = 2;
            options.JobsPerClient = 4;
        });
        using Owner owner = new(TinyHalves.Client);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        byte[] body = owner.Encrypted(TinyHalves.Samples(Long, 1));
        List<string> jobs = [await AcceptAsync()];
        await Answers.FollowAsync(server.Alice, jobs[0], "running");
        jobs.Add(await AcceptAsync());
        jobs.Add(await AcceptAsync());
        using (HttpResponseMessage full = await owner.InferAsync(server.Alice, body, job: true))
        {
            Assert.That(full.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(full.Headers.RetryAfter!.Delta, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
        }

        JsonElement cancelled = await server.Alice.DeleteAsync(jobs[2]).JsonAsync(HttpStatusCode.OK);
        Assert.That(cancelled.GetProperty("state").GetString(), Is.EqualTo("cancelled"));
        await server.Alice.GetAsync(jobs[2] + "/result").RefusesAsync(HttpStatusCode.Conflict, "CML6408");
        jobs.Add(await AcceptAsync());
        await owner.InferAsync(server.Alice, body, job: true).RefusesAsync(HttpStatusCode.Conflict, "CML6406");
        foreach (string job in jobs.Except([jobs[2]]))
            await server.Alice.DeleteAsync(job);
        await Answers.FollowAsync(server.Alice, jobs[0], "cancelled");
        await WaitAsync(() => server.Services.GetRequiredService<WorkQueue>().Length == 0);

        async Task<string> AcceptAsync()
        {
            using HttpResponseMessage accepted = await owner.InferAsync(server.Alice, body, job: true);
            Assert.That(accepted.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
            return accepted.Headers.Location!.OriginalString;
        }
    }

    [Test]
    public async Task A_client_that_hangs_up_stops_its_run()
    {
        using Listener ended = new();
        await using RunningServer server = await RunningServer.StartAsync();
        using Owner owner = new(TinyHalves.Client);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        byte[] body = owner.Encrypted(TinyHalves.Samples(Long, 1));
        using CancellationTokenSource hangUp = new();
        Task<HttpResponseMessage> sent = owner.InferAsync(server.Alice, body, cancellation: hangUp.Token);
        await WaitAsync(() => server.Services.GetRequiredService<KeyMemory>().Bytes > 0);
        await hangUp.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => sent);
        await WaitAsync(() => ended.Outcomes.Contains("cancelled"));
    }

    [Test]
    public async Task Four_clients_get_answers_to_their_own_keys_while_memory_holds_two()
    {
        long one = FheServer.Load(TinyHalves.Server).KeyMemoryBytes;
        long bound = (2 * one) + (one / 2);
        string[] tokens = ["client-a-0123456789", "client-b-0123456789", "client-c-0123456789", "client-d-0123456789"];
        await using RunningServer server = await RunningServer.StartAsync(options =>
        {
            options.KeyMemoryBytes = Math.Max(bound, FheServer.Load(TinyHalves.OtherServer).KeyMemoryBytes);
            foreach (string token in tokens)
                options.Clients.Add(token[..8], token);
        });
        KeyMemory memory = server.Services.GetRequiredService<KeyMemory>();
        using Listener measured = new();
        await Task.WhenAll(tokens.Select((token, index) => Task.Run(() => AskAsync(server, token, index, memory))));
        Assert.That(measured.Evicted, Is.Positive);

        static async Task AskAsync(RunningServer server, string token, int index, KeyMemory memory)
        {
            using HttpClient http = server.Connect(token);
            using Owner owner = new(TinyHalves.Client);
            await owner.PutKeyAsync(http).JsonAsync(HttpStatusCode.Created);
            long bound = server.Services.GetRequiredService<IOptions<ConcreteMlOptions>>().Value.KeyMemoryBytes;
            for (int round = 0; round < 10; round++)
            {
                Tensor x = TinyHalves.Samples(1, (100 * index) + round);
                byte[] outputs = await owner.InferAsync(http, owner.Encrypted(x)).BytesAsync();
                Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
                Assert.That(memory.Bytes, Is.LessThanOrEqualTo(bound));
            }
        }
    }

    [Test]
    public async Task A_client_whose_keys_do_not_arrive_leaves_places_to_others()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.Uploads = 2);
        using Owner owner = new(TinyHalves.Client);
        TaskCompletionSource goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string address = $"/v2/models/tiny/keys/{owner.KeyName}";
        Task<HttpResponseMessage> slow = server.Alice.PutAsync(address, new SlowBody(owner.Key, goesOn.Task));
        UploadPlaces places = server.Services.GetRequiredService<UploadPlaces>();
        await WaitAsync(() => places.Taken == 1);
        await owner.PutKeyAsync(server.Alice).RefusesAsync(HttpStatusCode.TooManyRequests, "CML6405");
        await owner.PutKeyAsync(server.Bob).JsonAsync(HttpStatusCode.Created);
        goesOn.SetResult();
        await slow.JsonAsync(HttpStatusCode.Created);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.OK);
    }

    [Test]
    public void The_memory_of_a_key_is_known_before_it_is_read()
    {
        FheServer model = FheServer.Load(TinyHalves.Server);
        using Owner owner = new(TinyHalves.Client);
        using EvaluationKey key = model.ReadEvaluationKeyAsync(new MemoryStream(owner.Key)).GetAwaiter().GetResult();
        key.PrepareAsync().GetAwaiter().GetResult();
        Assert.That(key.MemoryBytes, Is.InRange((long)(0.9 * model.KeyMemoryBytes), model.KeyMemoryBytes));
    }

    [Test]
    public async Task Logs_and_traces_tell_what_ran_and_no_token()
    {
        using Lines log = new();
        List<Activity> traces = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "ConcreteMl",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = traces.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using (RunningServer server = await RunningServer.StartAsync(log: log))
        {
            using Owner owner = new(TinyHalves.Client);
            await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
            await owner.InferAsync(server.Alice, owner.Encrypted(TinyHalves.Samples(1, 1))).BytesAsync();
            await server.Nobody.GetAsync("/v2/jobs").RefusesAsync(HttpStatusCode.Unauthorized, "CML6401");
        }

        string text = string.Join('\n', log.Written);
        Assert.That(text, Does.Contain("Ran tiny on 1 samples"));
        Assert.That(text, Does.Contain("CML6401"));
        Assert.That(text, Does.Not.Contain(RunningServer.AliceToken));
        Assert.That(traces.Select(trace => trace.OperationName), Does.Contain("concreteml.infer"));
    }

    [Test]
    public void Settings_that_cannot_work_end_the_start_with_all_findings()
    {
        OptionsValidationException problem = Assert.CatchAsync<OptionsValidationException>(() =>
            RunningServer.StartAsync(options =>
            {
                options.Workers = 0;
                options.QueueLength = 0;
                options.Models.Add("a/b", TinyHalves.Server);
            })
        )!;
        Assert.That(problem.Failures.Count(), Is.EqualTo(3));
        Assert.That(problem.Failures, Is.All.StartsWith("CML6413"));
        ServingException memory = Assert.CatchAsync<ServingException>(() =>
            RunningServer.StartAsync(options => options.KeyMemoryBytes = 1000)
        )!;
        Assert.That(memory.Code, Is.EqualTo("CML6413"));
        ServingException halves = Assert.CatchAsync<ServingException>(() =>
            RunningServer.StartAsync(options => options.Models.Add("mixed", TinyHalves.Server, TinyHalves.OtherClient))
        )!;
        Assert.That(halves.Code, Is.EqualTo("CML6104"));
    }

    [Test]
    public async Task A_store_serves_one_server_at_a_time()
    {
        DirectoryInfo store = Directory.CreateTempSubdirectory("concreteml-store-");
        await using (RunningServer server = await RunningServer.StartAsync(store: store.FullName))
        {
            ServingException problem = Assert.CatchAsync<ServingException>(() => RunningServer.StartAsync(store: store.FullName))!;
            Assert.That(problem.Code, Is.EqualTo("CML6414"));
        }

        store.Delete(recursive: true);
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (int round = 0; round < 1200 && !condition(); round++)
            await Task.Delay(25);
        Assert.That(condition());
    }

    private sealed class Listener : IDisposable
    {
        private readonly MeterListener listener = new();
        private long evicted;

        internal Listener()
        {
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "ConcreteMl")
                    self.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>(
                (instrument, value, _, _) =>
                {
                    if (instrument.Name == "concreteml.keys.evicted")
                        Interlocked.Add(ref evicted, value);
                }
            );
            listener.SetMeasurementEventCallback<double>(
                (_, _, tags, _) =>
                {
                    foreach (KeyValuePair<string, object?> tag in tags)
                        if (tag is { Key: "outcome", Value: string outcome })
                            Outcomes.Enqueue(outcome);
                }
            );
            listener.Start();
        }

        internal ConcurrentQueue<string> Outcomes { get; } = new();

        internal long Evicted => Interlocked.Read(ref evicted);

        public void Dispose() => listener.Dispose();
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        internal ConcurrentQueue<string> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Written.Enqueue(formatter(state, exception));

        public void Dispose() { }
    }

    /// <summary>A body of which the second half waits.</summary>
    private sealed class SlowBody(byte[] body, Task goesOn) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            int half = body.Length / 2;
            await stream.WriteAsync(body.AsMemory(0, half));
            await stream.FlushAsync();
            await goesOn;
            await stream.WriteAsync(body.AsMemory(half));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
