namespace ConcreteMl.Tfhe;

/// <summary>
/// Programmable bootstrapping of batches: key switch to the class's small key, centered modulus switch, blind rotation
/// of the table, sample extraction. Inputs and outputs are flat arrays of ciphertexts of kN + 1 words under the big key.
/// </summary>
public static unsafe class Bootstrapper
{
    private const int LargestChunk = 8;

    /// <summary>
    /// Looks up table <paramref name="tableOf"/>[i] at input i, for <paramref name="count"/> inputs, on
    /// <paramref name="threads"/> cores. Outputs may be the inputs' own memory.
    /// </summary>
    /// <param name="key">Evaluation key of the client that encrypted the inputs.</param>
    /// <param name="lookupClass">Index of the class in the parameter set.</param>
    /// <param name="inputs">count * (kN + 1) words.</param>
    /// <param name="count">Number of lookups.</param>
    /// <param name="tables">The distinct tables.</param>
    /// <param name="tableOf">Number of each lookup's table; of length 1 when all take the same.</param>
    /// <param name="outputs">count * (kN + 1) words.</param>
    /// <param name="threads">Number of cores to use, at least 1.</param>
    /// <param name="cancellation">Observed within a few milliseconds; outputs are then incomplete.</param>
    /// <exception cref="ArgumentException">A length, class or table number does not fit.</exception>
    public static void Run(
        EvaluationKey key,
        int lookupClass,
        ReadOnlyMemory<ulong> inputs,
        int count,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        Memory<ulong> outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        long words = (long)count * key.Parameters.BigKey.LweSize;
        if (inputs.Length < words || outputs.Length < words)
            throw new ArgumentException($"{count} lookups take {words} words in and out");
        using var source = inputs.Pin();
        using var destination = outputs.Pin();
        Run(key, lookupClass, (ulong*)source.Pointer, count, tables, tableOf, (ulong*)destination.Pointer, threads, cancellation);
    }

    /// <summary>The same on unmanaged memory.</summary>
    public static void Run(
        EvaluationKey key,
        int lookupClass,
        ulong* inputs,
        int count,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        ulong* outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        using Lifetime.Use use = key.Use();
        Run(key.Classes[lookupClass], inputs, count, tables, tableOf, outputs, threads, cancellation);
    }

    /// <summary>The same for a caller that keeps the key's memory.</summary>
    internal static void Run(
        LookupClassKey one,
        ulong* inputs,
        int count,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        ulong* outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        int[] choice = CheckTables(one, count, 1, tables, tableOf);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (count > 0 && count < threads && TeamRotation.Pays(one.Lookup))
            RunByTeam(one, inputs, tables, choice, outputs, threads, cancellation);
        else if (count > 0)
            RunChunks(one, inputs, count, tables, choice, outputs, threads, cancellation);
    }

