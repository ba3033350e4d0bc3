namespace ConcreteMl.Steps;

/// <summary>Runs a list of client's steps; what a kind does is looked up in a table, so that a new kind is one entry.</summary>
internal sealed class ClientSteps
{
    /// <summary>What a kind computes from the values it reads.</summary>
    internal delegate IReadOnlyList<Tensor> Work(IReadOnlyList<Tensor> values, IReadOnlyDictionary<string, ClientSetting> settings);

    private readonly IReadOnlyList<(ClientStep Step, Work Work)> steps;
    private readonly int results;

    /// <summary>Steps whose last <paramref name="results"/> written values come out.</summary>
    /// <exception cref="InvalidDataException">A kind is unknown, or a step reads a value that is not there yet.</exception>
    internal ClientSteps(IReadOnlyList<ClientStep> steps, IReadOnlyDictionary<string, Work> kinds, int inputs, int results)
    {
        int known = inputs;
        List<(ClientStep, Work)> resolved = [];
        foreach (ClientStep step in steps)
        {
            if (!kinds.TryGetValue(step.Kind, out Work? work))
            {
                throw new InvalidDataException($"the client's step '{step.Kind}' is unknown to this release");
            }

            if (step.Writes < 1 || step.Reads.Any(value => value < 0 || value >= known))
            {
                throw new InvalidDataException($"the client's step '{step.Kind}' reads a value that no step before it writes");
            }

            known += step.Writes;
            resolved.Add((step, work));
        }

        if (steps.Count > 0 && known - inputs < results)
        {
            throw new InvalidDataException($"the client's steps write {known - inputs} values, expected {results}");
        }

        this.steps = resolved;
        this.results = results;
    }

    /// <summary>The kinds of this release; none yet.</summary>
    internal static IReadOnlyDictionary<string, Work> Known { get; } = new Dictionary<string, Work>();

    /// <summary>There is nothing to do.</summary>
    internal bool IsEmpty => steps.Count == 0;

    /// <summary>One sample's tensors through all steps.</summary>
    internal IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> sample)
    {
        if (IsEmpty)
        {
            return sample;
        }

        List<Tensor> values = [.. sample];
        foreach ((ClientStep step, Work work) in steps)
        {
            values.AddRange(work([.. step.Reads.Select(value => values[value])], step.Settings));
        }

        return values[^results..];
    }
}
