namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// A linear instruction ready to run on rows of any number of words: constants are packed once, then serve every executor,
/// since the sum of weighted phases and the sum of weighted ciphertexts are the same loop.
/// </summary>
internal abstract class LinearKernel
{
    /// <summary>Writes every word of <paramref name="result"/>, which no operand shares.</summary>
    internal abstract void Run(ReadOnlySpan<RowTensor> operands, RowTensor result, RowWork work);
}
