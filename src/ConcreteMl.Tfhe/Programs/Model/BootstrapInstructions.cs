namespace ConcreteMl.Tfhe.Programs;

// The only instructions that are not linear: what they do costs bootstraps, and can fail with a bounded probability.

/// <summary>
/// Table lookup, element by element. With p the operand's width and u = (code + 2^(p−1)) mod 2^(p+1), the result is
/// table[u] when u &lt; 2^p and −table[u − 2^p] otherwise.
/// </summary>
/// <param name="Result">Value written; its width is the table set's output width.</param>
/// <param name="Operand">Value read; its width is the table set's input width.</param>
/// <param name="TableSet">Index of the table set.</param>
/// <param name="IndexConstant">Which table serves which element, row-major over <paramref name="IndexShape"/>.</param>
/// <param name="IndexShape">Broadcasts to the operand's shape; empty when one table serves all.</param>
/// <param name="Class">Lookup class of the parameters; ignored in programs without parameters.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Lookup(int Result, int Operand, int TableSet, int IndexConstant, int[] IndexShape, int Class, string Origin)
    : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>
/// Several lookups at one operand, which are decided together: an ordinary bootstrap gives all results of an element by one
/// blind rotation, an extended one by one key switch and a rotation each.
/// </summary>
/// <param name="Lookups">At least one; all name the same operand and class, each a table set and a result of its own.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record LookupMany(Lookup[] Lookups, string Origin) : Instruction(Lookups.Length == 0 ? -1 : Lookups[0].Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [.. Lookups.Take(1).Select(one => one.Operand)];

    /// <inheritdoc/>
    public override IReadOnlyList<int> Results => [.. Lookups.Select(one => one.Result)];
}

/// <summary>
/// Code c of p bits becomes floor((c + 2^(Drop−1)) / 2^Drop) of p − Drop bits, by extracting and subtracting the low bits, digit
/// by digit from the lowest on.
/// </summary>
/// <param name="Result">Value written, Drop bits narrower than the operand.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Digits">The dropped bits, lowest first; at least one digit.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record RoundExact(int Result, int Operand, RoundingDigit[] Digits, string Origin) : Instruction(Result, Origin)
{
    /// <summary>Rounds bit by bit: <paramref name="drop"/> digits of one bit in one class.</summary>
    public RoundExact(int result, int operand, int drop, int lookupClass, string origin)
        : this(result, operand, [.. Enumerable.Repeat(new RoundingDigit(1, lookupClass), drop)], origin) { }

    /// <summary>Bits dropped.</summary>
    public int Drop => Digits.Sum(digit => digit.Bits);

    /// <summary>
    /// Values of the operand's shape and width that digits may be read from instead, because they carry less noise: number t is
    /// congruent to the operand modulo 2^(t + 1) steps. At most Drop; a digit is read from the one of its highest bit, or from the
    /// operand where there is none.
    /// </summary>
    public int[] Residues { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand, .. Residues];
}

/// <summary>
/// The same rounding without a bootstrap: adds half a step of the operand, so that its codes lie evenly in the boxes of the
/// narrower result, and leaves the low bits to the next lookup's modulus switch, which may be off by one near a boundary.
/// The result reaches lookups and outputs only through layout instructions and shifts.
/// </summary>
/// <param name="Result">Value written, Drop bits narrower than the operand.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Drop">Bits dropped, at least 1.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record RoundApproximate(int Result, int Operand, int Drop, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}