    /// <summary>
    /// Looks up <paramref name="each"/> tables at every input. An ordinary bootstrap gives all results of an input by one
    /// blind rotation: with each at most 2^t the modulus switch goes to 2N / 2^t, whose noise must be allowed for, and the
    /// results share their noise in part. Extended bootstraps share the key switch and rotate table by table.
    /// </summary>
    /// <param name="key">Evaluation key of the client that encrypted the inputs.</param>
    /// <param name="lookupClass">Index of the class in the parameter set.</param>
    /// <param name="inputs">count * (kN + 1) words, apart from the outputs.</param>
    /// <param name="count">Number of inputs.</param>
    /// <param name="tables">The distinct tables.</param>
    /// <param name="tableOf">The numbers of each input's tables, one input after the other; of length each when all take the same.</param>
    /// <param name="each">Tables an input, at least 1.</param>
    /// <param name="outputs">count * each * (kN + 1) words, the results of an input after one another.</param>
    /// <param name="threads">Number of cores to use, at least 1.</param>
    /// <param name="cancellation">Observed within a few milliseconds; outputs are then incomplete.</param>
    /// <exception cref="ArgumentException">A length, class or table number does not fit, or so many tables do not fit N.</exception>
    public static void RunMany(
        EvaluationKey key,
        int lookupClass,
        ReadOnlyMemory<ulong> inputs,
        int count,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        int each,
        Memory<ulong> outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(each, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        long words = (long)count * key.Parameters.BigKey.LweSize;
        if (inputs.Length < words || outputs.Length < words * each)
            throw new ArgumentException($"{count} lookups of {each} tables take {words} words in and {words * each} out");
        using var source = inputs.Pin();
        using var destination = outputs.Pin();
        ulong* from = (ulong*)source.Pointer;
        RunMany(key, lookupClass, from, count, tables, tableOf, each, (ulong*)destination.Pointer, threads, cancellation);
    }

    /// <summary>The same on unmanaged memory.</summary>
    public static void RunMany(
        EvaluationKey key,
        int lookupClass,
        ulong* inputs,
        int count,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        int each,
        ulong* outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        using Lifetime.Use use = key.Use();
        RunMany(key.Classes[lookupClass], inputs, count, tables, tableOf, each, outputs, threads, cancellation);
    }

    /// <summary>The same for a caller that keeps the key's memory.</summary>
    internal static void RunMany(
        LookupClassKey one,
        ulong* inputs,
        int count,
        LookupTables tables,
        ReadOnlySpan<int> tableOf,
        int each,
        ulong* outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(each, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        int[] choice = CheckTables(one, count, each, tables, tableOf);
        if (count > 0)
            RunChunks(one, inputs, count, tables, choice, outputs, threads, cancellation);
    }

    /// <summary>The most lookups of a batch of <paramref name="count"/>, at least 1, that one of <paramref name="threads"/> cores gets.</summary>
    public static int LargestShare(int count, int threads) => (count + threads - 1) / threads;

    private static void RunChunks(
        LookupClassKey key,
        ulong* inputs,
        int count,
        LookupTables tables,
        int[] tableOf,
        ulong* outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        int each = tableOf.Length / count;
        int chunks = Chunks(count, threads);
        int size = key.Big.LweSize;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(
            0,
            chunks,
            options,
            () => BootstrapWorker.Of(key, (count + chunks - 1) / chunks),
            (index, _, worker) =>
            {
                int first = ChunkStart(index, chunks, count);
                int length = ChunkStart(index + 1, chunks, count) - first;
                long offset = (long)first * size;
                ReadOnlySpan<int> chosen = tableOf.AsSpan(first * each, length * each);
                worker.Run(inputs + offset, tables, chosen, each, outputs + offset * each, cancellation);
                return worker;
            },
            worker => worker.Dispose()
        );
    }

    /// <summary>Chunks of at most the largest size and within one of each other, as many for every thread.</summary>
    private static int Chunks(int count, int threads)
    {
        int rounds = (count + threads * LargestChunk - 1) / (threads * LargestChunk);
        return Math.Min(count, threads * rounds);
    }

    private static int ChunkStart(int index, int chunks, int count) => (int)((long)index * count / chunks);

    /// <summary>Fewer lookups than threads: one after the other, each spread over all threads.</summary>
    private static void RunByTeam(
        LookupClassKey key,
        ulong* inputs,
        LookupTables tables,
        int[] tableOf,
        ulong* outputs,
        int threads,
        CancellationToken cancellation
    )
    {
        int smallSize = key.Lookup.SmallDimension + 1;
        int bigSize = key.Big.LweSize;
        using IKeySwitcher switcher = key.KeySwitch.Open(tableOf.Length);
        using TeamRotation team = new(key, threads);
        using NativeBuffer<ulong> small = new((long)smallSize * tableOf.Length);
        switcher.Switch(inputs, tableOf.Length, small.Pointer);
        int[] switched = new int[smallSize];
        for (int i = 0; i < tableOf.Length; i++)
        {
            CenteredModulusSwitch.Switch(small.Slice((long)i * smallSize, smallSize), key.Big, key.Lookup, switched);
            team.Run(switched, tables, tableOf[i], new Span<ulong>(outputs + (long)i * bigSize, bigSize), cancellation);
        }
    }

    private static int[] CheckTables(LookupClassKey key, int count, int each, LookupTables tables, ReadOnlySpan<int> tableOf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (tableOf.Length != count * each && tableOf.Length != each)
            throw new ArgumentException($"{count} lookups of {each} tables with {tableOf.Length} table numbers", nameof(tableOf));
        int logSize = CenteredModulusSwitch.LogModulus(key.Big, key.Lookup, each) - 1;
        int full = CenteredModulusSwitch.LogModulus(key.Big, key.Lookup) - 1;
        foreach (int table in tableOf)
        {
            if ((uint)table >= (uint)tables.Count)
                throw new ArgumentException($"table {table} of {tables.Count}", nameof(tableOf));
            if (key.Lookup.Wide is not null)
                CheckWide(tables, table, tables.InputBits(tableOf[0]), full);
            else if (tables.Step(table).LeastLogSize > logSize)
                throw new ArgumentException(
                    $"{each} tables of {tables.InputBits(table)} input bits do not fit N * 2^nu = 2^{full}",
                    nameof(tables)
                );
        }
        int[] choice = new int[count * each];
        for (int i = 0; i < choice.Length; i++)
            choice[i] = tableOf[i % tableOf.Length];
        return choice;
    }

    /// <summary>Wide lookups read all their tables by the same bits, and their codes at the class's modulus.</summary>
    private static void CheckWide(LookupTables tables, int table, int bits, int logSize)
    {
        if (bits is < 1 or > LookupClassParameters.MostWideBits || tables.Step(table) != new TorusStep(bits, 0))
            throw new ArgumentException(
                $"a table of {tables.InputBits(table)} input bits beside one of {bits} in a wide lookup class, which takes 1 to {LookupClassParameters.MostWideBits}",
                nameof(tables)
            );
        if (tables.Grid(table).Bits >= logSize)
            throw new ArgumentException($"the entries of table {table} do not fit N * 2^nu = 2^{logSize}", nameof(tables));
    }
}
