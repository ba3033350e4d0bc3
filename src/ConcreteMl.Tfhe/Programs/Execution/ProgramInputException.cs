namespace ConcreteMl.Tfhe.Programs;

/// <summary>Data that a program was given does not fit it: the message names the input, the position and what was expected.</summary>
public sealed class ProgramInputException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ProgramInputException(string message)
        : base(message) { }
}
