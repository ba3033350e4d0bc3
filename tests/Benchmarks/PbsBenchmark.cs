using System.Diagnostics;
using System.Text.Json.Nodes;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>
/// Times the bootstrap, the key switch and key generation at the peer's own sets, in alternation with the peer's own
/// benchmark when its path is given: ratios are medians over pairs that ran within the same seconds.
/// </summary>
internal static class PbsBenchmark
{
    private const int DefaultPairs = 3;

    /// <summary>Runs with the options --yardstick, --sets and --pairs.</summary>
    internal static int Run(IReadOnlyDictionary<string, string> options)
    {
        int pairs = options.TryGetValue("pairs", out string? text) ? int.Parse(text) : DefaultPairs;
        options.TryGetValue("yardstick", out string? yardstick);
        JsonArray sets = [];
        foreach (PeerSet set in PeerSet.Parse(options.GetValueOrDefault("sets", "1_1,2_1,4_0,2_2,5_0")))
            sets.Add(RunSet(set, yardstick, pairs));
        Console.WriteLine(new JsonObject { ["sets"] = sets }.ToJsonString());
        return 0;
    }

    private static JsonObject RunSet(PeerSet set, string? yardstick, int pairs)
    {
        List<PbsTimes> ours = [];
        List<PbsTimes> peers = [];
        // kernels are compiled once per process: not a part of key generation
        using (PbsSubject warm = new(set)) { }
        for (int pair = 0; pair < pairs; pair++)
        {
            using (PbsSubject subject = new(set))
                ours.Add(subject.Measure());
            if (yardstick is not null)
                peers.Add(RunPeer(yardstick, set));
        }
        JsonObject row = new() { ["set"] = set.Name, ["bits"] = set.Bits };
        void Add(string name, Func<PbsTimes, double> field, bool lowerIsBetter = true, string? ratio = null)
        {
            row[name] = Median(ours.Select(field));
            if (peers.Count == 0)
                return;
            row[$"peer_{name}"] = Median(peers.Select(field));
            row[ratio ?? $"{name}_ratio"] = Median(
                ours.Zip(peers, (our, peer) => lowerIsBetter ? field(peer) / field(our) : field(our) / field(peer))
            );
        }
        Add("pbs_ms", times => times.PbsMs, ratio: "ratio");
        Add("pbs_p10_ms", times => times.PbsFastMs, ratio: "ratio_p10");
        Add("ks_ms", times => times.KsMs, ratio: "ks_ratio");
        Add("ks_batch_ms", times => times.KsBatchMs, ratio: "ks_batch_ratio");
        Add("ks_pbs_per_s", times => times.PerSecond, lowerIsBetter: false, ratio: "throughput_ratio");
        Add("keygen_s", times => times.KeyGenerationS, ratio: "keygen_ratio");
        row["wrong"] = ours.Sum(times => times.Wrong);
        return row;
    }

    private static PbsTimes RunPeer(string yardstick, PeerSet set)
    {
        ProcessStartInfo info = new(yardstick, set.YardstickArgument) { RedirectStandardOutput = true };
        using Process process = Process.Start(info) ?? throw new InvalidOperationException($"cannot start '{yardstick}'");
        JsonNode line = JsonNode.Parse(process.StandardOutput.ReadToEnd())!;
        process.WaitForExit();
        double Field(string name) => line[name]!.GetValue<double>();
        return new PbsTimes(
            Field("pbs_ms"),
            Field("pbs_p10_ms"),
            Field("ks_ms"),
            Field("ks_ms"),
            Field("ks_pbs_per_s_all_cores"),
            Field("bsk_gen_s") + Field("ksk_gen_s"),
            0
        );
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
