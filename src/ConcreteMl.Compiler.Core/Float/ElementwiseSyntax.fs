/// How element-wise functions are spelled, without the stage's prefix.
module internal ConcreteMl.Compiler.Core.Float.ElementwiseSyntax

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private plainCases: OpCase<Unary> list =
    [
        "abs", Unary.Abs
        "acos", Unary.Acos
        "acosh", Unary.Acosh
        "asin", Unary.Asin
        "asinh", Unary.Asinh
        "atan", Unary.Atan
        "atanh", Unary.Atanh
        "ceil", Unary.Ceil
        "cos", Unary.Cos
        "cosh", Unary.Cosh
        "erf", Unary.Erf
        "exp", Unary.Exp
        "floor", Unary.Floor
        "hardswish", Unary.HardSwish
        "log", Unary.Log
        "mish", Unary.Mish
        "neg", Unary.Neg
        "not", Unary.Not
        "reciprocal", Unary.Reciprocal
        "relu", Unary.Relu
        "round", Unary.Round
        "sigmoid", Unary.Sigmoid
        "sign", Unary.Sign
        "sin", Unary.Sin
        "sinh", Unary.Sinh
        "softplus", Unary.Softplus
        "softsign", Unary.Softsign
        "sqrt", Unary.Sqrt
        "tan", Unary.Tan
        "tanh", Unary.Tanh
    ]
    |> List.map (fun (name, unary) -> OpCase.plain name unary)

let private alpha = Fields.required "alpha" Codec.float32

/// Functions whose only parameter is `alpha`.
let private alphaCases: OpCase<Unary> list =
    let case name seen make = OpCase.create name alpha seen make

    [
        case
            "celu"
            (function
            | Unary.Celu alpha -> Some alpha
            | _ -> None)
            Unary.Celu
        case
            "elu"
            (function
            | Unary.Elu alpha -> Some alpha
            | _ -> None)
            Unary.Elu
        case
            "leakyrelu"
            (function
            | Unary.LeakyRelu alpha -> Some alpha
            | _ -> None)
            Unary.LeakyRelu
        case
            "thresholdedrelu"
            (function
            | Unary.ThresholdedRelu alpha -> Some alpha
            | _ -> None)
            Unary.ThresholdedRelu
    ]

let private powerRoundings =
    [
        "up", PowerRounding.Up
        "down", PowerRounding.Down
        "nearest", PowerRounding.Nearest
    ]

let private parametricCases: OpCase<Unary> list =
    let case name fields seen make = OpCase.create name fields seen make

    [
        case
            "bitcast"
            (Fields.required "to" Codec.element)
            (function
            | Unary.BitCast target -> Some target
            | _ -> None)
            Unary.BitCast
        case
            "cast"
            (Fields.required "to" Codec.element)
            (function
            | Unary.Cast target -> Some target
            | _ -> None)
            Unary.Cast
        case
            "gelu"
            (Fields.flag "tanh_approximation")
            (function
            | Unary.Gelu approximation -> Some approximation
            | _ -> None)
            Unary.Gelu
        case
            "hardsigmoid"
            (Fields.both alpha (Fields.required "beta" Codec.float32))
            (function
            | Unary.HardSigmoid(alpha, beta) -> Some(alpha, beta)
            | _ -> None)
            Unary.HardSigmoid
        case
            "selu"
            (Fields.both alpha (Fields.required "gamma" Codec.float32))
            (function
            | Unary.Selu(alpha, gamma) -> Some(alpha, gamma)
            | _ -> None)
            Unary.Selu
        case
            "tosmallfloat"
            (Fields.both
                (Fields.required "format" (Codec.choice SmallFloat.names))
                (Fields.both (Fields.required "saturate" Codec.bool) (Fields.required "power" (Codec.choice powerRoundings))))
            (function
            | Unary.ToSmallFloat(format, saturate, power) -> Some(format, (saturate, power))
            | _ -> None)
            (fun (format, (saturate, power)) -> Unary.ToSmallFloat(format, saturate, power))
    ]

/// Functions of one operand.
let unaryCases = plainCases @ alphaCases @ parametricCases

/// Functions of two operands that broadcast.
let binaryCases: OpCase<Binary> list =
    [
        OpCase.plain "add" Binary.Add
        OpCase.plain "sub" Binary.Sub
        OpCase.plain "mul" Binary.Mul
        OpCase.plain "div" Binary.Div
        OpCase.plain "pow" Binary.Pow
        OpCase.plain "mod" Binary.Mod
        OpCase.plain "fmod" Binary.Fmod
        OpCase.plain "prelu" Binary.PRelu
        OpCase.plain "max" Binary.Max
        OpCase.plain "min" Binary.Min
        OpCase.plain "equal" Binary.Equal
        OpCase.plain "greater" Binary.Greater
        OpCase.plain "greaterorequal" Binary.GreaterOrEqual
        OpCase.plain "less" Binary.Less
        OpCase.plain "lessorequal" Binary.LessOrEqual
        OpCase.plain "and" Binary.And
        OpCase.plain "or" Binary.Or
        OpCase.plain "xor" Binary.Xor
        OpCase.plain "bitand" Binary.BitAnd
        OpCase.plain "bitor" Binary.BitOr
        OpCase.plain "bitxor" Binary.BitXor
        OpCase.plain "shiftleft" Binary.ShiftLeft
        OpCase.plain "shiftright" Binary.ShiftRight
    ]
