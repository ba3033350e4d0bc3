/// Steps of random graphs that work element by element, or over one axis.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Functions

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes

/// Adds a node to a graph, or None where nothing fits.
type DrawStep = Draft -> Drawn list option

let isFloat (value: Drawn) = Element.isFloat value.Element
let private isBool (value: Drawn) = value.Element = Element.Bool
let private isNumber (value: Drawn) = value.Element <> Element.Bool
let private isInteger value = isNumber value && not (isFloat value)

let plain (draft: Draft) operator operands attributes =
    draft.TryNode("", operator, List.map Some operands, attributes, 1)

/// A number that ONNX attributes can hold, in steps of 1/8.
let number (draft: Draft) low high =
    float32 (Math.Round(8.0 * (low + (high - low) * draft.Random.NextDouble())) / 8.0)

/// An axis of a value, counted from either end.
let axis (draft: Draft) (value: Drawn) =
    draft.Random.Next(-value.Rank, value.Rank)

let private unary (draft: Draft) =
    let named names fits =
        draft.TryPick fits
        |> Option.bind (fun x -> plain draft (draft.Choose names) [ x ] [])

    match draft.Random.Next 8 with
    | 0 -> named [ "Abs"; "Neg"; "Sign"; "Relu"; "Identity" ] isNumber
    | 1 -> named [ "Ceil"; "Floor"; "Round" ] isFloat
    | 2 -> named [ "Not"; "Identity" ] isBool
    | 3 -> named [ "BitwiseNot"; "Abs"; "Neg" ] isInteger
    | 4 -> named [ "IsNaN"; "IsInf" ] isFloat
    | 5 -> named [ "Exp"; "Sin"; "Cos"; "Sqrt"; "Log"; "Reciprocal"; "Tan"; "Acosh"; "Asin" ] isFloat
    | _ ->
        named
            [
                "Sigmoid"
                "Tanh"
                "Erf"
                "Softplus"
                "Softsign"
                "HardSwish"
                "Atan"
                "Asinh"
                "Mish"
                "Sinh"
                "Cosh"
                "Atanh"
                "Acos"
            ]
            isFloat

let private activation (draft: Draft) =
    draft.TryPick isFloat
    |> Option.bind (fun x ->
        let some name low high =
            Build.float name (number draft low high)

        match draft.Random.Next 12 with
        | 0 -> plain draft "Elu" [ x ] [ some "alpha" 0.25 2.0 ]
        | 1 -> plain draft "Selu" [ x ] [ some "alpha" 1.0 2.0; some "gamma" 0.5 1.5 ]
        | 2 -> plain draft "Celu" [ x ] [ some "alpha" 0.25 2.0 ]
        | 3 -> plain draft "LeakyRelu" [ x ] [ some "alpha" -1.0 1.0 ]
        | 4 -> plain draft "HardSigmoid" [ x ] [ some "alpha" 0.125 1.0; some "beta" 0.0 1.0 ]
        | 5 -> plain draft "ThresholdedRelu" [ x ] [ some "alpha" 0.0 2.0 ]
        | 6 -> plain draft "Shrink" [ x ] [ some "bias" -1.0 1.0; some "lambd" 0.0 1.0 ]
        | 7 -> plain draft "Gelu" [ x ] [ Build.text "approximate" (draft.Choose [ "none"; "tanh" ]) ]
        | 8 -> plain draft "IsInf" [ x ] [ Build.int "detect_negative" (int64 (draft.Random.Next 2)) ]
        | 9 -> draft.TryNode("com.microsoft", draft.Choose [ "QuickGelu"; "FastGelu"; "Gelu" ], [ Some x ], [], 1)
        | _ ->
            let low = number draft -2.0 0.5

            let bound value =
                draft.Constant(Values.these x.Element [||] [ float value ])

            let high =
                if draft.Once 3 then
                    None
                else
                    Some(bound (low + number draft 0.25 3.0))

            draft.TryNode("", "Clip", [ Some x; (if draft.Once 4 then None else Some(bound low)); high ], [], 1))

