namespace ConcreteMl.Tfhe.Programs;

/// <summary>The tables of several lookups at one operand, numbered together, and which of them serve which ciphertext.</summary>
internal sealed class TableNumbers
{
    private readonly LookupPlan[] _lookups;
    private readonly int[] _first;
    private readonly bool _isUniform;

    internal TableNumbers(LookupPlan[] lookups)
    {
        _lookups = lookups;
        _first = new int[lookups.Length];
        _isUniform = lookups.All(one => one.IsUniform);
        for (int i = 0; i < lookups.Length; i++)
        {
            _first[i] = Tables.Count;
            for (int table = 0; table < lookups[i].Tables; table++)
                Tables.Add(lookups[i].Words(table), lookups[i].Step.Codes);
        }
    }

    /// <summary>Number of lookups.</summary>
    internal int Each => _lookups.Length;

    /// <summary>Their class.</summary>
    internal int Class => _lookups[0].Class;

    /// <summary>The tables.</summary>
    internal LookupTables Tables { get; } = new();

    /// <summary>
    /// The tables of ciphertexts <paramref name="first"/> and on, one ciphertext after the other, where an element has
    /// <paramref name="lanes"/> of them; of one ciphertext where all take the same.
    /// </summary>
    internal int[] Of(long first, int count, int lanes)
    {
        int each = _lookups.Length;
        int[] numbers = new int[_isUniform ? each : count * each];
        for (int i = 0; i < numbers.Length; i++)
        {
            int lookup = i % each;
            numbers[i] = _first[lookup] + _lookups[lookup].TableOf((int)((first + i / each) / lanes));
        }
        return numbers;
    }
}
