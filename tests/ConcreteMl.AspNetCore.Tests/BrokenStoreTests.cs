using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>A store whose disk is full, or damaged.</summary>
public sealed class BrokenStoreTests
{
    private DirectoryInfo store = null!;

    private string Table => Path.Combine(store.FullName, "jobs", "jobs.db");

    [SetUp]
    public void MakeFolder() => store = Directory.CreateTempSubdirectory("concreteml-broken-");

    [TearDown]
    public void RemoveFolder() => store.Delete(recursive: true);

    [Test]
    public async Task A_job_of_which_no_note_can_be_taken_waits_and_the_worker_serves_others()
    {
        await using RunningServer server = await RunningServer.StartAsync(store: store.FullName);
        using Owner owner = new(TinyHalves.Client);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        Tensor x = TinyHalves.Samples(1, 1);
        byte[] body = owner.Encrypted(x);
        Execute("CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(FAIL, 'no room'); END");
        using HttpResponseMessage accepted = await owner.InferAsync(server.Alice, body, job: true);
        string job = accepted.Headers.Location!.OriginalString;
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(1));
        // the worker meets the job first
        byte[] outputs = await owner.InferAsync(server.Alice, body, cancellation: patience.Token).BytesAsync();
        Assert.That(owner.Decrypt(outputs), Is.EqualTo(TinyHalves.Clear(x)));
        await server.Alice.DeleteAsync(job).RefusesAsync(HttpStatusCode.InsufficientStorage, "CML6415");
        Execute("DROP TRIGGER full");
        JsonElement done = await Answers.FollowAsync(server.Alice, job, "done");
        byte[] late = await server.Alice.GetAsync(done.GetProperty("result").GetString()).BytesAsync();
        Assert.That(owner.Decrypt(late), Is.EqualTo(TinyHalves.Clear(x)));
    }

    [Test]
    public async Task A_result_that_cannot_be_kept_fails_the_job_by_the_stores_code()
    {
        await using RunningServer server = await RunningServer.StartAsync(store: store.FullName);
        using Owner owner = new(TinyHalves.Client);
        await owner.PutKeyAsync(server.Alice).JsonAsync(HttpStatusCode.Created);
        // done is state 2: everything but a success can be noted
        Execute("CREATE TRIGGER full BEFORE UPDATE ON jobs WHEN NEW.state = 2 BEGIN SELECT RAISE(FAIL, 'no room'); END");
        using HttpResponseMessage accepted = await owner.InferAsync(server.Alice, owner.Encrypted(TinyHalves.Samples(1, 1)), job: true);
        JsonElement failed = await Answers.FollowAsync(server.Alice, accepted.Headers.Location!.OriginalString, "failed");
        Assert.That(failed.GetProperty("error").GetString(), Does.StartWith("CML6415"));
    }

    [Test]
    public void A_damaged_table_of_jobs_ends_the_start_with_a_code()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Table)!);
        File.WriteAllText(Table, "no database");
        ServingException problem = Assert.ThrowsAsync<ServingException>(() => RunningServer.StartAsync(store: store.FullName))!;
        Assert.That(problem.Code, Is.EqualTo("CML6414"));
        Assert.That(problem.Message, Does.Contain("jobs.db"));
    }

    private void Execute(string text)
    {
        using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = Table, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
