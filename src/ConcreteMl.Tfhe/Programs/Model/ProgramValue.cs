namespace ConcreteMl.Tfhe.Programs;

/// <summary>A tensor of ciphertexts. Code c of width p has the phase c · 2^(63−p) modulo 2^64, or more where half a turn has room for fewer codes.</summary>
/// <param name="Shape">Dimensions of one sample, each at least 1; empty for a scalar.</param>
/// <param name="Bits">Width p: codes are signed and lie in [−2^(p−1), 2^(p−1)); outside, a value wraps modulo 2^(p+1).</param>
/// <param name="Key">Index of the big key it is encrypted under; 0.</param>
/// <param name="Origin">The ONNX nodes that it comes from.</param>
public sealed record ProgramValue(int[] Shape, int Bits, int Key, string Origin)
{
    /// <summary>Codes of half a turn where these are fewer than 2^p (<see cref="TorusStep"/>); 0: a whole width.</summary>
    public int Codes { get; init; }

    /// <summary>How its codes lie on the torus.</summary>
    public TorusStep Step => new(Bits, Codes);

    /// <summary>Number of elements, the product of the dimensions.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int dimension in Shape)
                count = checked(count * dimension);
            return count;
        }
    }
}
