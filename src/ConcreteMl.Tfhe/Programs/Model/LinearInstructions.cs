namespace ConcreteMl.Tfhe.Programs;

// Linear instructions: operands and result share one width, because they share one step.

/// <summary>
/// x[..., M, K] · W[..., K, O] with NumPy's matmul rule: leading axes broadcast, a vector operand gets an axis of 1 that
/// the result loses.
/// </summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value x.</param>
/// <param name="Constant">Weights, row-major over <paramref name="WeightShape"/>.</param>
/// <param name="WeightShape">Shape of W, rank 1 or more.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record MatMul(int Result, int Operand, int Constant, int[] WeightShape, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>
/// x[N, C, spatial...] * W[O, C/Group, kernel...] (cross-correlation, any number of spatial axes); padding cells have code 0.
/// </summary>
/// <param name="Result">Value written, [N, O, spatial...].</param>
/// <param name="Operand">Value x.</param>
/// <param name="Constant">Weights, row-major over <paramref name="WeightShape"/>.</param>
/// <param name="WeightShape">[O, C/Group, kernel...].</param>
/// <param name="Strides">One per spatial axis.</param>
/// <param name="Dilations">One per spatial axis.</param>
/// <param name="PadsBegin">Padding cells before, one per spatial axis.</param>
/// <param name="PadsEnd">Padding cells after, one per spatial axis.</param>
/// <param name="Group">Number of groups; divides C and O.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Conv(
    int Result,
    int Operand,
    int Constant,
    int[] WeightShape,
    int[] Strides,
    int[] Dilations,
    int[] PadsBegin,
    int[] PadsEnd,
    int Group,
    string Origin
) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Sum over each window of x[N, C, spatial...], channel by channel; padding cells have code 0.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value x.</param>
/// <param name="Kernel">Window cells, one per spatial axis.</param>
/// <param name="Strides">One per spatial axis.</param>
/// <param name="Dilations">One per spatial axis.</param>
/// <param name="PadsBegin">Padding cells before, one per spatial axis.</param>
/// <param name="PadsEnd">Padding cells after, one per spatial axis.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record SumPool(
    int Result,
    int Operand,
    int[] Kernel,
    int[] Strides,
    int[] Dilations,
    int[] PadsBegin,
    int[] PadsEnd,
    string Origin
) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Σ multiplier i · operand i, operands broadcasting by NumPy's rule.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Terms">Values, at least one.</param>
/// <param name="Multipliers">One per term.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Combine(int Result, int[] Terms, long[] Multipliers, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => Terms;
}

/// <summary>Element-wise product with constants that broadcast to the operand.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Constant">Factors, row-major over <paramref name="ConstantShape"/>.</param>
/// <param name="ConstantShape">Broadcasts to the operand's shape.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Scale(int Result, int Operand, int Constant, int[] ConstantShape, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Element-wise sum with constant codes that broadcast to the operand: touches bodies only.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Constant">Codes, row-major over <paramref name="ConstantShape"/>.</param>
/// <param name="ConstantShape">Broadcasts to the operand's shape.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record Shift(int Result, int Operand, int Constant, int[] ConstantShape, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}

/// <summary>Sum along axes.</summary>
/// <param name="Result">Value written.</param>
/// <param name="Operand">Value read.</param>
/// <param name="Axes">Distinct axes, from 0.</param>
/// <param name="KeepDims">Whether summed axes stay with dimension 1.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record ReduceSum(int Result, int Operand, int[] Axes, bool KeepDims, string Origin) : Instruction(Result, Origin)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Operands => [Operand];
}
