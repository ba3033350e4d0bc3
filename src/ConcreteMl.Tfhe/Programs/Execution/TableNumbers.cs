namespace ConcreteMl.Tfhe.Programs;

/// <summary>The tables of several lookups at one operand, numbered together, and which of them serve which ciphertext.</summary>
internal sealed class TableNumbers
{
    private readonly LookupPlan[] _lookups;
    private readonly int[] _first;
    private readonly int _lanes;
    private readonly bool _isUniform;

    /// <param name="lookups">The lookups.</param>
    /// <param name="lanes">Ciphertexts of each element.</param>
    internal TableNumbers(LookupPlan[] lookups, int lanes)
    {
        _lookups = lookups;
        _lanes = lanes;
        _first = new int[lookups.Length];
        _isUniform = lookups.All(one => one.IsUniform);
        for (int i = 0; i < lookups.Length; i++)
        {
            _first[i] = Tables.Count;
            for (int table = 0; table < lookups[i].Tables; table++)
                Tables.Add(lookups[i].Words(table));
        }
    }

    /// <summary>The tables.</summary>
    internal LookupTables Tables { get; } = new();

    /// <summary>The tables of ciphertexts <paramref name="first"/> and on, one ciphertext after the other; of one where all take the same.</summary>
    internal int[] Of(long first, int count)
    {
        int each = _lookups.Length;
        int[] numbers = new int[_isUniform ? each : count * each];
        for (int i = 0; i < numbers.Length; i++)
        {
            int lookup = i % each;
            numbers[i] = _first[lookup] + _lookups[lookup].TableOf((int)((first + i / each) / _lanes));
        }
        return numbers;
    }
}
