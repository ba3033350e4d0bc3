namespace ConcreteMl.Tfhe.Programs;

/// <summary>A lookup ready to run: entries as torus words, and the table of each element.</summary>
internal sealed class LookupPlan
{
    private readonly TableSet _set;
    private readonly ulong[] _words;
    private readonly ElementConstants _tableOf;
    private readonly Lazy<EntryGrid[]> _grids;
    private readonly Lazy<LookupTables> _prepared;

    internal LookupPlan(TfheProgram program, Lookup instruction)
    {
        _set = program.Tables[instruction.TableSet];
        TorusStep result = program.Values[instruction.Result].Step;
        _words = [.. _set.Entries.Select(result.Encode)];
        Step = program.Values[instruction.Operand].Step;
        int[] shape = program.Values[instruction.Operand].Shape;
        _tableOf = new ElementConstants(program.Constants[instruction.IndexConstant], instruction.IndexShape, shape);
        Class = instruction.Class;
        _grids = new Lazy<EntryGrid[]>(() => [.. Enumerable.Range(0, _set.Count).Select(table => EntryGrid.Of(Words(table)))]);
        _prepared = new Lazy<LookupTables>(Prepare);
    }

    /// <summary>Width p of the operand.</summary>
    internal int InputBits => _set.InputBits;

    /// <summary>How the operand's codes lie on the torus.</summary>
    internal TorusStep Step { get; }

    /// <summary>The grid of a table's entries, for wide lookups.</summary>
    internal EntryGrid Grid(int table) => _grids.Value[table];

    /// <summary>The tables as bootstraps read them, under the numbers that they have here; made once for all keys and ranges.</summary>
    internal LookupTables Prepared => _prepared.Value;

    /// <summary>Number of tables.</summary>
    internal int Tables => _set.Count;

    /// <summary>Lookup class.</summary>
    internal int Class { get; }

    /// <summary>Whether one table serves every element.</summary>
    internal bool IsUniform => _tableOf.IsUniform;

    /// <summary>The table of an element.</summary>
    internal int TableOf(int element) => (int)_tableOf[element];

    /// <summary>The 2^p words of a table.</summary>
    internal ReadOnlySpan<ulong> Words(int table) => _words.AsSpan(table << InputBits, 1 << InputBits);

    /// <summary>The table position u in [0, 2^(p+1)) whose box holds a phase; positions from 2^p up are range overflows.</summary>
    internal int Position(ulong phase) => Step.Position(phase);

    /// <summary>What the negacyclic table holds at position u: its entry, or the negation half a turn later.</summary>
    internal ulong Read(int table, int position)
    {
        int size = 1 << InputBits;
        ReadOnlySpan<ulong> words = Words(table);
        return position < size ? words[position] : 0 - words[position - size];
    }

    private LookupTables Prepare()
    {
        LookupTables tables = new();
        for (int table = 0; table < Tables; table++)
            tables.Add(Words(table), Step.Codes);
        return tables;
    }
}
