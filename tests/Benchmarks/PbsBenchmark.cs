using System.Text.Json.Nodes;

namespace Benchmarks;

/// <summary>
/// Our bootstrap at the peer's sets and our lookup at parameters of our own for the same bits, in alternation with the
/// peer's own benchmark when its path is given: ratios are medians over pairs that ran within the same seconds.
/// </summary>
internal static class PbsBenchmark
{
    private const int DefaultPairs = 5;

    // the failure bound of the peer's sets
    private static readonly double Bound = Math.Pow(2.0, -128.0);

    /// <summary>Runs with the options --yardstick, --sets, --pairs, --security and --key-switch.</summary>
    internal static int Run(BenchOptions options)
    {
        int pairs = options.Count("--pairs", DefaultPairs);
        Yardstick? yardstick = options.Yardstick("--yardstick");
        int security = options.Security("--security");
        bool fourier = options.Fourier("--key-switch");
        IReadOnlyList<PeerSet> chosen = PeerSet.Parse(options.Text("--sets"));
        MachineLimits limits = MachineLimits.Measure();
        JsonArray sets = [];
        foreach (PeerSet set in chosen)
        {
            OwnParameters Own(bool alone) => OwnParameters.Choose(set.Bits, set.Bits, set.Norm, Bound, security, fourier, alone);
            sets.Add(RunSet(set, Own(alone: true), Own(alone: false), yardstick, pairs, limits));
        }
        JsonObject result = new()
        {
            ["cores"] = Environment.ProcessorCount,
            ["pairs"] = pairs,
            ["own_security"] = security,
            ["core_gflops"] = limits.GigaflopsPerSecond,
            ["core_read_gb_per_s"] = limits.GigabytesPerSecond,
            ["sets"] = sets,
        };
        Console.WriteLine(result.ToJsonString());
        return 0;
    }

    private static JsonObject RunSet(
        PeerSet set,
        OwnParameters own,
        OwnParameters together,
        Yardstick? yardstick,
        int pairs,
        MachineLimits limits
    )
    {
        List<Pair> measured = [];
        // kernels are compiled once per process: not a part of key generation
        using (PbsSubject warm = new(set)) { }
        using (LookupSubject warm = new(own.Set, set.Bits)) { }
        for (int index = 1; index <= pairs; index++)
        {
            Console.Error.WriteLine($"bench pbs: {set.Name}, pair {index} of {pairs}");
            using PbsSubject subject = new(set);
            PbsTimes ours = subject.Measure();
            PbsTimes? peer = yardstick?.Run(set);
            measured.Add(new Pair(ours, OwnTimes.Measure(own, together, set.Bits), peer));
        }
        JsonObject row = Row(set, own, measured);
        row["own_batch_parameters"] = OwnParameters.Describe(together.Set);
        limits.Describe(row, set.Parameters(), measured.Select(pair => pair.Ours.PbsMs).Median());
        return row;
    }

    private static JsonObject Row(PeerSet set, OwnParameters own, List<Pair> pairs)
    {
        JsonObject row = new() { ["set"] = set.Name, ["bits"] = set.Bits };
        AddPeerSet(row, pairs);
        row["own_norm"] = set.Norm;
        row["own_parameters"] = OwnParameters.Describe(own.Set);
        row["own_failure_log2"] = own.FailureLog2;
        row["peer_failure_log2"] = set.FailureLog2;
        row["own_predicted_ms"] = own.PredictedMs;
        row["own_lookup_ms"] = pairs.Select(pair => pair.Own.LookupMs).Median();
        row["own_lookup_p10_ms"] = pairs.Select(pair => pair.Own.LookupFastMs).Median();
        row["own_lookup_all_cores_ms"] = pairs.Select(pair => pair.Own.LookupAllMs).Median();
        row["own_per_s"] = pairs.Select(pair => pair.Own.PerSecond).Median();
        row["own_two_core_ratio"] = pairs.Select(pair => pair.Own.TwoCoreRatio).Median();
        row["own_keygen_s"] = pairs.Select(pair => pair.Own.KeyGenerationS).Median();
        row["own_key_bytes"] = pairs[0].Own.KeyBytes;
        if (pairs[0].Peer is not null)
        {
            row["peer_lookup_ms"] = pairs.Select(pair => pair.Peer!.LookupMs).Median();
            row["own_ratio"] = pairs.Select(pair => pair.Peer!.LookupMs / pair.Own.LookupMs).Median();
            row["own_ratio_p10"] = pairs.Select(pair => pair.Peer!.LookupFastMs / pair.Own.LookupFastMs).Median();
            row["own_throughput_ratio"] = pairs.Select(pair => pair.Own.PerSecond / pair.Peer!.PerSecond).Median();
            row["own_keygen_ratio"] = pairs.Select(pair => pair.Peer!.KeyGenerationS / pair.Own.KeyGenerationS).Median();
        }
        row["wrong"] = pairs.Sum(pair => pair.Ours.Wrong + pair.Own.Wrong);
        return row;
    }

    private static void AddPeerSet(JsonObject row, List<Pair> pairs)
    {
        void Add(string name, Func<PbsTimes, double> field, bool lowerIsBetter = true, string? ratio = null)
        {
            row[name] = pairs.Select(pair => field(pair.Ours)).Median();
            if (pairs[0].Peer is null)
                return;
            row[$"peer_{name}"] = pairs.Select(pair => field(pair.Peer!)).Median();
            row[ratio ?? $"{name}_ratio"] = pairs
                .Select(pair => field(pair.Peer!) / field(pair.Ours))
                .Select(quotient => lowerIsBetter ? quotient : 1.0 / quotient)
                .Median();
        }
        Add("pbs_ms", times => times.PbsMs, ratio: "ratio");
        Add("pbs_p10_ms", times => times.PbsFastMs, ratio: "ratio_p10");
        Add("ks_ms", times => times.KsMs, ratio: "ks_ratio");
        Add("ks_batch_ms", times => times.KsBatchMs, ratio: "ks_batch_ratio");
        Add("ks_pbs_per_s", times => times.PerSecond, lowerIsBetter: false, ratio: "throughput_ratio");
        Add("keygen_s", times => times.KeyGenerationS, ratio: "keygen_ratio");
        row["pbs_in_cache_ms"] = pairs.Select(pair => pair.Ours.PbsInCacheMs).Median();
        row["two_core_ratio"] = pairs.Select(pair => pair.Ours.TwoCoreRatio).Median();
    }

    private sealed record Pair(PbsTimes Ours, OwnTimes Own, PbsTimes? Peer);
}
