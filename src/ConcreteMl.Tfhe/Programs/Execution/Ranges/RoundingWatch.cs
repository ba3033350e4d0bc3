namespace ConcreteMl.Tfhe.Programs;

/// <summary>Sees the parts of digits that an exact rounding extracts.</summary>
internal delegate void RoundingWatch(DigitPlace digit, bool isSign, long first, Span<ulong> parts);
