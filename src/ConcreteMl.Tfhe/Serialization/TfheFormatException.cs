namespace ConcreteMl.Tfhe;

/// <summary>A stored or sent key, ciphertext or program is damaged, of another version, or breaks a security rule; the message says which.</summary>
public sealed class TfheFormatException : Exception
{
    /// <summary>Creates the exception with what was met and what was expected.</summary>
    public TfheFormatException(string message)
        : base(message) { }

    /// <summary>Creates the exception around the input or output error behind it.</summary>
    public TfheFormatException(string message, Exception inner)
        : base(message, inner) { }

    /// <summary>Creates the exception with the kind of the problem.</summary>
    public TfheFormatException(TfheFormatProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>What kind of problem it is.</summary>
    public TfheFormatProblem Problem { get; } = TfheFormatProblem.Damaged;
}
