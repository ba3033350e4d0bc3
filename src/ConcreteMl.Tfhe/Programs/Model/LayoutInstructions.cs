namespace ConcreteMl.Tfhe.Programs;

// Layout instructions move whole ciphertexts; only Reencode and Constant compute.

/// <summary>
/// A strided read of the flat operand: element (i, j, ...) of the result is element Offset + i · Strides[0] + j · Strides[1] + ...
/// of the operand. Reshape, transpose, slice and broadcast are views.
/// </summary>
/// <param name="Result">Value written; its shape is the view's.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Offset">Flat index of the view's first element.</param>
/// <param name="Strides">Elements of the operand per step along each axis of the result; may be zero or negative.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record View(int Result, int Operand, long Offset, long[] Strides, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Operands one after another along an axis.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Parts">Values, at least one, equal in all other dimensions.</param>
/// <param name="Axis">From 0.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Concat(int Result, int[] Parts, int Axis, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => Parts;
}

/// <summary>Constant padding with code 0, as trivial ciphertexts.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Before">Cells before, one per axis.</param>
/// <param name="After">Cells after, one per axis.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Pad(int Result, int Operand, int[] Before, int[] After, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Slices along an axis by constant index; the result has the index tensor's axes in that axis's place.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Axis">From 0.</param>
/// <param name="Constant">Indices from 0, row-major over the result's axes that they become.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Gather(int Result, int Operand, int Axis, int Constant, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>The same codes at a smaller width: words times 2^(operand bits − result bits).</summary>
/// <param name="Result">Value written, not wider than the operand.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Reencode(int Result, int Operand, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Constant codes as trivial ciphertexts.</summary>
/// <param name="Result">Value written.</param>
/// <param name="ConstantId">Codes, row-major over the result's shape.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Constant(int Result, int ConstantId, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [];
}
