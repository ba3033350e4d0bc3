namespace ConcreteMl.AspNetCore;

/// <summary>The server cannot start, or refuses a request; with one of the product's diagnostic codes.</summary>
public class ServingException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ServingException(string code, string message, string expected = "", string cure = "")
        : base(message)
    {
        Code = code;
        Expected = expected;
        Cure = cure;
    }

    /// <summary>"CML" and four digits.</summary>
    public string Code { get; }

    /// <summary>What was expected; empty where the message says all.</summary>
    public string Expected { get; }

    /// <summary>What helps.</summary>
    public string Cure { get; }
}
