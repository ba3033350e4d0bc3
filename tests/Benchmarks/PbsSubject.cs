using System.Diagnostics;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>Fresh keys of one set and the encrypted inputs to time lookups on; every timed result is decrypted and checked.</summary>
internal sealed unsafe class PbsSubject : IDisposable
{
    private const int Batch = 8;
    private const double BudgetMs = 600.0;
    private readonly PeerSet _set;
    private readonly ClientKey _client;
    private readonly EvaluationKey _key;
    private readonly double _keyGenerationS;
    private readonly LookupTables _tables = new();

    internal PbsSubject(PeerSet set)
    {
        _set = set;
        _client = ClientKey.Generate(set.Parameters(), SeedSource.OperatingSystem);
        long start = Stopwatch.GetTimestamp();
        _key = KeyGenerator.CreateEvaluationKey(_client);
        _keyGenerationS = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _tables.Add([.. Enumerable.Range(0, 1 << set.Bits).Select(code => Torus.Encode(Output(code), set.Bits))]);
    }

    private LookupClassKey Class => _key.Classes[0];

    private int LweSize => Class.Big.LweSize;

    /// <summary>Times everything once, within about two seconds at the small sets.</summary>
    internal PbsTimes Measure()
    {
        using NativeBuffer<ulong> inputs = Encrypt(Batch);
        using NativeBuffer<ulong> outputs = new((long)Batch * LweSize);
        int wrong = 0;
        (double ks, double pbs, double fast) = MeasureSingle(inputs, outputs, ref wrong);
        double batch = MeasureKeySwitchBatch(inputs);
        double perSecond = MeasureThroughput(pbs + ks, ref wrong);
        return new PbsTimes(pbs, fast, ks, batch, perSecond, _keyGenerationS, wrong);
    }

    public void Dispose()
    {
        _key.Dispose();
        _client.Dispose();
    }

    private (double KsMs, double PbsMs, double PbsFastMs) MeasureSingle(
        NativeBuffer<ulong> inputs,
        NativeBuffer<ulong> outputs,
        ref int wrong
    )
    {
        int n = Class.Lookup.SmallDimension;
        int logModulus = CenteredModulusSwitch.LogModulus(Class.Big, Class.Lookup);
        using KeySwitcher switcher = new(Class.KeySwitch, 1);
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
            rotation.Run(switched, _tables, [0], outputs.Pointer + index * LweSize, CancellationToken.None);
            pbs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        wrong += CountWrong(outputs, Batch);
        return (Median(ks), Median(pbs), pbs[pbs.Count / 10]);
    }

    private double MeasureKeySwitchBatch(NativeBuffer<ulong> inputs)
    {
        using KeySwitcher switcher = new(Class.KeySwitch, Batch);
        using NativeBuffer<ulong> small = new((long)Batch * (Class.Lookup.SmallDimension + 1));
        List<double> times = [];
        for (int i = 0; i < 8; i++)
        {
            long start = Stopwatch.GetTimestamp();
            switcher.Switch(inputs.Pointer, Batch, small.Pointer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Batch);
        }
        return Median(times);
    }

    private double MeasureThroughput(double singleMs, ref int wrong)
    {
        int threads = Environment.ProcessorCount;
        int count = threads * Batch * Math.Max(1, (int)(BudgetMs / singleMs / Batch));
        using NativeBuffer<ulong> inputs = Encrypt(count);
        long start = Stopwatch.GetTimestamp();
        Bootstrapper.Run(_key, 0, inputs.Pointer, count, _tables, [0], inputs.Pointer, threads, CancellationToken.None);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        wrong += CountWrong(inputs, count);
        return count / seconds;
    }

    private NativeBuffer<ulong> Encrypt(int count)
    {
        NativeBuffer<ulong> words = new((long)count * LweSize);
        ulong[] phases = [.. Enumerable.Range(0, count).Select(i => Torus.Encode(Input(i), _set.Bits))];
        SeededLweCiphertexts fresh = _client.EncryptSeeded(phases);
        for (int i = 0; i < count; i++)
            fresh.ExpandOne(i, words.Slice((long)i * LweSize, LweSize));
        return words;
    }

    private int CountWrong(NativeBuffer<ulong> results, int count)
    {
        int wrong = 0;
        ulong[] phase = new ulong[1];
        for (int i = 0; i < count; i++)
        {
            _client.DecryptPhases(results.Slice((long)i * LweSize, LweSize), phase);
            if (Torus.DecodeUnsigned(phase[0], _set.Bits) != (ulong)Output(Input(i)))
                wrong++;
        }
        return wrong;
    }

    private int Input(int index) => index * 5 & ((1 << _set.Bits) - 1);

    private long Output(int code) => (code * 37 + 11) & ((1 << _set.Bits) - 1);

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