/// A shape that broadcasts with another: fewer axes, and some of size 1.
let private broadcast (draft: Draft) (shape: int[]) =
    let kept = shape |> Array.skip (draft.Random.Next(0, shape.Length + 1))

    [ for size in kept -> if draft.IsOpen size || draft.Once 3 then 1 else size ]

/// A partner of the same element type: a value whose shape broadcasts, or a constant.
let private partner (draft: Draft) (x: Drawn) kind =
    let fits (y: Drawn) =
        y.Element = x.Element && (Shape.tryBroadcast x.Shape y.Shape).IsSome

    match draft.TryPick fits with
    | Some y when not (draft.Once 3) -> y
    | _ -> draft.Draw(x.Element, broadcast draft x.Shape, kind)

let private either (draft: Draft) a b =
    if draft.Once 2 then [ a; b ] else [ b; a ]

let private binary (draft: Draft) =
    let two fits names =
        draft.TryPick fits
        |> Option.bind (fun x -> plain draft (draft.Choose names) (either draft x (partner draft x Kind.Small)) [])

    match draft.Random.Next 12 with
    | 0
    | 1
    | 2 -> two isNumber [ "Add"; "Sub"; "Mul" ]
    | 3 -> two isNumber [ "Max"; "Min" ]
    | 4 -> two isNumber [ "Less"; "Greater"; "LessOrEqual"; "GreaterOrEqual"; "Equal" ]
    | 5 -> two isBool [ "And"; "Or"; "Xor"; "Equal" ]
    | 6 -> two isInteger [ "BitwiseAnd"; "BitwiseOr"; "BitwiseXor" ]
    | 7 -> two isFloat [ "Div"; "Pow" ]
    | 8 ->
        draft.TryPick isNumber
        |> Option.bind (fun x ->
            let divisor = draft.Draw(x.Element, broadcast draft x.Shape, Kind.Positive)

            match draft.Random.Next 4 with
            | 0 -> plain draft "Div" [ x; divisor ] []
            | 1 -> plain draft "Mod" [ x; divisor ] [ Build.int "fmod" 1L ]
            // only the slope is broadcast in ONNX
            | 2 -> plain draft "PRelu" [ x; draft.Draw(x.Element, broadcast draft x.Shape, Kind.Small) ] []
            | _ -> plain draft "Mod" [ x; divisor ] [])
    | 9 ->
        draft.TryPick isInteger
        |> Option.bind (fun x ->
            plain
                draft
                "BitShift"
                [ x; draft.Draw(x.Element, broadcast draft x.Shape, Kind.Positive) ]
                [ Build.text "direction" (draft.Choose [ "LEFT"; "RIGHT" ]) ])
    | 10 ->
        draft.TryPick isNumber
        |> Option.bind (fun x ->
            plain draft (draft.Choose [ "Sum"; "Mean"; "Max"; "Min" ]) [ x; partner draft x Kind.Any; partner draft x Kind.Any ] [])
    | _ ->
        draft.TryPick isBool
        |> Option.bind (fun condition ->
            draft.TryPick(fun x -> (Shape.tryBroadcast x.Shape condition.Shape).IsSome)
            |> Option.bind (fun x -> plain draft "Where" (condition :: either draft x (partner draft x Kind.Any)) []))

let private cast (draft: Draft) =
    draft.TryPick(fun _ -> true)
    |> Option.bind (fun x ->
        let target =
            draft.Choose
                [
                    Element.Float32
                    Element.Float32
                    Element.Float64
                    Element.Int32
                    Element.Int64
                    Element.Bool
                    Element.UInt8
                    Element.Int8
                    Element.Float16
                    Element.Int16
                ]

        // What is cut off out of range depends on the machine.
        let fits value =
            not (Element.isFloat x.Element)
            || Element.isFloat target
            || (0.0 <= value && value < 100.0)

        if not (Array.forall fits (Tensor.toFloat64s x.Tensor)) then
            None
        elif draft.Once 4 then
            plain draft "CastLike" [ x; draft.Draw(target, [ 1 ], Kind.Small) ] []
        else
            plain
                draft
                "Cast"
                [ x ]
                [
                    Build.int "to" (int64 (ConcreteMl.Compiler.Core.Onnx.ElementType.number target))
                ])

