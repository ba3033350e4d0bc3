namespace ConcreteMl.Tfhe;

/// <summary>
/// What the rows of a key-switching key look like: for each element (an input coefficient, or an input polynomial in the Fourier domain)
/// and level, mask words and then body words.
/// </summary>
/// <param name="MaskWords">n of an LWE key; M in the Fourier domain; k'N' of a packing key.</param>
/// <param name="BodyWords">1 of an LWE key; M in the Fourier domain; N' of a packing key.</param>
/// <param name="Gadget">Decomposition of the input.</param>
/// <param name="IsNarrow">Whether words have 32 bits.</param>
internal readonly record struct KeySwitchShape(int MaskWords, int BodyWords, GadgetDecomposition Gadget, bool IsNarrow)
{
    /// <summary>The shape under a key of this noise: 32-bit words where the digits fit them and the noise hides the rounding.</summary>
    internal static KeySwitchShape Of(int maskWords, int bodyWords, GadgetDecomposition gadget, double standardDeviation) =>
        new(maskWords, bodyWords, gadget, gadget.Bits <= 32 && (standardDeviation == 0.0 || standardDeviation >= Math.Pow(2.0, -30)));

    /// <summary>Bits that are kept of a body word; 0: all of them.</summary>
    internal int BodyBits { get; init; }

    /// <summary>Bits of a word.</summary>
    internal int WordBits => IsNarrow ? 32 : 64;

    /// <summary>Bits of a body word as it is stored.</summary>
    internal int StoredBodyBits => BodyBits == 0 ? WordBits : BodyBits;

    /// <summary>Words of a row.</summary>
    internal int Columns => MaskWords + BodyWords;

    /// <summary>Bytes of a word.</summary>
    internal int WordBytes => IsNarrow ? sizeof(uint) : sizeof(ulong);

    /// <summary>Body words of one element, level after level.</summary>
    internal int BodiesPerIndex => Gadget.Level * BodyWords;

    /// <summary>Blocks of generator output that the mask of one row takes.</summary>
    internal ulong BlocksPerRow => (ulong)((MaskWords + 16 / WordBytes - 1) / (16 / WordBytes));

    /// <summary>Bytes of the bodies of a whole key as they are stored and sent.</summary>
    internal long StoredBytes(int elements) => PackedBodies.BytesOf(elements, BodiesPerIndex, StoredBodyBits);

    /// <summary>Room for the bodies of a whole key.</summary>
    internal PackedBodies Bodies(int elements) => new(elements, BodiesPerIndex, WordBits, StoredBodyBits);

    /// <summary>Fills the mask of the row at <paramref name="level"/> from 0 on, narrow words at the top of 64 bits.</summary>
    internal void FillMask(AesCounterGenerator masks, ulong stream, int level, Span<ulong> mask)
    {
        ulong block = (ulong)level * BlocksPerRow;
        if (!IsNarrow)
        {
            masks.Fill(stream, block, mask);
            return;
        }
        Span<uint> halves = new uint[mask.Length];
        masks.Fill(stream, block, halves);
        for (int i = 0; i < mask.Length; i++)
            mask[i] = (ulong)halves[i] << 32;
    }

    /// <summary>Bytes of a whole key of rows in memory.</summary>
    internal long ExpandedBytes(int inputDimension) =>
        ((long)Columns * WordBytes + KeySwitchKey.TileBytes - 1)
        / KeySwitchKey.TileBytes
        * KeySwitchKey.TileBytes
        * inputDimension
        * Gadget.Level;
}
