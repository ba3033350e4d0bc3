using ConcreteMl.Interop;

namespace ConcreteMl.Tuning;

/// <summary>The settings that a search may look at.</summary>
/// <param name="Bits">The uniform bits from which the search sets out; one for a model that keeps its own.</param>
/// <param name="IsFixed">The bits are the model's own and stay.</param>
/// <param name="Approximate">Whether approximate rounding is offered.</param>
/// <param name="Tolerances">Failure probabilities from loose to tight; a single null leaves them to the options.</param>
internal sealed record SearchSpace(IReadOnlyList<QuantizationBits> Bits, bool IsFixed, bool Approximate, IReadOnlyList<double?> Tolerances)
{
    // Results of two bits have lost their function; beyond ten bits no lookup is carried out.
    private const int Narrowest = 3;
    private const int Widest = 10;

    // Inputs of one bit are images in black and white at best; more than ten bits leave no room for a sum before a lookup.
    private const int FewestBits = 2;
    private const int MostBits = 10;

    /// <summary>Every tolerance of a default compilation's bound and above, about a factor of 3 apart where lookups begin to fail.</summary>
    internal static IReadOnlyList<double?> AllTolerances { get; } = [0.5, 0.3, 0.2, 0.1, 0.03, 1e-2, 1e-3, 1e-4, 1e-6, null];

    /// <summary>Every other tolerance: enough to tell which bits are worth a closer look.</summary>
    internal IReadOnlyList<double?> Coarse => [.. Tolerances.Where((_, index) => index % 2 == 1 || index == Tolerances.Count - 1)];

    internal static SearchSpace Of(CompileOptions options, TuneOptions tune)
    {
        bool decided = options.Strict || options.PError is not null || options.GlobalPError is not null;
        IReadOnlyList<QuantizationBits> bits = options.ImportQat
            ? [options.Bits]
            : [.. Enumerable.Range(2, 7).Select(QuantizationBits.Uniform)];
        return new SearchSpace(bits, options.ImportQat, tune.Approximate && !options.Strict, decided ? [null] : AllTolerances);
    }

    /// <summary>The roundings from fine to coarse; none first.</summary>
    internal IEnumerable<Rounding?> Roundings()
    {
        yield return null;
        RoundingMethod method = Approximate ? RoundingMethod.Approximate : RoundingMethod.Exact;
        for (int width = 8; width >= Narrowest; width--)
        {
            yield return new Rounding(width, method);
        }
    }

    /// <summary>One step away in one or two of the bits, the width of the rounding, its bins, or its method.</summary>
    internal IEnumerable<Quantization> Neighbours(Quantization from)
    {
        QuantizationBits bits = from.Bits;
        (int, int, int, int)[] steps =
        [
            (0, 0, 0, -1),
            (-1, 0, 0, 0),
            (0, -1, 0, 0),
            (0, 0, -1, 0),
            (-1, 0, 0, -1),
            (0, -1, 0, -1),
            (0, 0, -1, -1),
            (1, 0, 0, -1),
            (0, 1, 0, -1),
            (0, 0, 1, -1),
            (0, -1, 1, 0),
            (0, 1, -1, 0),
            (-1, 0, 1, 0),
            (1, 0, -1, 0),
            (0, 0, 0, 1),
            (1, 0, 0, 0),
            (0, 1, 0, 0),
            (0, 0, 1, 0),
            (1, 0, 0, 1),
            (0, 1, 0, 1),
            (0, 0, 1, 1),
        ];
        foreach ((int inputs, int inner, int weights, int width) in steps)
        {
            bool changesBits = (inputs, inner, weights) != (0, 0, 0);
            if ((IsFixed && changesBits) || (width != 0 && from.Rounding is null))
            {
                continue;
            }

            QuantizationBits moved = new(
                bits.ModelInputs + inputs,
                bits.OpInputs + inner,
                bits.OpWeights + weights,
                Math.Max(bits.ModelOutputs, bits.OpInputs + inner)
            );
            Rounding? rounding = from.Rounding is Rounding one ? one with { Bits = one.Bits + width } : null;
            if (IsInside(moved, rounding))
            {
                yield return new Quantization(moved, rounding);
            }
        }

        if (from.Rounding is Rounding own)
        {
            foreach (double loss in CoreOptions.BinLosses.Where(loss => !loss.Equals(own.BinLoss)))
            {
                yield return new Quantization(bits, own with { BinLoss = loss });
            }
        }

        if (from.Rounding is { Method: RoundingMethod.Approximate } rounded)
        {
            yield return new Quantization(bits, rounded with { Method = RoundingMethod.Exact });
            yield return new Quantization(bits, null);
        }
    }

    private static bool IsInside(QuantizationBits bits, Rounding? rounding)
    {
        int[] all = [bits.ModelInputs, bits.OpInputs, bits.OpWeights];
        return all.All(one => one is >= FewestBits and <= MostBits) && rounding is null or { Bits: >= Narrowest and <= Widest };
    }
}
