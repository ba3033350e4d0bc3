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

    internal void Run()
    {
        List<TunedSetting> starts = [];
        double best = double.PositiveInfinity;
        int idle = 0;
        foreach (QuantizationBits bits in space.Bits)
        {
            TunedSetting? found = Fastest(Roundings(bits), StartsWithin * best, space.Coarse);
            idle = found?.PredictedSeconds < best ? 0 : idle + 1;
            if (found is not null)
            {
                starts.Add(found);
                best = Math.Min(best, found.PredictedSeconds);
            }

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
            else if (rounding is not null && ++missed == MostIdle)
            {
                yield break;
            }
        }
    }

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
            if (level < tolerances.Count && costs.Seconds(new Setting(one, tolerances[level])) is double seconds && seconds < limit)
            {
                open.Enqueue((one, level), seconds);
            }
        }

        foreach (Quantization one in candidates.Where(Meets))
        {
            Add(one, 0);
        }

        while (open.TryDequeue(out (Quantization One, int Level) next, out _))
        {
            TunedSetting met = costs.Simulate(new Setting(next.One, tolerances[next.Level]));
            if (met.Meets(target))
            {
                return met;
            }

            Add(next.One, next.Level + 1);
        }

        return null;
    }
}
