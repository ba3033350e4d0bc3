namespace ConcreteMl;

/// <summary>An input or output of a circuit as its server sees it: ciphertexts of unknown meaning.</summary>
/// <param name="Name">Name of the model's input or output.</param>
/// <param name="Shape">Dimensions of one sample; empty for a scalar.</param>
/// <param name="Bits">Width of the codes inside.</param>
public sealed record CircuitPort(string Name, IReadOnlyList<int> Shape, int Bits)
{
    /// <summary>Ciphertexts of one sample.</summary>
    public long Count => Shape.Aggregate(1L, (count, dimension) => count * dimension);
}
