namespace ConcreteMl.AspNetCore;

/// <summary>Settings of a server of encrypted inference; checked when the application starts.</summary>
public sealed class ConcreteMlOptions
{
    /// <summary>The models that are served.</summary>
    public ServedModels Models { get; } = new();

    /// <summary>
    /// The clients and their bearer tokens. Where there are none, and the application has no authentication of its own, the server
    /// answers this machine's own requests alone, unless <see cref="AllowAnonymous"/> is set.
    /// </summary>
    public ClientTokens Clients { get; } = new();

    /// <summary>Serves everybody who reaches the server, as one client. Default false.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Folder of keys, jobs and results; one server at a time uses it. Relative to the application's content root.</summary>
    public string Store { get; set; } = "concreteml-store";

    /// <summary>Inferences that run side by side. Default 1: one inference takes all cores.</summary>
    public int Workers { get; set; } = 1;

    /// <summary>The most threads of one inference; 0 is as many as the machine has.</summary>
    public int Threads { get; set; }

    /// <summary>Bytes of expanded evaluation keys in memory; beyond, the least recently used ones go. Default: half of the memory.</summary>
    public long KeyMemoryBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>Bytes of evaluation keys on disk. Default 64 GiB.</summary>
    public long KeyStoreBytes { get; set; } = 64L << 30;

    /// <summary>Evaluation keys that one client may store. Default 16.</summary>
    public int KeysPerClient { get; set; } = 16;

    /// <summary>Keys that are received at the same time, half of them at most from one client. Default 8.</summary>
    public int Uploads { get; set; } = 8;

    /// <summary>Requests that wait for a worker; beyond, clients are told to come again (429). Default 64.</summary>
    public int QueueLength { get; set; } = 64;

    /// <summary>Of these, of one client. Default 32.</summary>
    public int QueueLengthPerClient { get; set; } = 32;

    /// <summary>Samples of one request. Default 1024.</summary>
    public int SamplesPerRequest { get; set; } = 1024;

    /// <summary>Jobs that one client may have, finished ones included. Default 256.</summary>
    public int JobsPerClient { get; set; } = 256;

    /// <summary>How long finished jobs and their results are kept. Default one day.</summary>
    public TimeSpan JobRetention { get; set; } = TimeSpan.FromDays(1);
}
