namespace ConcreteMl.Compiler.Core.Float

open System
open System.Numerics.Tensors
open MathNet.Numerics
open ConcreteMl.Compiler.Core.Base

/// Element-wise functions of one operand. Floats are computed in float64 and rounded once to their type.
[<RequireQualifiedAccess>]
module EvalUnary =

    let private sigmoid x =
        if x >= 0.0 then
            1.0 / (1.0 + exp -x)
        else
            let e = exp x
            e / (1.0 + e)

    let private expMinusOne x =
        if abs x < 0.5 then
            SpecialFunctions.Expm1 x
        else
            exp x - 1.0

    /// ln(1 + e), also where 1 + e rounds to 1.
    let private logOnePlus e =
        let sum = 1.0 + e
        if sum = 1.0 then e else log sum * (e / (sum - 1.0))

    let private softplus x =
        if x > 0.0 then
            x + logOnePlus (exp -x)
        else
            logOnePlus (exp x)

    let private erf x =
        if Double.IsNaN x then x else SpecialFunctions.Erf x

    /// x/2 · erfc(−x/√2): no cancellation for negative x.
    let private gelu x =
        if Double.IsNaN x then x
        elif Double.IsNegativeInfinity x then 0.0
        else 0.5 * x * SpecialFunctions.Erfc(-x / sqrt 2.0)

    let private geluTanh x =
        0.5 * x * (1.0 + tanh (sqrt (2.0 / Math.PI) * (x + 0.044715 * x * x * x)))

    let private sign (x: float) =
        if x > 0.0 then 1.0
        elif x < 0.0 then -1.0
        elif Double.IsNaN x then x
        else 0.0

    /// The function on float64; None for those that are not arithmetic (BitCast, Cast, Not).
    let real (operation: Unary) : (float -> float) option =
        match operation with
        | Unary.Abs -> Some abs
        | Unary.Acos -> Some acos
        | Unary.Acosh -> Some Math.Acosh
        | Unary.Asin -> Some asin
        | Unary.Asinh -> Some Math.Asinh
        | Unary.Atan -> Some atan
        | Unary.Atanh -> Some Math.Atanh
        | Unary.BitCast _
        | Unary.Cast _
        | Unary.Not -> None
        | Unary.Ceil -> Some ceil
        | Unary.Celu alpha ->
            let alpha = float alpha
            Some(fun x -> max x 0.0 + min 0.0 (alpha * expMinusOne (x / alpha)))
        | Unary.Cos -> Some cos
        | Unary.Cosh -> Some cosh
        | Unary.Elu alpha -> Some(fun x -> if x < 0.0 then float alpha * expMinusOne x else x)
        | Unary.Erf -> Some erf
        | Unary.Exp -> Some exp
        | Unary.Floor -> Some floor
        | Unary.Gelu tanhApproximation -> Some(if tanhApproximation then geluTanh else gelu)
        | Unary.HardSigmoid(alpha, beta) -> Some(fun x -> Math.Max(0.0, Math.Min(1.0, float alpha * x + float beta)))
        | Unary.HardSwish -> Some(fun x -> x * Math.Max(0.0, Math.Min(1.0, x / 6.0 + 0.5)))
        | Unary.LeakyRelu alpha -> Some(fun x -> if x < 0.0 then float alpha * x else x)
        | Unary.Log -> Some log
        | Unary.Mish -> Some(fun x -> x * tanh (softplus x))
        | Unary.Neg -> Some (~-)
        | Unary.Reciprocal -> Some(fun x -> 1.0 / x)
        | Unary.Relu -> Some(fun x -> Math.Max(x, 0.0))
        | Unary.Round -> Some(fun x -> Math.Round(x, MidpointRounding.ToEven))
        | Unary.Selu(alpha, gamma) ->
            Some(fun x ->
                if x > 0.0 then
                    float gamma * x
                else
                    float gamma * float alpha * expMinusOne x)
        | Unary.Sigmoid -> Some sigmoid
        | Unary.Sign -> Some sign
        | Unary.Sin -> Some sin
        | Unary.Sinh -> Some sinh
        | Unary.Softplus -> Some softplus
        | Unary.Softsign -> Some(fun x -> x / (1.0 + abs x))
        | Unary.Sqrt -> Some sqrt
        | Unary.Tan -> Some tan
        | Unary.Tanh -> Some tanh
        | Unary.ThresholdedRelu alpha -> Some(fun x -> if x > float alpha then x else 0.0)
        | Unary.ToSmallFloat(format, saturate, power) -> Some(SmallFloat.round format saturate power)

    let private onFloats (operation: Unary) (tensor: Tensor) =
        match operation, tensor.Element, real operation with
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
