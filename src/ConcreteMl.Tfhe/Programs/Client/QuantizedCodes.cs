namespace ConcreteMl.Tfhe.Programs;

/// <summary>Codes of real values.</summary>
/// <param name="Codes">Signed codes within the coding's lowest and highest.</param>
/// <param name="Clipped">How many values lay outside and were moved to the nearest of these.</param>
public sealed record QuantizedCodes(long[] Codes, long Clipped);
