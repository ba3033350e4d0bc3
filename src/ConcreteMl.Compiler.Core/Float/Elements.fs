namespace ConcreteMl.Compiler.Core.Float

open System
open System.Numerics
open System.Runtime.InteropServices
open ConcreteMl.Compiler.Core.Base

/// An operation met operands that it is not defined on. Graphs that pass `Verify` and are fed tensors of their
/// input types do not raise it, except where a shape depends on data.
type EvalException(message: string, inner: exn | null) =
    inherit Exception(message, inner)
    new(message) = EvalException(message, null)

/// A computation that is the same for every storage type.
type StorageKernel<'R> =
    abstract Run<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> : unit -> 'R

/// A computation that is the same for every numeric type.
type NumberKernel<'R> =
    abstract Run<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T> and 'T :> IMinMaxValue<'T>> :
        unit -> 'R

/// Element types at run time: dispatch to generic kernels, and conversion between types as ONNX's Cast does it.
[<RequireQualifiedAccess>]
module Elements =

    let fail message = raise (EvalException message)

    /// What is wrong with operands of which .NET says this: lengths, types and sizes that a model's author chose. None for other exceptions.
    let private misfit (problem: exn) : string option =
        match problem with
        | :? IndexOutOfRangeException -> Some "an axis or a position lies beyond what they have"
        | :? InvalidCastException -> Some "their element types are not those of the operation"
        | :? ArithmeticException -> Some "a size is zero or too large"
        | :? OutOfMemoryException -> Some "the result is too large"
        | :? ArgumentException -> Some "their lengths or ranks do not agree"
        | _ -> None

    /// Whether an exception is what .NET says of operands that do not fit together.
    let isMisfit (problem: exn) = (misfit problem).IsSome

    /// Computes; whatever .NET says of misfitting operands becomes an `EvalException` in our words.
    let guarded (compute: unit -> 'R) : 'R =
        try
            compute ()
        with problem when isMisfit problem ->
            let reason = misfit problem |> Option.defaultValue ""
            raise (EvalException($"the operands do not fit together: {reason}", problem))

    /// A model's 64-bit integer where .NET has 32 bits: those beyond either end are as good as the end.
    let saturated (value: int64) : int =
        int (Math.Clamp(value, int64 Int32.MinValue, int64 Int32.MaxValue))

    let onStorage (kernel: StorageKernel<'R>) element =
        match element with
        | Element.Bool -> kernel.Run<bool>()
        | Element.Int8 -> kernel.Run<sbyte>()
        | Element.Int16 -> kernel.Run<int16>()
        | Element.Int32 -> kernel.Run<int32>()
        | Element.Int64 -> kernel.Run<int64>()
        | Element.UInt8 -> kernel.Run<byte>()
        | Element.UInt16
        | Element.BFloat16 -> kernel.Run<uint16>()
        | Element.UInt32 -> kernel.Run<uint32>()
        | Element.UInt64 -> kernel.Run<uint64>()
        | Element.Float16 -> kernel.Run<Half>()
        | Element.Float32 -> kernel.Run<float32>()
        | Element.Float64 -> kernel.Run<float>()

    /// Bool has no numbers and bfloat16 no .NET type: callers widen the one and handle the other before.
    let onNumber (kernel: NumberKernel<'R>) element =
        match element with
        | Element.Int8 -> kernel.Run<sbyte>()
        | Element.Int16 -> kernel.Run<int16>()
        | Element.Int32 -> kernel.Run<int32>()
        | Element.Int64 -> kernel.Run<int64>()
        | Element.UInt8 -> kernel.Run<byte>()
        | Element.UInt16 -> kernel.Run<uint16>()
        | Element.UInt32 -> kernel.Run<uint32>()
        | Element.UInt64 -> kernel.Run<uint64>()
        | Element.Float16 -> kernel.Run<Half>()
        | Element.Float32 -> kernel.Run<float32>()
        | Element.Float64 -> kernel.Run<float>()
        | Element.Bool
        | Element.BFloat16 -> fail $"arithmetic on {element}"

    let private halfOf (value: float) : Half = Half.op_Explicit value

    /// Rounded to the element type once; integers truncate toward zero and wrap; booleans are value ≠ 0.
    let ofFloat64s element shape (values: float[]) =
        let make (convert: float -> 'T) =
            Tensor.create element shape (Array.map convert values)

        match element with
        | Element.Float64 -> Tensor.create element shape values
        | Element.Float32 -> make float32
        | Element.Float16 -> make halfOf
        | Element.BFloat16 -> make (float32 >> Element.toBFloat16)
        | Element.Bool -> make (fun value -> value <> 0.0)
        | Element.Int8 -> make (int64 >> sbyte)
        | Element.Int16 -> make (int64 >> int16)
        | Element.Int32 -> make (int64 >> int32)
        | Element.Int64 -> make int64
        | Element.UInt8 -> make (int64 >> byte)
        | Element.UInt16 -> make (int64 >> uint16)
        | Element.UInt32 -> make (int64 >> uint32)
        | Element.UInt64 ->
            make (fun value ->
                if value >= 9.2233720368547758e18 then
                    uint64 value
                else
                    uint64 (int64 value))

    /// Integers wrap; floats round once.
    let ofInt64s element shape (values: int64[]) =
        let make (convert: int64 -> 'T) =
            Tensor.create element shape (Array.map convert values)

        match element with
        | Element.Float64 -> make float
        | Element.Float32 -> make float32
        | Element.Float16 -> make (float >> halfOf)
        | Element.BFloat16 -> make (float32 >> Element.toBFloat16)
        | Element.Bool -> make (fun value -> value <> 0L)
        | Element.Int8 -> make sbyte
        | Element.Int16 -> make int16
        | Element.Int32 -> make int32
        | Element.Int64 -> Tensor.create element shape values
        | Element.UInt8 -> make byte
        | Element.UInt16 -> make uint16
        | Element.UInt32 -> make uint32
        | Element.UInt64 -> make uint64

    /// ONNX's Cast.
    let cast element (tensor: Tensor) =
        if tensor.Element = element then
            tensor
        elif Element.isFloat tensor.Element then
            ofFloat64s element tensor.Shape (Tensor.toFloat64s tensor)
        elif tensor.Element = Element.UInt64 && Element.isFloat element then
            match element with
            | Element.Float32 -> Tensor.ofFloat32 tensor.Shape (tensor.Values<uint64>() |> Array.map float32)
            | other -> ofFloat64s other tensor.Shape (Tensor.toFloat64s tensor)
        else
            ofInt64s element tensor.Shape (Tensor.toInt64s tensor)

    /// The same bytes as elements of another type of the same width: ONNX's BitCast.
    let reread element (tensor: Tensor) =
        if Element.bytes element <> Element.bytes tensor.Element then
            fail $"the bits of {tensor.Element} cannot be read as {element}"

        { new StorageKernel<Tensor> with
            member _.Run<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() =
                Tensor.Create(element, tensor.Shape, MemoryMarshal.Cast<byte, 'T>(tensor.Bytes).ToArray())
        }
        |> fun kernel -> onStorage kernel element

    let private isNarrow element =
        element = Element.Float16 || element = Element.BFloat16

    /// Runs `compute` with 16-bit floats widened to float32 and its float32 results rounded back.
    let widened (compute: Tensor list -> Tensor list) (operands: Tensor list) =
        match operands |> List.tryFind (fun operand -> isNarrow operand.Element) with
        | None -> compute operands
        | Some narrow ->
            operands
            |> List.map (fun operand ->
                if isNarrow operand.Element then
                    cast Element.Float32 operand
                else
                    operand)
            |> compute
            |> List.map (fun result ->
                if result.Element = Element.Float32 then
                    cast narrow.Element result
                else
                    result)

    /// Every element as float32; exact for the 16-bit floats.
    let toFloat32s (tensor: Tensor) =
        (cast Element.Float32 tensor).Values<float32>()

    /// An operand that holds int64 numbers in any integer type: axes, shapes, indices.
    let integers (tensor: Tensor) =
        Tensor.toInt64s tensor |> Array.map saturated
