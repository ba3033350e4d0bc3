namespace ConcreteMl.Tfhe.Programs;

/// <summary>Codes of real values.</summary>
/// <param name="Codes">Signed codes within the coding's lowest and highest.</param>
/// <param name="Clipped">How many values lay further outside than <see cref="ProgramCoding.Beyond"/> says; all are moved to the nearest of these.</param>
public sealed record QuantizedCodes(long[] Codes, long Clipped);
