namespace ConcreteMl.Compiler.Core.Float

open System
open MathNet.Numerics
open ConcreteMl.Compiler.Core.Base

/// Element-wise functions of one operand. Parameters are ONNX's, defaults filled in.
[<RequireQualifiedAccess>]
type Unary =
    | Abs
    | Acos
    | Acosh
    | Asin
    | Asinh
    | Atan
    | Atanh
    /// The same bits read as another type of the same width.
    | BitCast of To: Element
    | Cast of To: Element
    | Ceil
    | Celu of Alpha: float32
    | Cos
    | Cosh
    | Elu of Alpha: float32
    | Erf
    | Exp
    | Floor
    | Gelu of TanhApproximation: bool
    | HardSigmoid of Alpha: float32 * Beta: float32
    | HardSwish
    | LeakyRelu of Alpha: float32
    | Log
    | Mish
    | Neg
    | Not
    /// alpha · ln(exp(beta · x) + 1)
    | ParametricSoftplus of Alpha: float32 * Beta: float32
    | Reciprocal
    | Relu
    | Round
    /// alpha · tanh(beta · x)
    | ScaledTanh of Alpha: float32 * Beta: float32
    | Selu of Alpha: float32 * Gamma: float32
    | Sigmoid
    | Sign
    | Sin
    | Sinh
    | Softplus
    | Softsign
    | Sqrt
    | Tan
    | Tanh
    | ThresholdedRelu of Alpha: float32
    /// The nearest value of a format of 4 or 8 bits, in the type of the operand.
    | ToSmallFloat of Format: SmallFloat * Saturate: bool * Power: PowerRounding

/// A function of one operand whose parameters, if any, are floats.
type UnaryFunction =
    {
        /// ONNX's name; texts write it in lower case.
        Name: string
        /// ONNX's attributes, each with its value where a node does not state it.
        Parameters: (string * float32) list
        Make: float32 list -> Unary
        /// The parameters of an operation that is this function.
        TryParameters: Unary -> float32 list option
    }

/// What element-wise functions of one operand are called, and what they compute.
[<RequireQualifiedAccess>]
module Unary =

    let private plain name (operation: Unary) =
        {
            Name = name
            Parameters = []
            Make = fun _ -> operation
            TryParameters = fun other -> if other = operation then Some [] else None
        }

    let private one name parameter make seen =
        {
            Name = name
            Parameters = [ parameter ]
            Make = List.head >> make
            TryParameters = seen >> Option.map List.singleton
        }

    let private two name (first, second) (make: float32 * float32 -> Unary) seen =
        {
            Name = name
            Parameters = [ first; second ]
            Make = fun values -> make (values[0], values[1])
            TryParameters = seen >> Option.map (fun (a, b) -> [ a; b ])
        }

    /// The functions that one row describes: a new one needs its case, its row here and its meaning in `real`.
    let functions: UnaryFunction list =
        [
            plain "Abs" Unary.Abs
            plain "Acos" Unary.Acos
            plain "Acosh" Unary.Acosh
            plain "Asin" Unary.Asin
            plain "Asinh" Unary.Asinh
            plain "Atan" Unary.Atan
            plain "Atanh" Unary.Atanh
            plain "Ceil" Unary.Ceil
            plain "Cos" Unary.Cos
            plain "Cosh" Unary.Cosh
            plain "Erf" Unary.Erf
            plain "Exp" Unary.Exp
            plain "Floor" Unary.Floor
            plain "HardSwish" Unary.HardSwish
            plain "Log" Unary.Log
            plain "Mish" Unary.Mish
            plain "Neg" Unary.Neg
            plain "Not" Unary.Not
            plain "Reciprocal" Unary.Reciprocal
            plain "Relu" Unary.Relu
            plain "Round" Unary.Round
            plain "Sigmoid" Unary.Sigmoid
            plain "Sign" Unary.Sign
            plain "Sin" Unary.Sin
            plain "Sinh" Unary.Sinh
            plain "Softplus" Unary.Softplus
            plain "Softsign" Unary.Softsign
            plain "Sqrt" Unary.Sqrt
            plain "Tan" Unary.Tan
            plain "Tanh" Unary.Tanh
            one "Celu" ("alpha", 1.0f) Unary.Celu (function
                | Unary.Celu alpha -> Some alpha
                | _ -> None)
            one "Elu" ("alpha", 1.0f) Unary.Elu (function
                | Unary.Elu alpha -> Some alpha
                | _ -> None)
            two "HardSigmoid" (("alpha", 0.2f), ("beta", 0.5f)) Unary.HardSigmoid (function
                | Unary.HardSigmoid(alpha, beta) -> Some(alpha, beta)
                | _ -> None)
            one "LeakyRelu" ("alpha", 0.01f) Unary.LeakyRelu (function
                | Unary.LeakyRelu alpha -> Some alpha
                | _ -> None)
            two "ParametricSoftplus" (("alpha", 1.0f), ("beta", 1.0f)) Unary.ParametricSoftplus (function
                | Unary.ParametricSoftplus(alpha, beta) -> Some(alpha, beta)
                | _ -> None)
            two "ScaledTanh" (("alpha", 1.0f), ("beta", 1.0f)) Unary.ScaledTanh (function
                | Unary.ScaledTanh(alpha, beta) -> Some(alpha, beta)
                | _ -> None)
            one "ThresholdedRelu" ("alpha", 1.0f) Unary.ThresholdedRelu (function
                | Unary.ThresholdedRelu alpha -> Some alpha
                | _ -> None)
        ]

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
        | Unary.ParametricSoftplus(alpha, beta) -> Some(fun x -> float alpha * softplus (float beta * x))
        | Unary.Reciprocal -> Some(fun x -> 1.0 / x)
        | Unary.Relu -> Some(fun x -> Math.Max(x, 0.0))
        | Unary.Round -> Some(fun x -> Math.Round(x, MidpointRounding.ToEven))
        | Unary.ScaledTanh(alpha, beta) -> Some(fun x -> float alpha * tanh (float beta * x))
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
