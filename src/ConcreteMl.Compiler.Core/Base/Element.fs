namespace ConcreteMl.Compiler.Core.Base

open System

/// The element types that tensors may have, named as ONNX names them.
[<RequireQualifiedAccess>]
type Element =
    | Bool
    | Int8
    | Int16
    | Int32
    | Int64
    | UInt8
    | UInt16
    | UInt32
    | UInt64
    | Float16
    /// Stored as its raw 16 bits in a `uint16[]`: the upper half of a float32.
    | BFloat16
    | Float32
    | Float64

[<RequireQualifiedAccess>]
module Element =

    /// Every element type.
    let all =
        [
            Element.Bool
            Element.Int8
            Element.Int16
            Element.Int32
            Element.Int64
            Element.UInt8
            Element.UInt16
            Element.UInt32
            Element.UInt64
            Element.Float16
            Element.BFloat16
            Element.Float32
            Element.Float64
        ]

    /// The .NET type of one stored element.
    let storage element =
        match element with
        | Element.Bool -> typeof<bool>
        | Element.Int8 -> typeof<sbyte>
        | Element.Int16 -> typeof<int16>
        | Element.Int32 -> typeof<int32>
        | Element.Int64 -> typeof<int64>
        | Element.UInt8 -> typeof<byte>
        | Element.UInt16 -> typeof<uint16>
        | Element.UInt32 -> typeof<uint32>
        | Element.UInt64 -> typeof<uint64>
        | Element.Float16 -> typeof<Half>
        | Element.BFloat16 -> typeof<uint16>
        | Element.Float32 -> typeof<float32>
        | Element.Float64 -> typeof<float>

    /// Bytes of one stored element.
    let bytes element =
        match element with
        | Element.Bool
        | Element.Int8
        | Element.UInt8 -> 1
        | Element.Int16
        | Element.UInt16
        | Element.Float16
        | Element.BFloat16 -> 2
        | Element.Int32
        | Element.UInt32
        | Element.Float32 -> 4
        | Element.Int64
        | Element.UInt64
        | Element.Float64 -> 8

    let isFloat element =
        match element with
        | Element.Float16
        | Element.BFloat16
        | Element.Float32
        | Element.Float64 -> true
        | _ -> false

    let isInteger element =
        match element with
        | Element.Bool -> false
        | other -> not (isFloat other)

    /// The float32 whose upper half these bits are.
    let ofBFloat16 (bits: uint16) =
        BitConverter.UInt32BitsToSingle(uint32 bits <<< 16)

    /// The nearest bfloat16, ties to even; NaN stays NaN.
    let toBFloat16 (value: float32) =
        let bits = BitConverter.SingleToUInt32Bits value

        if Single.IsNaN value then
            uint16 (bits >>> 16) ||| 0x40us
        else
            uint16 ((bits + 0x7FFFu + ((bits >>> 16) &&& 1u)) >>> 16)
