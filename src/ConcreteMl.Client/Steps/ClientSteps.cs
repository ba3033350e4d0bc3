namespace ConcreteMl.Steps;

/// <summary>Runs a list of client's steps; what a kind does is looked up in a table, so that a new kind is one entry.</summary>
internal sealed class ClientSteps
{
    /// <summary>What a kind computes from the values it reads: one value.</summary>
    internal delegate Tensor Work(string kind, IReadOnlyList<Tensor> values, StepSettings settings);

    private readonly IReadOnlyList<(ClientStep Step, StepSettings Settings, Work Work)> steps;
    private readonly int results;

    /// <summary>Steps whose last <paramref name="results"/> written values come out.</summary>
    /// <exception cref="InvalidDataException">A kind is unknown, or a step reads a value that is not there yet.</exception>
    internal ClientSteps(IReadOnlyList<ClientStep> steps, IReadOnlyDictionary<string, Work> kinds, int inputs, int results)
    {
        int known = inputs;
        List<(ClientStep, StepSettings, Work)> resolved = [];
        foreach (ClientStep step in steps)
        {
            if (!kinds.TryGetValue(step.Kind, out Work? work))
            {
                throw new InvalidDataException($"the client's step '{step.Kind}' is unknown to this release");
            }

            if (step.Writes != 1 || step.Reads.Any(value => value < 0 || value >= known))
            {
                throw new InvalidDataException($"the client's step '{step.Kind}' reads a value that no step before it writes");
            }

            known++;
            resolved.Add((step, new StepSettings(step.Settings), work));
        }

        if (steps.Count > 0 && known - inputs < results)
        {
            throw new InvalidDataException($"the client's steps write {known - inputs} values, expected {results}");
        }

        this.steps = resolved;
        this.results = results;
    }

    /// <summary>The kinds of this release (docs/wire-format.md).</summary>
    internal static IReadOnlyDictionary<string, Work> Known { get; } =
        new Dictionary<string, Work>(MovementSteps.All.Concat(FunctionSteps.All).Concat(PairSteps.All));

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
        foreach ((ClientStep step, StepSettings settings, Work work) in steps)
        {
            values.Add(work(step.Kind, [.. step.Reads.Select(value => values[value])], settings));
        }

        return values[^results..];
    }

    /// <summary>Whether an exception is what .NET says of steps that do not fit the values that they read.</summary>
    internal static bool IsMisfit(Exception problem) =>
        problem is ArgumentException or InvalidCastException or ArithmeticException or IndexOutOfRangeException or RankException;

    /// <summary>Refuses steps that do not lead from values of these types to values of those, by a run on zeros.</summary>
    /// <exception cref="InvalidDataException">A step lacks a setting, or its values do not fit.</exception>
    internal void RequireFit(IEnumerable<(ElementType Element, int[] Shape)> from, IEnumerable<int[]> into)
    {
        if (IsEmpty)
        {
            return;
        }

        try
        {
            IReadOnlyList<Tensor> written = Run([
                .. from.Select(value => StepValues.Wrap(value.Element, value.Shape, new long[StepValues.Count(value.Shape)])),
            ]);
            if (!written.Zip(into).All(pair => pair.First.Dimensions.AsSpan().SequenceEqual(pair.Second)))
            {
                throw new InvalidDataException("the client's steps write values of other shapes than those that are expected");
            }
        }
        catch (Exception problem) when (IsMisfit(problem))
        {
            throw new InvalidDataException("the client's steps do not fit the values that they read", problem);
        }
    }
}
