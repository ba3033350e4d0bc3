namespace ConcreteMl.Tuning;

/// <summary>
/// Looks for the setting of the least error within a predicted time or a size of keys; what it simulated on the way is the answer. What is
/// in clear no more accurate than the best so far is not priced, and of each quantization the tightest tolerance within the bound is simulated.
/// </summary>
internal sealed class MostAccurateSearch(ISettingCosts costs, SearchSpace space, TuneTarget target)
{
    // Wider codes cost more: two steps without a better setting, and no wider one fits the bound.
    private const int MostIdle = 2;

    // Different bits lead to different ends: the last uniform settings that were better than all before are starting points.
    private const int MostStarts = 3;

    internal void Run()
    {
        List<TunedSetting> starts = [];
        int idle = 0;
        foreach (QuantizationBits bits in space.Bits)
        {
            IEnumerable<Quantization> candidates = space.Roundings().Select(rounding => new Quantization(bits, rounding));
            if (Better(candidates, starts.LastOrDefault(), space.Coarse) is TunedSetting found)
            {
                starts.Add(found);
                idle = 0;
            }
            else if (++idle >= MostIdle && starts.Count > 0)
            {
                break;
            }
        }

        foreach (TunedSetting start in starts.TakeLast(MostStarts).Reverse())
        {
            Improve(start);
        }
    }

    private void Improve(TunedSetting start)
    {
        for (TunedSetting? current = start; current is not null; )
        {
            Quantization from = new(current.Bits, current.Rounding);
            current = Better([from, .. space.Neighbours(from)], current, space.Tolerances);
        }
    }

    /// <summary>The candidate of the least simulated error below that of <paramref name="best"/>; null when there is none.</summary>
    private TunedSetting? Better(IEnumerable<Quantization> candidates, TunedSetting? best, IReadOnlyList<double?> tolerances)
    {
        TunedSetting? found = null;
        double limit = best?.ErrorOverStd ?? double.PositiveInfinity;
        foreach ((Quantization one, SettingScore clear) in ByError(candidates))
        {
            if (clear.Error >= limit)
            {
                break;
            }

            if (Tightest(one, tolerances) is Setting setting && costs.Simulate(setting, target) is { } met && met.ErrorOverStd < limit)
            {
                found = met;
                limit = met.ErrorOverStd;
            }
        }

        return found;
    }

    private IEnumerable<(Quantization One, SettingScore Clear)> ByError(IEnumerable<Quantization> candidates) =>
        candidates
            .Select(one => (One: one, Clear: costs.Clear(one)))
            .Where(pair => pair.Clear is not null)
            .Select(pair => (pair.One, pair.Clear!))
            .OrderBy(pair => pair.Item2.Error);

    private Setting? Tightest(Quantization one, IReadOnlyList<double?> tolerances)
    {
        // Times grow with every tighter tolerance; keys do not always.
        IEnumerable<(Setting Setting, bool Fits)> priced = tolerances
            .Select(tolerance => new Setting(one, tolerance))
            .Select(setting => (setting, costs.Price(setting) is { } price && target.Spent(price) <= target.Value));
        IEnumerable<(Setting Setting, bool Fits)> open =
            target.Measure == TuneMeasure.Seconds ? priced.TakeWhile(pair => pair.Fits) : priced;
        return open.LastOrDefault(pair => pair.Fits).Setting;
    }
}
