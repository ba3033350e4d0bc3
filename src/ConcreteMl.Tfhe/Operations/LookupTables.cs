using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The distinct tables of a batch of lookups, as torus words per input code. Test polynomials are formed while an
/// accumulator is filled, so that many tables under a large extension cost no memory.
/// </summary>
public sealed class LookupTables
{
    private readonly List<Entry> _entries = [];

    /// <summary>Number of tables.</summary>
    public int Count => _entries.Count;

    /// <summary>
    /// Adds a table of 2^p output words, already encoded on the torus, for unsigned input codes 0 to 2^p - 1 with one
    /// padding bit above them; boxes are centred on the codes. Returns the table's number.
    /// </summary>
    /// <exception cref="ArgumentException">The number of entries is no power of two.</exception>
    public int Add(ReadOnlySpan<ulong> outputs) => Add(outputs, 0);

    /// <summary>
    /// The same where half a turn has room for <paramref name="codes"/> codes only, 0 for all (<see cref="TorusStep"/>): entry 2^(p-1) stays at
    /// the quarter turn, and the outermost entries have no box.
    /// </summary>
    /// <exception cref="ArgumentException">The number of entries is no power of two, or that of codes is out of bounds.</exception>
    public int Add(ReadOnlySpan<ulong> outputs, int codes)
    {
        if (!BitOperations.IsPow2(outputs.Length))
            throw new ArgumentException($"a table has 2^p entries, met {outputs.Length}", nameof(outputs));
        TorusStep step = new(BitOperations.Log2((uint)outputs.Length), codes);
        if (!step.IsLegal)
            throw new ArgumentException($"{codes} codes of {step.Bits} bits", nameof(codes));
        _entries.Add(new Entry(outputs.ToArray(), step, Centred: true));
        return _entries.Count - 1;
    }

    /// <summary>
    /// Adds the constant test polynomial: the result is <paramref name="output"/> for phases in [0, 1/2) and its negation
    /// for the others (a sign, as bit extraction needs). Returns the table's number.
    /// </summary>
    public int AddConstant(ulong output)
    {
        _entries.Add(new Entry([output], new TorusStep(0, 0), Centred: false));
        return _entries.Count - 1;
    }

    /// <summary>
    /// Expands table <paramref name="table"/> to a test polynomial of 2^<paramref name="logSize"/> coefficients.
    /// </summary>
    public ulong[] Expand(int table, int logSize)
    {
        ulong[] polynomial = new ulong[1 << logSize];
        FillRotated(table, logSize, 0, 0, 1, polynomial);
        return polynomial;
    }

    /// <summary>Input bits p of table <paramref name="table"/>; 0 for a constant.</summary>
    internal int InputBits(int table) => _entries[table].Step.Bits;

    /// <summary>How the input codes of table <paramref name="table"/> lie on the torus.</summary>
    internal TorusStep Step(int table) => _entries[table].Step;

    /// <summary>The entries of table <paramref name="table"/> by input code.</summary>
    internal ReadOnlySpan<ulong> Outputs(int table) => _entries[table].Outputs;

    /// <summary>The grid that the entries of table <paramref name="table"/> lie on.</summary>
    internal EntryGrid Grid(int table) => _entries[table].Grid.Value;

    /// <summary>
    /// Writes coefficients first, first + stride, first + 2 stride, ... of X^-rotation times the test polynomial of size
    /// 2^logSize.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void FillRotated(int table, int logSize, int rotation, int first, int stride, Span<ulong> destination)
    {
        Entry entry = _entries[table];
        int boxes = entry.Outputs.Length;
        if (!entry.Step.IsWhole)
        {
            int cell = first + rotation;
            for (int i = 0; i < destination.Length; i++, cell += stride)
            {
                int box = entry.Step.PositionOfCell(cell, logSize);
                destination[i] = box < boxes ? entry.Outputs[box] : 0 - entry.Outputs[box - boxes];
            }
            return;
        }
        int logBox = logSize - entry.Step.Bits;
        int mask = (2 << logSize) - 1;
        int position = first + rotation + (entry.Centred ? 1 << logBox >> 1 : 0);
        for (int i = 0; i < destination.Length; i++, position += stride)
        {
            int box = (position & mask) >> logBox;
            destination[i] = box < boxes ? entry.Outputs[box] : 0 - entry.Outputs[box - boxes];
        }
    }

    /// <summary>
    /// Interleaves the test polynomials of <paramref name="chosen"/> tables, times X^-rotation: with 2^t the least power of two
    /// that is no smaller than their number, coefficient 2^t * j + i is coefficient j of table i's polynomial of size N / 2^t.
    /// The rotation is a multiple of 2^t; <paramref name="destination"/> has N words.
    /// </summary>
    internal void FillInterleaved(ReadOnlySpan<int> chosen, int rotation, Span<ulong> destination)
    {
        int logSize = BitOperations.Log2((uint)destination.Length);
        int spread = LogSpread(chosen.Length);
        if (spread == 0)
        {
            FillRotated(chosen[0], logSize, rotation, 0, 1, destination);
            return;
        }
        destination.Clear();
        ulong[] one = new ulong[destination.Length >> spread];
        for (int i = 0; i < chosen.Length; i++)
        {
            FillRotated(chosen[i], logSize - spread, rotation >> spread, 0, 1, one);
            for (int j = 0; j < one.Length; j++)
                destination[(j << spread) + i] = one[j];
        }
    }

    /// <summary>t, the bits of the modulus that <paramref name="each"/> interleaved tables take.</summary>
    internal static int LogSpread(int each) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)each));

    private sealed record Entry(ulong[] Outputs, TorusStep Step, bool Centred)
    {
        internal Lazy<EntryGrid> Grid { get; } = new(() => EntryGrid.Of(Outputs));
    }
}
