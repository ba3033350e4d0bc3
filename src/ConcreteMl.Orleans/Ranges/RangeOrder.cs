namespace ConcreteMl.Orleans;

/// <summary>Which lookups of a layer another silo computes.</summary>
/// <param name="Instruction">Index of the program's instruction.</param>
/// <param name="First">The first ciphertext, row by row and lane by lane.</param>
/// <param name="Count">How many.</param>
/// <param name="Lanes">Ciphertexts of one element.</param>
[GenerateSerializer, Immutable]
internal sealed record RangeOrder(
    [property: Id(0)] int Instruction,
    [property: Id(1)] long First,
    [property: Id(2)] int Count,
    [property: Id(3)] int Lanes
);
