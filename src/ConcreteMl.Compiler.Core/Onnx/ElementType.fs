namespace ConcreteMl.Compiler.Core.Onnx

open ConcreteMl.Compiler.Core.Base

/// ONNX's numbering of element types.
[<RequireQualifiedAccess>]
module ElementType =

    /// The element type of a `TensorProto.DataType` number, or ONNX's name of one that we cannot compute in.
    let ofNumber (number: int) : Result<Element, string> =
        match number with
        | 1 -> Ok Element.Float32
        | 2 -> Ok Element.UInt8
        | 3 -> Ok Element.Int8
        | 4 -> Ok Element.UInt16
        | 5 -> Ok Element.Int16
        | 6 -> Ok Element.Int32
        | 7 -> Ok Element.Int64
        | 9 -> Ok Element.Bool
        | 10 -> Ok Element.Float16
        | 11 -> Ok Element.Float64
        | 12 -> Ok Element.UInt32
        | 13 -> Ok Element.UInt64
        | 16 -> Ok Element.BFloat16
        | 0 -> Error "undefined"
        | 8 -> Error "string"
        | 14 -> Error "complex64"
        | 15 -> Error "complex128"
        | 17 -> Error "float8e4m3fn"
        | 18 -> Error "float8e4m3fnuz"
        | 19 -> Error "float8e5m2"
        | 20 -> Error "float8e5m2fnuz"
        | 21 -> Error "uint4"
        | 22 -> Error "int4"
        | 23 -> Error "float4e2m1"
        | 24 -> Error "float8e8m0"
        | 25 -> Error "uint2"
        | 26 -> Error "int2"
        | other -> Error $"type {other}"

    /// The `TensorProto.DataType` number of an element type.
    let number (element: Element) =
        match element with
        | Element.Float32 -> 1
        | Element.UInt8 -> 2
        | Element.Int8 -> 3
        | Element.UInt16 -> 4
        | Element.Int16 -> 5
        | Element.Int32 -> 6
        | Element.Int64 -> 7
        | Element.Bool -> 9
        | Element.Float16 -> 10
        | Element.Float64 -> 11
        | Element.UInt32 -> 12
        | Element.UInt64 -> 13
        | Element.BFloat16 -> 16

    /// ONNX's name of an element type, as in its documentation and text syntax.
    let name (element: Element) =
        match element with
        | Element.Bool -> "bool"
        | Element.Int8 -> "int8"
        | Element.Int16 -> "int16"
        | Element.Int32 -> "int32"
        | Element.Int64 -> "int64"
        | Element.UInt8 -> "uint8"
        | Element.UInt16 -> "uint16"
        | Element.UInt32 -> "uint32"
        | Element.UInt64 -> "uint64"
        | Element.Float16 -> "float16"
        | Element.BFloat16 -> "bfloat16"
        | Element.Float32 -> "float"
        | Element.Float64 -> "double"

    /// The element type of ONNX's name for it; Error with that name otherwise.
    let ofName (text: string) : Result<Element, string> =
        Seq.init 32 ofNumber
        |> Seq.tryPick (fun entry ->
            match entry with
            | Ok element when name element = text -> Some element
            | _ -> None)
        |> Option.map Ok
        |> Option.defaultValue (Error text)
