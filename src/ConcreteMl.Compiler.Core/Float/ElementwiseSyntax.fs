/// How element-wise functions are spelled, without the stage's prefix.
module internal ConcreteMl.Compiler.Core.Float.ElementwiseSyntax

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

/// One attribute for each name.
let rec private floats (names: string list) : Fields<float32 list> =
    match names with
    | [] -> Fields.none |> Fields.map (fun () -> []) ignore
    | name :: rest ->
        Fields.both (Fields.required name Codec.float32) (floats rest)
        |> Fields.map List.Cons (fun values -> List.head values, List.tail values)

let private caseOf (described: UnaryFunction) : OpCase<Unary> =
    let names = described.Parameters |> List.map fst
    OpCase.create (described.Name.ToLowerInvariant()) (floats names) described.TryParameters described.Make

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
            "selu"
            (Fields.both (Fields.required "alpha" Codec.float32) (Fields.required "gamma" Codec.float32))
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
let unaryCases = List.map caseOf Unary.functions @ parametricCases

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
