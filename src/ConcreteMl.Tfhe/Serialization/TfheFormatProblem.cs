namespace ConcreteMl.Tfhe;

/// <summary>Why stored or sent data was refused.</summary>
public enum TfheFormatProblem
{
    /// <summary>The bytes are not what any writer writes, or their checksum does not match.</summary>
    Damaged,

    /// <summary>The bytes end early.</summary>
    Truncated,

    /// <summary>The data is of another kind than asked for.</summary>
    OtherKind,

    /// <summary>The data has a major version that this release does not read.</summary>
    OtherVersion,

    /// <summary>The data was made for other parameters, another program or another key than expected.</summary>
    Foreign,

    /// <summary>The data is larger than the reader allows.</summary>
    TooLarge,

    /// <summary>Others than the owner could have read the secret.</summary>
    OpenToOthers,

    /// <summary>The passphrase is missing or does not open the secret key.</summary>
    Passphrase,
}