/// Axes of a reduction: some of a value's, in any order and from either end.
let private axes (draft: Draft) (x: Drawn) =
    [
        for at in 0 .. x.Rank - 1 do
            if draft.Once 2 then
                (if draft.Once 2 then at else at - x.Rank)
    ]

let private reduce (draft: Draft) =
    draft.TryPick(fun x -> isNumber x && x.Rank > 0)
    |> Option.bind (fun x ->
        // of integers, what becomes of the logarithm of 0 depends on the machine
        let logarithms =
            if isFloat x then
                [ "ReduceLogSum"; "ReduceLogSumExp" ]
            else
                []

        let name =
            draft.Choose(
                [
                    "ReduceSum"
                    "ReduceSum"
                    "ReduceMean"
                    "ReduceMax"
                    "ReduceMin"
                    "ReduceProd"
                    "ReduceL1"
                    "ReduceL2"
                    "ReduceSumSquare"
                ]
                @ logarithms
            )

        let keep = Build.int "keepdims" (int64 (draft.Random.Next 2))
        let chosen = axes draft x

        if draft.Style.Opset >= (if name = "ReduceSum" then 13 else 18) then
            // whether what follows a sum is still done without axes, ONNX and ONNX Runtime answer differently
            let noop =
                if
                    draft.Once 4
                    && List.contains name [ "ReduceSum"; "ReduceMean"; "ReduceMax"; "ReduceMin"; "ReduceProd" ]
                then
                    [ Build.int "noop_with_empty_axes" 1L ]
                else
                    []

            match chosen with
            | [] when draft.Once 2 -> plain draft name [ x ] (keep :: noop)
            | [] -> None
            | some -> plain draft name [ x; draft.Integers some ] (keep :: noop)
        elif chosen.IsEmpty then
            plain draft name [ x ] [ keep ]
        else
            plain draft name [ x ] [ keep; Build.ints "axes" (List.map int64 chosen) ])

let private along (draft: Draft) =
    draft.TryPick(fun x -> isNumber x && x.Rank > 0)
    |> Option.bind (fun x ->
        let at = axis draft x
        let on = Build.int "axis" (int64 at)

        let flag name =
            Build.int name (int64 (draft.Random.Next 2))

        let size = x.Shape[(at + x.Rank) % x.Rank]

        match draft.Random.Next 7 with
        | 0
        | 1 -> plain draft (draft.Choose [ "Softmax"; "LogSoftmax"; "Hardmax" ]) [ x ] [ on ]
        | 2 -> plain draft (draft.Choose [ "ArgMax"; "ArgMin" ]) [ x ] [ on; flag "keepdims"; flag "select_last_index" ]
        | 3 -> plain draft "CumSum" [ x; draft.Scalar at ] [ flag "exclusive"; flag "reverse" ]
        | 4 when not (draft.IsOpen size) ->
            draft.TryNode("", "TopK", [ Some x; Some(draft.Integers [ draft.Random.Next(1, size + 1) ]) ], [ on; flag "largest" ], 2)
        | 5 -> plain draft "LpNormalization" [ x ] [ on; Build.int "p" (int64 (draft.Random.Next(1, 3))) ]
        | _ when x.Element = Element.Int64 || x.Element = Element.Int32 ->
            let depth =
                draft.Constant(Tensor.ofInt64 [||] [| int64 (draft.Random.Next(3, 6)) |])

            plain draft "OneHot" [ x; depth; draft.Draw(Element.Float32, [ 2 ], Kind.Small) ] [ Build.int "axis" -1L ]
        | _ -> None)

let all: (int * DrawStep) list =
    [ 4, unary; 3, activation; 6, binary; 2, cast; 3, reduce; 2, along ]
