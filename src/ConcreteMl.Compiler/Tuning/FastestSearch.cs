namespace ConcreteMl.Tuning;

/// <summary>
/// Looks for the fastest setting that meets a target in accuracy or error; what it simulated on the way is the answer. Uniform bits
/// come first, then single steps away from the best of them. What misses the target in clear is not priced, and what is no faster
/// than the best so far is not simulated.
/// </summary>
internal sealed class FastestSearch(ISettingCosts costs, SearchSpace space, TuneTarget target)
{
    // Uniform settings up to this much slower than the fastest one are starting points too: different bits lead to different ends.
    private const double StartsWithin = 1.5;
    private const int MostStarts = 3;

    // Wider codes have wider accumulators: two steps without a faster setting, and no wider one is faster.
    private const int MostIdle = 2;

    // Five bits keep the accuracy of most networks, and one setting that meets the target bounds all others: the search sets out there.
    private const int Usual = 5;

    // A finer rounding has up to a twentieth more error than a coarser one, by chance.
    private const double Chance = 1.05;

    private readonly List<TunedSetting> starts = [];

    // The least tolerance with which a quantization missed the target: with more it does too.
    private readonly Dictionary<Quantization, double> missed = [];

    internal void Run()
    {
        QuantizationBits[] narrow = [.. space.Bits.Where(bits => bits.OpInputs <= Usual).Reverse()];
        foreach (QuantizationBits bits in narrow)
        {
            Quantization[] met = [.. Roundings(bits)];
            Start(met);
            if (met.Length == 0)
            {
                break;
            }
        }

        int idle = 0;
        foreach (QuantizationBits bits in space.Bits.Skip(narrow.Length))
        {
            idle = Start(Roundings(bits)) ? 0 : idle + 1;
            if (starts.Count > 0 && idle == MostIdle)
            {
                break;
            }
        }

        foreach (TunedSetting start in starts.OrderBy(start => start.PredictedSeconds).Take(MostStarts))
        {
            Improve(start);
        }
    }

    /// <summary>Adds the fastest of the candidates to the starting points, if it is not much slower than the best; true when it is the best.</summary>
    private bool Start(IEnumerable<Quantization> candidates)
    {
        double best = starts.Select(start => start.PredictedSeconds).DefaultIfEmpty(double.PositiveInfinity).Min();
        if (Fastest(candidates, StartsWithin * best, space.Coarse) is not TunedSetting found)
        {
            return false;
        }

        starts.Add(found);
        return found.PredictedSeconds < best;
    }

    private void Improve(TunedSetting start)
    {
        for (TunedSetting? current = start; current is not null; )
        {
            Quantization from = new(current.Bits, current.Rounding);
            current = Fastest([from, .. space.Neighbours(from)], current.PredictedSeconds, space.Tolerances);
        }
    }

    /// <summary>The roundings of these bits that keep to the target in clear; finer ones are as a rule no less accurate.</summary>
    private IEnumerable<Quantization> Roundings(QuantizationBits bits)
    {
        int missed = 0;
        foreach (Rounding? rounding in space.Roundings())
        {
            Quantization one = new(bits, rounding);
            if (Meets(one))
            {
                missed = 0;
                yield return one;
            }
            else if (rounding is null ? IsHopeless(one) : ++missed == MostIdle)
            {
                yield break;
            }
        }
    }

    private bool IsHopeless(Quantization unrounded) =>
        target.Measure == TuneMeasure.Error && costs.Clear(unrounded)?.Error > Chance * target.Value;

    private bool Meets(Quantization one) => costs.Clear(one)?.Meets(target) == true;

    /// <summary>
    /// The fastest one below the limit that meets the target in simulation. Prices come out of the queue in order, each candidate's
    /// loosest tolerance first: the first that meets the target is the fastest.
    /// </summary>
    private TunedSetting? Fastest(IEnumerable<Quantization> candidates, double limit, IReadOnlyList<double?> tolerances)
    {
        PriorityQueue<(Quantization One, int Level), double> open = new();
        void Add(Quantization one, int level)
        {
            if (level < tolerances.Count && costs.Price(new Setting(one, tolerances[level])) is { } price && price.Seconds < limit)
            {
                open.Enqueue((one, level), price.Seconds);
            }
        }

        foreach (Quantization one in candidates.Where(Meets))
        {
            Add(one, 0);
        }

        while (open.TryDequeue(out (Quantization One, int Level) next, out _))
        {
            if (Simulated(next.One, tolerances[next.Level]) is { } met)
            {
                return met;
            }

            Add(next.One, next.Level + 1);
        }

        return null;
    }

    /// <summary>What a setting is in simulation, if it meets the target.</summary>
    private TunedSetting? Simulated(Quantization one, double? tolerance)
    {
        if (tolerance >= missed.GetValueOrDefault(one, double.PositiveInfinity))
        {
            return null;
        }

        TunedSetting found = costs.Simulate(new Setting(one, tolerance), target);
        if (found.Meets(target))
        {
            return found;
        }

        if (tolerance is double least)
        {
            missed[one] = least;
        }

        return null;
    }
}
