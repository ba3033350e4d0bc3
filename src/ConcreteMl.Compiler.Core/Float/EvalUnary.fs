namespace ConcreteMl.Compiler.Core.Float

open System
open System.Numerics.Tensors
open ConcreteMl.Compiler.Core.Base

/// Element-wise functions of one operand. Floats are computed in float64 and rounded once to their type.
[<RequireQualifiedAccess>]
module EvalUnary =

    let private onFloats (operation: Unary) (tensor: Tensor) =
        match operation, tensor.Element, Unary.real operation with
        | Unary.Relu, Element.Float32, _ ->
            let result = Array.zeroCreate<float32> tensor.Count
            TensorPrimitives.Max(ReadOnlySpan(tensor.Values<float32>()), 0.0f, result.AsSpan())
            Tensor.ofFloat32 tensor.Shape result
        | _, Element.Float32, Some f ->
            Tensor.ofFloat32 tensor.Shape (tensor.Values<float32>() |> Array.map (fun x -> float32 (f (float x))))
        | _, element, Some f -> Elements.ofFloat64s element tensor.Shape (Tensor.toFloat64s tensor |> Array.map f)
        | _, element, None -> Elements.fail $"{operation} is not defined on {element}"

    /// Integers keep their type and wrap.
    let private onIntegers (operation: Unary) (tensor: Tensor) =
        let signed (f: int64 -> int64) =
            Elements.ofInt64s tensor.Element tensor.Shape (Tensor.toInt64s tensor |> Array.map f)

        let isUnsigned =
            match tensor.Element with
            | Element.UInt8
            | Element.UInt16
            | Element.UInt32
            | Element.UInt64 -> true
            | _ -> false

        match operation with
        | Unary.Abs
        | Unary.Relu when isUnsigned -> tensor
        | Unary.Sign when isUnsigned -> signed (fun value -> if value = 0L then 0L else 1L)
        | Unary.Abs -> signed (fun value -> if value < 0L then -value else value)
        | Unary.Relu -> signed (max 0L)
        | Unary.Sign -> signed (fun value -> int64 (Math.Sign value))
        | Unary.Neg -> signed (~-)
        | Unary.Ceil
        | Unary.Floor
        | Unary.Round -> tensor
        | other -> Elements.fail $"{other} is not defined on {tensor.Element}"

    /// A tensor of the operand's shape, in its type except for BitCast and Cast.
    let op (operation: Unary) (tensor: Tensor) : Tensor =
        match operation with
        | Unary.BitCast element -> Elements.reread element tensor
        | Unary.Cast element -> Elements.cast element tensor
        | Unary.Not when tensor.Element = Element.Bool -> Tensor.ofBool tensor.Shape (tensor.Values<bool>() |> Array.map not)
        | other when Element.isFloat tensor.Element -> onFloats other tensor
        | other when Element.isInteger tensor.Element -> onIntegers other tensor
        | other -> Elements.fail $"{other} is not defined on {tensor.Element}"
