namespace ConcreteMl.Tfhe.Programs;

/// <summary>Element types of real tensors at the ports of a program, named as ONNX names them.</summary>
public enum RealElement
{
    /// <summary>IEEE binary32.</summary>
    Float32 = 0,

    /// <summary>IEEE binary64.</summary>
    Float64 = 1,

    /// <summary>IEEE binary16.</summary>
    Float16 = 2,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16 = 3,

    /// <summary>False or true, as 0 or 1.</summary>
    Bool = 4,

    /// <summary>Signed, 8 bits.</summary>
    Int8 = 5,

    /// <summary>Signed, 16 bits.</summary>
    Int16 = 6,

    /// <summary>Signed, 32 bits.</summary>
    Int32 = 7,

    /// <summary>Signed, 64 bits.</summary>
    Int64 = 8,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8 = 9,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16 = 10,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 11,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64 = 12,
}
