namespace ConcreteMl.Tfhe.Programs;

/// <summary>One step of a program: reads operands, writes a value. Shapes and widths are those of its values.</summary>
/// <param name="Result">Index of the value that it writes; of the first, where it writes several.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public abstract record Instruction(int Result, string Origin)
{
    /// <summary>Indices of the values that it reads, in order.</summary>
    public abstract IReadOnlyList<int> Operands { get; }

    /// <summary>Indices of the values that it writes, in order.</summary>
    public virtual IReadOnlyList<int> Results => [Result];

    /// <summary>Name of the operation, as listings print it.</summary>
    public string Operation => GetType().Name;
}
