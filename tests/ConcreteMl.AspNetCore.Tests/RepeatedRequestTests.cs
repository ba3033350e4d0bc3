using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>Requests for jobs that are sent again because their answer was lost.</summary>
public sealed class RepeatedRequestTests
{
    private DirectoryInfo store = null!;
    private Owner owner = null!;

    [OneTimeSetUp]
    public void MakeKeys() => owner = new Owner(TinyHalves.Client);

    [OneTimeTearDown]
    public void RemoveKeys() => owner.Dispose();

    [SetUp]
    public void MakeFolder() => store = Directory.CreateTempSubdirectory("concreteml-repeated-");

    [TearDown]
    public void RemoveFolder() => store.Delete(recursive: true);

    [Test]
    public async Task A_named_request_makes_one_job_however_often_it_comes()
    {
        byte[] body = owner.Encrypted(TinyHalves.Samples(1, 4));
        string first;
        await using (RunningServer server = await RunningServer.StartAsync(store: store.FullName))
        {
            await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
            await owner.PutKeyAsync(server.Bob).JsonAsync(HttpStatusCode.Created);
            JsonElement[] answers = await Task.WhenAll(
                Enumerable.Range(0, 6).Select(_ => Named(server.Alice, body, "one").JsonAsync(HttpStatusCode.Accepted))
            );
            first = Id(answers[0]);
            Assert.That(answers.Select(Id), Is.All.EqualTo(first));
            Assert.That(Id(await Named(server.Bob, body, "one").JsonAsync(HttpStatusCode.Accepted)), Is.Not.EqualTo(first));
            await Answers.FollowAsync(server.Alice, $"/v2/jobs/{first}", "done");
        }

        // what is sent again takes no room
        await using RunningServer next = await RunningServer.StartAsync(options => options.JobsPerClient = 1, store: store.FullName);
        JsonElement later = await Named(next.Alice, body, "one").JsonAsync(HttpStatusCode.Accepted);
        Assert.That((Id(later), later.GetProperty("state").GetString()), Is.EqualTo((first, "done")));
        await Named(next.Alice, body, "two").RefusesAsync(HttpStatusCode.Conflict, "CML6406");
        await next.Alice.DeleteAsync($"/v2/jobs/{first}");
        Assert.That(Id(await Named(next.Alice, body, "one").JsonAsync(HttpStatusCode.Accepted)), Is.Not.EqualTo(first));
        Assert.That(next.Services.GetRequiredService<JobStore>().Table.All(), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_name_that_is_none_or_another_requests_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync(store: store.FullName);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        byte[] body = owner.Encrypted(TinyHalves.Samples(1, 4));
        await Named(server.Alice, body, "one").JsonAsync(HttpStatusCode.Accepted);
        byte[] other = owner.Encrypted(TinyHalves.Samples(1, 5));
        await Named(server.Alice, other, "one").RefusesAsync(HttpStatusCode.UnprocessableEntity, "CML6417");
        await Named(server.Alice, [.. body, 1], "one").RefusesAsync(HttpStatusCode.UnprocessableEntity, "CML6417");
        foreach (string none in new[] { "", "two words", new string('x', 129) })
            await Named(server.Alice, body, none).RefusesAsync(HttpStatusCode.BadRequest, "CML6411");
        await Named(server.Alice, body, "one", "two").RefusesAsync(HttpStatusCode.BadRequest, "CML6411");
        Assert.That(server.Services.GetRequiredService<WorkQueue>().Length, Is.LessThan(2));
    }

    [Test]
    public async Task A_store_of_a_release_without_names_is_taken_over()
    {
        string jobs = Path.Combine(store.FullName, "jobs");
        Directory.CreateDirectory(jobs);
        using (SqliteConnection old = new($"Data Source={Path.Combine(jobs, "jobs.db")};Pooling=False"))
        {
            old.Open();
            using SqliteCommand command = old.CreateCommand();
            command.CommandText = """
                CREATE TABLE jobs (
                    id TEXT PRIMARY KEY, owner TEXT NOT NULL, model TEXT NOT NULL, circuit TEXT NOT NULL, key TEXT NOT NULL,
                    samples INTEGER NOT NULL, created INTEGER NOT NULL, trace TEXT, state INTEGER NOT NULL, attempts INTEGER NOT NULL,
                    started INTEGER, finished INTEGER, code TEXT, error TEXT);
                INSERT INTO jobs VALUES ('a', 'o', 'gone', 'c', 'k', 1, 1, NULL, 0, 0, NULL, NULL, NULL, NULL),
                    ('b', 'o', 'gone', 'c', 'k', 1, 2, NULL, 0, 0, NULL, NULL, NULL, NULL);
                """;
            command.ExecuteNonQuery();
        }

        await using RunningServer server = await RunningServer.StartAsync(store: store.FullName);
        Assert.That(
            server.Services.GetRequiredService<JobStore>().Table.All().Select(job => (job.Id, job.State, job.Code)),
            Is.EqualTo(new[] { ("a", JobState.Failed, "CML6402"), ("b", JobState.Failed, "CML6402") })
        );
    }

    private static string Id(JsonElement job) => job.GetProperty("id").GetString()!;

    private Task<HttpResponseMessage> Named(HttpClient http, byte[] body, params string[] names)
    {
        HttpRequestMessage request = new(HttpMethod.Post, "/v2/models/tiny/infer") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Key-Id", owner.KeyName);
        request.Headers.Add("Prefer", "respond-async");
        foreach (string name in names)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", name);
        return http.SendAsync(request);
    }
}
