using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ConcreteMl.AspNetCore;

/// <summary>The table of jobs in an embedded database; what a method wrote is on disk when it returns.</summary>
internal sealed class JobTable : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS jobs (
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, model TEXT NOT NULL, circuit TEXT NOT NULL, key TEXT NOT NULL,
            samples INTEGER NOT NULL, created INTEGER NOT NULL, trace TEXT, state INTEGER NOT NULL, attempts INTEGER NOT NULL,
            started INTEGER, finished INTEGER, code TEXT, error TEXT, request TEXT, inputs TEXT);
        CREATE INDEX IF NOT EXISTS jobs_of_owner ON jobs (owner, created);
        """;

    // rows without a name differ from each other
    private const string Requests = "CREATE UNIQUE INDEX IF NOT EXISTS jobs_of_request ON jobs (owner, request);";

    // SQLite's SQLITE_CONSTRAINT_UNIQUE
    private const int NotUnique = 2067;

    private const string Columns =
        "id, owner, model, circuit, key, samples, created, trace, state, attempts, started, finished, code, error, request, inputs";

    // one connection for one statement at a time: statements take microseconds, runs take seconds
    private readonly Lock gate = new();
    private readonly SqliteConnection connection;

    /// <exception cref="ServingException">The file is no database of jobs, or cannot be written.</exception>
    internal JobTable(string path)
    {
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            Prepare();
        }
        catch (SqliteException problem)
        {
            connection.Dispose();
            throw new ServingException(
                "CML6414",
                $"{path}: {problem.Message.TrimEnd('.')}",
                "a table of jobs that a server of this release, or of an earlier one, can write",
                "Make room, or bring back a copy; without the folder 'jobs' the server starts with its keys and no job"
            );
        }
    }

    private void Prepare()
    {
        connection.Open();
        Execute(Schema);
        // a store of a release before requests had names
        foreach (string added in new[] { "request", "inputs" })
            if (Number("SELECT count(*) FROM pragma_table_info('jobs') WHERE name = $name", ("$name", added)) == 0)
                Execute($"ALTER TABLE jobs ADD COLUMN {added} TEXT");
        Execute(Requests);
    }

    /// <summary>Adds a job; false if the client has one of the same request.</summary>
    internal bool Add(Job job)
    {
        try
        {
            Execute(
                $"INSERT INTO jobs ({Columns}) VALUES ($id, $owner, $model, $circuit, $key, $samples, $created, $trace, $state, 0, NULL, NULL, NULL, NULL, $request, $inputs)",
                ("$id", job.Id),
                ("$owner", job.Owner),
                ("$model", job.Model),
                ("$circuit", job.Circuit),
                ("$key", job.Key),
                ("$samples", job.Samples),
                ("$created", Stamp(job.Created)),
                ("$trace", job.Trace),
                ("$state", (int)JobState.Queued),
                ("$request", job.Request),
                ("$inputs", job.Inputs)
            );
            return true;
        }
        catch (SqliteException problem) when (problem.SqliteExtendedErrorCode == NotUnique)
        {
            return false;
        }
    }

    /// <summary>A client's job of a request that it named.</summary>
    internal Job? OfRequest(string owner, string request) =>
        Read("owner = $owner AND request = $request", ("$owner", owner), ("$request", request)).SingleOrDefault();

    /// <summary>A job of a client; another client's is not there.</summary>
    internal Job? Find(string owner, string id) => Read("id = $id AND owner = $owner", ("$id", id), ("$owner", owner)).SingleOrDefault();

    /// <summary>All jobs of a client, the oldest first.</summary>
    internal IReadOnlyList<Job> Of(string owner) => Read("owner = $owner ORDER BY created, id", ("$owner", owner));

    internal int Count(string owner) => Number("SELECT count(*) FROM jobs WHERE owner = $owner", ("$owner", owner));

    internal IReadOnlyList<Job> All() => Read("1 = 1");

    /// <summary>What was accepted and has not ended, the oldest first: the work of a server that starts.</summary>
    internal IReadOnlyList<Job> Open() => Read($"state IN ({(int)JobState.Queued}, {(int)JobState.Running}) ORDER BY created, id");

    /// <summary>What ended before a time.</summary>
    internal IReadOnlyList<Job> EndedBefore(DateTimeOffset time) => Read("finished < $time", ("$time", Stamp(time)));

    /// <summary>Notes that a run begins; false if the job has ended meanwhile.</summary>
    internal bool Begin(string id, DateTimeOffset now) =>
        Execute(
            $"UPDATE jobs SET state = {(int)JobState.Running}, attempts = attempts + 1, started = $now WHERE id = $id AND finished IS NULL",
            ("$id", id),
            ("$now", Stamp(now))
        ) > 0;

    /// <summary>Notes that a run was broken off by the server's stop, which is no attempt.</summary>
    internal void Requeue(string id) =>
        Execute(
            $"UPDATE jobs SET state = {(int)JobState.Queued}, attempts = max(attempts - 1, 0) WHERE id = $id AND finished IS NULL",
            ("$id", id)
        );

    /// <summary>Notes how a job ended; false if it had ended before.</summary>
    internal bool End(string id, JobState state, DateTimeOffset now, string? code = null, string? error = null) =>
        Execute(
            "UPDATE jobs SET state = $state, finished = $now, code = $code, error = $error WHERE id = $id AND finished IS NULL",
            ("$id", id),
            ("$state", (int)state),
            ("$now", Stamp(now)),
            ("$code", code),
            ("$error", error)
        ) > 0;

    internal void Delete(string id) => Execute("DELETE FROM jobs WHERE id = $id", ("$id", id));

    public void Dispose()
    {
        lock (gate)
            connection.Dispose();
    }

    private static long Stamp(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private SqliteCommand Command(string text, params (string Name, object? Value)[] values)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach ((string name, object? value) in values)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private int Execute(string text, params (string Name, object? Value)[] values)
    {
        lock (gate)
        {
            using SqliteCommand command = Command(text, values);
            return command.ExecuteNonQuery();
        }
    }

    private int Number(string text, params (string Name, object? Value)[] values)
    {
        lock (gate)
        {
            using SqliteCommand command = Command(text, values);
            return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
    }

    private List<Job> Read(string where, params (string Name, object? Value)[] values)
    {
        lock (gate)
        {
            using SqliteCommand command = Command($"SELECT {Columns} FROM jobs WHERE {where}", values);
            using SqliteDataReader reader = command.ExecuteReader();
            List<Job> jobs = [];
            while (reader.Read())
                jobs.Add(Row(reader));
            return jobs;
        }
    }

    private static Job Row(SqliteDataReader row)
    {
        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        return new Job
        {
            Id = row.GetString(0),
            Owner = row.GetString(1),
            Model = row.GetString(2),
            Circuit = row.GetString(3),
            Key = row.GetString(4),
            Samples = row.GetInt32(5),
            Created = Time(6)!.Value,
            Trace = Text(7),
            State = (JobState)row.GetInt32(8),
            Attempts = row.GetInt32(9),
            Started = Time(10),
            Finished = Time(11),
            Code = Text(12),
            Error = Text(13),
            Request = Text(14),
            Inputs = Text(15),
        };
    }
}
