using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Benchmarks;

/// <summary>The peer's own benchmark, a program that prints one JSON line for a set.</summary>
internal sealed class Yardstick(string path)
{
    /// <summary>Runs it once on <paramref name="set"/>.</summary>
    internal PbsTimes Run(PeerSet set)
    {
        ProcessStartInfo info = new(path, set.YardstickArgument) { RedirectStandardOutput = true };
        using Process process = Process.Start(info) ?? throw new InvalidOperationException($"cannot start '{path}'");
        JsonNode line = JsonNode.Parse(process.StandardOutput.ReadToEnd())!;
        process.WaitForExit();
        double Field(string name) => line[name]!.GetValue<double>();
        return new PbsTimes(
            Field("pbs_ms"),
            Field("pbs_p10_ms"),
            double.NaN,
            Field("ks_ms"),
            Field("ks_p10_ms"),
            Field("ks_ms"),
            Field("ks_pbs_per_s_all_cores"),
            double.NaN,
            Field("bsk_gen_s") + Field("ksk_gen_s"),
            0
        );
    }
}
