namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// A value in memory: one row of words per element. A row holds all lanes (samples) of its element, each of one word (a phase)
/// or of kN + 1 (a ciphertext). Counted references free it as soon as no value needs it.
/// </summary>
internal sealed unsafe class RowTensor : IDisposable
{
    private readonly NativeBuffer<ulong> _words;
    private int _references = 1;

    /// <summary>Allocates zeroed rows.</summary>
    internal RowTensor(int count, int rowWords)
    {
        Count = count;
        RowWords = rowWords;
        _words = new NativeBuffer<ulong>((long)count * rowWords);
        Pointer = _words.Pointer;
    }

    /// <summary>Elements.</summary>
    internal int Count { get; }

    /// <summary>Words of one row.</summary>
    internal int RowWords { get; }

    /// <summary>Words of all rows.</summary>
    internal long Length => (long)Count * RowWords;

    /// <summary>First word.</summary>
    internal ulong* Pointer { get; }

    /// <summary>Whether one value alone owns the memory, so that it may be overwritten.</summary>
    internal bool IsExclusive => _references == 1;

    /// <summary>First word of a row.</summary>
    internal ulong* Row(long row) => Pointer + row * RowWords;

    /// <summary>The words of a row.</summary>
    internal Span<ulong> Words(int row) => new(Row(row), RowWords);

    /// <summary>One more value owns the memory.</summary>
    internal RowTensor Share()
    {
        _references++;
        return this;
    }

    /// <summary>One value less owns the memory; the last one frees it.</summary>
    public void Dispose()
    {
        if (--_references == 0)
            _words.Dispose();
    }
}
