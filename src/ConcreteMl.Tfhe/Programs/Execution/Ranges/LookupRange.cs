namespace ConcreteMl.Tfhe.Programs;

/// <summary>Some ciphertexts of an instruction that bootstraps, on their way to another machine.</summary>
/// <param name="Instruction">Its index in the program.</param>
/// <param name="First">The first ciphertext among all of the operand's, row by row and lane by lane.</param>
/// <param name="Count">How many.</param>
/// <param name="Lanes">Ciphertexts of one element: samples that run side by side.</param>
/// <param name="Operands">The ciphertexts of each operand after one another, kN + 1 words of 8 bytes, little-endian, each.</param>
internal sealed record LookupRange(int Instruction, long First, int Count, int Lanes, byte[] Operands);
