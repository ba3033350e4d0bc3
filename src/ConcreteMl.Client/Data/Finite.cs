namespace ConcreteMl.Data;

/// <summary>Refuses NaN and infinity where numbers are needed: in calibration, and before quantization.</summary>
internal static class Finite
{
    internal static void Require(IReadOnlyList<ModelPort> inputs, Samples samples, string place)
    {
        IReadOnlyList<Diagnostic> findings = Findings(inputs, samples, place);
        if (findings.Count > 0)
        {
            throw new CompilationException(findings);
        }
    }

    /// <summary>One finding for each input that holds what is no finite number (CML6018).</summary>
    internal static IReadOnlyList<Diagnostic> Findings(IReadOnlyList<ModelPort> inputs, Samples samples, string place)
    {
        List<Diagnostic> findings = [];
        for (int input = 0; input < inputs.Count; input++)
        {
            if (!Elements.IsFloat(inputs[input].Element))
            {
                continue;
            }

            for (int sample = 0; sample < samples.Items.Count; sample++)
            {
                int bad = Array.FindIndex(samples.Items[sample][input].ToDoubles(), value => !double.IsFinite(value));
                if (bad >= 0)
                {
                    findings.Add(
                        Diagnostic.Error(
                            "CML6018",
                            $"{place}, x{input} (input '{inputs[input].Name}')",
                            $"sample {sample} holds {samples.Items[sample][input].ToDoubles()[bad]} at position {bad}",
                            "finite numbers",
                            "Remove or replace such samples"
                        )
                    );
                    break;
                }
            }
        }

        return findings;
    }
}
