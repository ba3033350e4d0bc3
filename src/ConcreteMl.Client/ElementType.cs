namespace ConcreteMl;

/// <summary>The element types of tensors, named as ONNX names them.</summary>
public enum ElementType
{
    /// <summary>One byte, 0 or 1; <see cref="bool"/>.</summary>
    Bool,

    /// <summary><see cref="sbyte"/>.</summary>
    Int8,

    /// <summary><see cref="short"/>.</summary>
    Int16,

    /// <summary><see cref="int"/>.</summary>
    Int32,

    /// <summary><see cref="long"/>.</summary>
    Int64,

    /// <summary><see cref="byte"/>.</summary>
    UInt8,

    /// <summary><see cref="ushort"/>.</summary>
    UInt16,

    /// <summary><see cref="uint"/>.</summary>
    UInt32,

    /// <summary><see cref="ulong"/>.</summary>
    UInt64,

    /// <summary><see cref="Half"/>.</summary>
    Float16,

    /// <summary>The upper half of a float32, stored as its 16 bits in a <see cref="ushort"/>.</summary>
    BFloat16,

    /// <summary><see cref="float"/>.</summary>
    Float32,

    /// <summary><see cref="double"/>.</summary>
    Float64,

    /// <summary><see cref="string"/>: inputs whose port lists texts take their elements by name.</summary>
    String,
}
