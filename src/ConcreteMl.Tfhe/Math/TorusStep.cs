namespace ConcreteMl.Tfhe;

/// <summary>
/// How codes lie on the torus: half a turn has room for 2^p of them, or for fewer where fewer occur, whose boxes are wider and bear more
/// noise. Code c has the phase c times <see cref="Word"/>, and codes wrap modulo twice their number.
/// </summary>
/// <param name="Bits">Width p, at least 1.</param>
/// <param name="Codes">Codes of half a turn, even and below 2^p; 0 for a whole width, which has 2^p.</param>
public readonly record struct TorusStep(int Bits, int Codes)
{
    /// <summary>The widest codes whose number may be another than 2^p.</summary>
    public const int WidestPartial = 24;

    /// <summary>log2 of the least cells of a box where borders of boxes lie between cells.</summary>
    private const int LogPartialCells = 6;

    private const ulong Quarter = 1UL << 62;
    private const ulong HalfTurn = 1UL << 63;

    /// <summary>Codes of a whole turn, modulo which they wrap.</summary>
    public long Turn => IsWhole ? 2L << Bits : 2L * Codes;

    /// <summary>Whether half a turn has 2^p codes.</summary>
    public bool IsWhole => Codes == 0;

    /// <summary>Whether the number of codes is within its bounds.</summary>
    public bool IsLegal => IsWhole || Bits <= WidestPartial && Codes > 0 && Codes < 1 << Bits && Codes % 2 == 0;

    /// <summary>The phase of code 1, to the nearest word.</summary>
    public ulong Word => IsWhole ? 1UL << (63 - Bits) : (HalfTurn + ((ulong)Codes >> 1)) / (ulong)Codes;

    /// <summary>
    /// log2 of the least size of a test polynomial that serves such codes: a box of a whole width has two cells, and others 64, because their
    /// borders are moved to the nearest cell's.
    /// </summary>
    public int LeastLogSize => Bits + (IsWhole ? 1 : LogPartialCells);

    /// <summary>
    /// How much further a phase may be off than with a whole width: boxes are wider by 2^p over the number of codes, less the half cell by which
    /// a border is moved.
    /// </summary>
    public double Widening => IsWhole ? 1.0 : (double)(1 << Bits) / Codes * (1.0 - 1.0 / (1 << LogPartialCells));

    /// <summary>The phase of a code.</summary>
    public ulong Encode(long code) => (ulong)code * Word;

    /// <summary>The nearest code of a noisy phase, both taken as signed: the lower half of the turn has the codes from -E on.</summary>
    public long Decode(ulong phase)
    {
        if (IsWhole)
            return Torus.DecodeSigned(phase, Bits);
        Int128 doubled = ((Int128)(long)phase * Codes >> 62) + 1;
        long code = (long)(doubled >> 1);
        return code == Codes ? -code : code;
    }

    /// <summary>
    /// The position in [0, 2^(p+1)) of a noisy phase among the boxes of a table: i for code i − 2^(p−1), and i + 2^p half a turn later, where
    /// negated entries are read.
    /// </summary>
    public int Position(ulong phase)
    {
        ulong moved = phase + Quarter + (Word >> 1);
        return IsWhole ? (int)(moved >> (63 - Bits)) : PositionOfBox((int)((UInt128)moved * (uint)Codes >> 63));
    }

    /// <summary>
    /// The same for a cell of a switched phase that was moved by a quarter turn, where a turn has 2^(<paramref name="logSize"/> + 1) cells;
    /// <paramref name="logSize"/> is at least <see cref="LeastLogSize"/>. A cell counts where its middle lies.
    /// </summary>
    public int PositionOfCell(int cell, int logSize)
    {
        cell &= (2 << logSize) - 1;
        if (IsWhole)
            return ((cell + (1 << (logSize - Bits) >> 1)) & ((2 << logSize) - 1)) >> (logSize - Bits);
        int box = (int)(((2L * cell + 1) * Codes + (1L << logSize)) >> (logSize + 1));
        return PositionOfBox(box == 2 * Codes ? 0 : box);
    }

    /// <summary>Boxes are numbered from the lowest code's on, over a whole turn.</summary>
    private int PositionOfBox(int box)
    {
        bool isNegated = box >= Codes;
        int code = (isNegated ? box - Codes : box) - (Codes >> 1);
        return code + (1 << (Bits - 1)) + (isNegated ? 1 << Bits : 0);
    }
}
