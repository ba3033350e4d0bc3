using System.Diagnostics;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>Fresh keys of one of the peer's sets: times key switch and bootstrap apart, as the peer's program does.</summary>
internal sealed unsafe class PbsSubject : IDisposable
{
    private const int Batch = 8;
    private const double BudgetMs = 600.0;
    private readonly LookupSubject _subject;

    internal PbsSubject(PeerSet set) => _subject = new LookupSubject(set.Parameters(), set.Bits);

    private LookupClassKey Class => _subject.Key.Classes[0];

    private int LweSize => _subject.LweSize;

    /// <summary>Times everything once, within about two seconds at the small sets.</summary>
    internal PbsTimes Measure()
    {
        using NativeBuffer<ulong> inputs = _subject.Encrypt(Batch);
        (List<double> ks, List<double> pbs) = MeasureSingle(inputs);
        int threads = Environment.ProcessorCount;
        double single = ks.Median() + pbs.Median();
        int count = threads * Batch * Math.Max(1, (int)(BudgetMs / single / Batch));
        return new PbsTimes(
            pbs.Median(),
            pbs.Fast(),
            MeasureInCache(),
            ks.Median(),
            ks.Fast(),
            MeasureKeySwitchBatch(inputs),
            1e3 / _subject.TimeBatch(count, threads, 0.0),
            _subject.TwoCoreRatio(2 * Batch, BudgetMs),
            _subject.KeyGenerationS,
            _subject.Wrong
        );
    }

    public void Dispose() => _subject.Dispose();

    private (List<double> KsMs, List<double> PbsMs) MeasureSingle(NativeBuffer<ulong> inputs)
    {
        int n = Class.Lookup.SmallDimension;
        int logModulus = CenteredModulusSwitch.LogModulus(Class.Big, Class.Lookup);
        using NativeBuffer<ulong> outputs = new((long)Batch * LweSize);
        using IKeySwitcher switcher = Class.KeySwitch.Open(1);
        using BatchRotation rotation = new(Class, 1);
        using NativeBuffer<ulong> small = new(n + 1);
        int[] switched = new int[n + 1];
        List<double> ks = [];
        List<double> pbs = [];
        long begin = Stopwatch.GetTimestamp();
        while (ks.Count < Batch || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < BudgetMs)
        {
            long index = ks.Count % Batch;
            long start = Stopwatch.GetTimestamp();
            switcher.Switch(inputs.Pointer + index * LweSize, 1, small.Pointer);
            ks.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            CenteredModulusSwitch.Switch(small.Slice(0, n + 1), logModulus, switched);
            rotation.Run(switched, _subject.Tables, [0], outputs.Pointer + index * LweSize, CancellationToken.None);
            pbs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        _subject.Check(outputs, Batch);
        return (ks, pbs);
    }

    /// <summary>As many external products as a bootstrap has, all with one key element, which stays in the cache; milliseconds.</summary>
    private double MeasureInCache()
    {
        BlindRotator rotator = Class.Rotator;
        int size = rotator.PolynomialSize;
        using NativeBuffer<ulong> body = new(size);
        using NativeBuffer<ulong> accumulator = new(rotator.AccumulatorLength);
        using NativeBuffer<double> scratch = new(rotator.PairScratchLength);
        int words = Class.Lookup.WordsPerStep;
        _subject.Tables.FillRotated(0, int.Log2(size), 0, 0, 1, body.Slice(0, size));
        rotator.SetTrivial(accumulator.Pointer, body.Pointer);
        double* element = words == 1 ? Class.Element(0) : Class.Pair(0);
        List<double> times = [];
        for (int run = 0; run < Batch; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int word = 1; word <= Class.Lookup.SmallDimension; word += words)
            {
                int rotation = (word * 613 & (2 * size - 1)) | 1;
                if (words == 1)
                    rotator.AddExternalProduct(accumulator.Pointer, accumulator.Pointer, rotation, element, element, scratch.Pointer);
                else
                    rotator.AddPairProduct(accumulator.Pointer, rotation, rotation ^ 2, element, element, 0, scratch.Pointer);
            }
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return times.Median();
    }

    private double MeasureKeySwitchBatch(NativeBuffer<ulong> inputs)
    {
        using IKeySwitcher switcher = Class.KeySwitch.Open(Batch);
        using NativeBuffer<ulong> small = new((long)Batch * (Class.Lookup.SmallDimension + 1));
        List<double> times = [];
        for (int i = 0; i < 8; i++)
        {
            long start = Stopwatch.GetTimestamp();
            switcher.Switch(inputs.Pointer, Batch, small.Pointer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Batch);
        }
        return times.Median();
    }
}
