using System.Diagnostics;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>
/// Fresh keys of one parameter set with encrypted inputs of one width: times lookups (key switch, modulus switch, blind
/// rotation, extraction) and decrypts and checks every result of the last call of each kind.
/// </summary>
internal sealed unsafe class LookupSubject : IDisposable
{
    private const int DistinctInputs = 8;
    private const int LeastRuns = 3;

    // odd: goes through every code of a width
    private const int Stride = 24_571;
    private readonly int _bits;
    private readonly int _resultBits;
    private readonly ClientKey _client;
    private readonly LookupTables _tables = new();

    internal LookupSubject(ParameterSet parameters, int bits, int? resultBits = null)
    {
        _bits = bits;
        _resultBits = resultBits ?? bits;
        _client = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        long start = Stopwatch.GetTimestamp();
        Key = KeyGenerator.CreateEvaluationKey(_client);
        KeyGenerationS = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _tables.Add([.. Enumerable.Range(0, 1 << bits).Select(code => Torus.Encode(Output(code), _resultBits))]);
    }

    /// <summary>The evaluation key.</summary>
    internal EvaluationKey Key { get; }

    /// <summary>Making the evaluation key, ready to use, on all cores; seconds.</summary>
    internal double KeyGenerationS { get; }

    /// <summary>Bytes of the evaluation key as it is stored or sent.</summary>
    internal long SeededBytes => SeededEvaluationKey.ByteCountOf(Key.Parameters);

    /// <summary>Results so far that decrypted to another code than the table's.</summary>
    internal int Wrong { get; private set; }

    /// <summary>The one table.</summary>
    internal LookupTables Tables => _tables;

    /// <summary>Words of a ciphertext.</summary>
    internal int LweSize => Key.Parameters.BigKey.LweSize;

    /// <summary>One lookup at a time on <paramref name="threads"/> cores: median and 10th percentile, milliseconds.</summary>
    internal (double MedianMs, double FastMs) TimeSingle(int threads, double budgetMs)
    {
        using NativeBuffer<ulong> inputs = Encrypt(DistinctInputs);
        using NativeBuffer<ulong> outputs = new((long)DistinctInputs * LweSize);
        Run(inputs.Pointer, 1, outputs.Pointer, threads);
        List<double> times = [];
        long begin = Stopwatch.GetTimestamp();
        while (times.Count < LeastRuns || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < budgetMs)
        {
            long offset = (long)(times.Count % DistinctInputs) * LweSize;
            times.Add(Run(inputs.Pointer + offset, 1, outputs.Pointer + offset, threads));
        }
        Check(outputs, Math.Min(times.Count, DistinctInputs));
        return (times.Median(), times.Fast());
    }

    /// <summary>A batch on <paramref name="threads"/> cores: milliseconds a lookup, the median of as many batches as the budget holds.</summary>
    internal double TimeBatch(int count, int threads, double budgetMs)
    {
        using NativeBuffer<ulong> inputs = Encrypt(count);
        using NativeBuffer<ulong> outputs = new((long)count * LweSize);
        List<double> times = [];
        long begin = Stopwatch.GetTimestamp();
        while (times.Count == 0 || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < budgetMs)
            times.Add(Run(inputs.Pointer, count, outputs.Pointer, threads) / count);
        Check(outputs, count);
        return times.Median();
    }

    /// <summary>Throughput of one batch on two threads over that on one: the median of alternated pairs of runs.</summary>
    internal double TwoCoreRatio(int count, double budgetMs)
    {
        using NativeBuffer<ulong> inputs = Encrypt(count);
        using NativeBuffer<ulong> outputs = new((long)count * LweSize);
        List<double> ratios = [];
        long begin = Stopwatch.GetTimestamp();
        while (ratios.Count == 0 || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < budgetMs)
        {
            double one = Run(inputs.Pointer, count, outputs.Pointer, 1);
            ratios.Add(one / Run(inputs.Pointer, count, outputs.Pointer, 2));
        }
        Check(outputs, count);
        return ratios.Median();
    }

    /// <summary>Ciphertexts of codes that go round the whole range.</summary>
    internal NativeBuffer<ulong> Encrypt(int count)
    {
        NativeBuffer<ulong> words = new((long)count * LweSize);
        ulong[] phases = [.. Enumerable.Range(0, count).Select(i => Torus.Encode(Input(i), _bits))];
        SeededLweCiphertexts fresh = _client.EncryptSeeded(phases);
        for (int i = 0; i < count; i++)
            fresh.ExpandOne(i, words.Slice((long)i * LweSize, LweSize));
        return words;
    }

    /// <summary>Decrypts the results of the first <paramref name="count"/> inputs of <see cref="Encrypt"/> and counts the wrong ones.</summary>
    internal void Check(NativeBuffer<ulong> results, int count)
    {
        ulong[] phase = new ulong[1];
        for (int i = 0; i < count; i++)
        {
            _client.DecryptPhases(results.Slice((long)i * LweSize, LweSize), phase);
            if (Torus.DecodeSigned(phase[0], _resultBits) != Output(Input(i)))
                Wrong++;
        }
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        Key.Dispose();
        _client.Dispose();
    }

    private double Run(ulong* inputs, int count, ulong* outputs, int threads)
    {
        long start = Stopwatch.GetTimestamp();
        Bootstrapper.Run(Key, 0, inputs, count, _tables, [0], outputs, threads, CancellationToken.None);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private int Input(int index) => index * Stride & ((1 << _bits) - 1);

    private long Output(int code) => ((code * 37 + (code >> 5) + 11) & ((1 << _resultBits) - 1)) - (1 << _resultBits >> 1);
}
