/// How element-wise functions are spelled, without the stage's prefix.
module internal ConcreteMl.Compiler.Core.Float.ElementwiseSyntax

open ConcreteMl.Compiler.Core.Text

/// Functions of one operand.
let unaryCases: OpCase<Unary> list =
    let alpha = Fields.required "alpha" Codec.float32
    let beta = Fields.required "beta" Codec.float32
    let case name fields seen make = OpCase.create name fields seen make

    [
        OpCase.plain "abs" Unary.Abs
        OpCase.plain "acos" Unary.Acos
        OpCase.plain "acosh" Unary.Acosh
        OpCase.plain "asin" Unary.Asin
        OpCase.plain "asinh" Unary.Asinh
        OpCase.plain "atan" Unary.Atan
        OpCase.plain "atanh" Unary.Atanh
        case
            "cast"
            (Fields.required "to" Codec.element)
            (function
            | Unary.Cast target -> Some target
            | _ -> None)
            Unary.Cast
        OpCase.plain "ceil" Unary.Ceil
        case
            "celu"
            alpha
            (function
            | Unary.Celu alpha -> Some alpha
            | _ -> None)
            Unary.Celu
        OpCase.plain "cos" Unary.Cos
        OpCase.plain "cosh" Unary.Cosh
        case
            "elu"
            alpha
            (function
            | Unary.Elu alpha -> Some alpha
            | _ -> None)
            Unary.Elu
        OpCase.plain "erf" Unary.Erf
        OpCase.plain "exp" Unary.Exp
        OpCase.plain "floor" Unary.Floor
        case
            "gelu"
            (Fields.flag "tanh_approximation")
            (function
            | Unary.Gelu approximation -> Some approximation
            | _ -> None)
            Unary.Gelu
        case
            "hardsigmoid"
            (Fields.both alpha beta)
            (function
            | Unary.HardSigmoid(alpha, beta) -> Some(alpha, beta)
            | _ -> None)
            Unary.HardSigmoid
        OpCase.plain "hardswish" Unary.HardSwish
        case
            "leakyrelu"
            alpha
            (function
            | Unary.LeakyRelu alpha -> Some alpha
            | _ -> None)
            Unary.LeakyRelu
        OpCase.plain "log" Unary.Log
        OpCase.plain "mish" Unary.Mish
        OpCase.plain "neg" Unary.Neg
        OpCase.plain "not" Unary.Not
        OpCase.plain "reciprocal" Unary.Reciprocal
        OpCase.plain "relu" Unary.Relu
        OpCase.plain "round" Unary.Round
        case
            "selu"
            (Fields.both alpha (Fields.required "gamma" Codec.float32))
            (function
            | Unary.Selu(alpha, gamma) -> Some(alpha, gamma)
            | _ -> None)
            Unary.Selu
        OpCase.plain "sigmoid" Unary.Sigmoid
        OpCase.plain "sign" Unary.Sign
        OpCase.plain "sin" Unary.Sin
        OpCase.plain "sinh" Unary.Sinh
        OpCase.plain "softplus" Unary.Softplus
        OpCase.plain "softsign" Unary.Softsign
        OpCase.plain "sqrt" Unary.Sqrt
        OpCase.plain "tan" Unary.Tan
        OpCase.plain "tanh" Unary.Tanh
        case
            "thresholdedrelu"
            alpha
            (function
            | Unary.ThresholdedRelu alpha -> Some alpha
            | _ -> None)
            Unary.ThresholdedRelu
    ]

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
    ]
