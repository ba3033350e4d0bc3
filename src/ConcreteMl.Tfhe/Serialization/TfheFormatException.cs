namespace ConcreteMl.Tfhe;

/// <summary>A key or ciphertext file is damaged, of another version, or breaks a security rule; the message says which.</summary>
public sealed class TfheFormatException : Exception
{
    /// <summary>Creates the exception with what was met and what was expected.</summary>
    public TfheFormatException(string message)
        : base(message) { }

    /// <summary>Creates the exception around the input or output error behind it.</summary>
    public TfheFormatException(string message, Exception inner)
        : base(message, inner) { }
}
