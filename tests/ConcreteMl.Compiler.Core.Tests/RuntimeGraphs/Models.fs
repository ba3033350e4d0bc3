/// Steps of random graphs that are recurrent layers, quantizers, resized images and classic models.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Models

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes
open ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Functions

let private weights (draft: Draft) (x: Drawn) (shape: int list) = draft.Draw(x.Element, shape, Kind.Any)

let private flag (draft: Draft) name =
    Build.int name (int64 (draft.Random.Next 2))

let private ints name (values: int list) = Build.ints name (List.map int64 values)

let private floats name (values: float32 list) =
    let attribute = AttributeProto(Name = name, Type = Build.Kind.Floats)
    attribute.Floats.AddRange values
    attribute

/// Optional operands at the end: some of them, in order.
let private upTo (draft: Draft) (operands: Drawn list) =
    List.truncate (draft.Random.Next(0, operands.Length + 1)) operands

let private resize (draft: Draft) =
    draft.TryPick(fun x -> isFloat x && (x.Rank = 3 || x.Rank = 4))
    |> Option.bind (fun x ->
        let mode = draft.Choose [ "nearest"; "linear"; "cubic" ]

        // Of a scaled size that is not whole, ONNX's own test data go on with the fraction, ONNX Runtime with the whole part.
        let scale size =
            [ 1.0; 2.0; 1.5; 0.5 ]
            |> List.filter (fun scale -> scale * float size % 1.0 = 0.0)
            |> draft.Choose

        let scales =
            [ for at in 0 .. x.Rank - 1 -> if at < 2 then 1.0 else scale x.Shape[at] ]

        let coordinates =
            draft.Choose [ "half_pixel"; "asymmetric"; "align_corners"; "pytorch_half_pixel" ]

        let rounding =
            if mode = "nearest" then
                [
                    Build.text "nearest_mode" (draft.Choose [ "floor"; "ceil"; "round_prefer_floor"; "round_prefer_ceil" ])
                ]
            else
                []

        draft.TryNode(
            "",
            "Resize",
            [
                Some x
                None
                Some(draft.Constant(Values.these Element.Float32 [| x.Rank |] scales))
            ],
            [
                Build.text "mode" mode
                Build.text "coordinate_transformation_mode" coordinates
            ]
            @ rounding,
            1
        ))

let private recurrent (draft: Draft) =
    draft.TryPick(fun x ->
        x.Element = Element.Float32
        && x.Rank = 3
        && not (draft.HasOpen [| x.Shape[0]; x.Shape[2] |])
        && x.Shape[0] <= 6)
    |> Option.bind (fun x ->
        let name, gates = draft.Choose [ "LSTM", 4; "GRU", 3; "RNN", 1 ]
        let hidden = draft.Random.Next(1, 4)
        let direction = draft.Choose [ "forward"; "reverse"; "bidirectional" ]
        let ways = if direction = "bidirectional" then 2 else 1
        let w = weights draft x [ ways; gates * hidden; x.Shape[2] ]
        let r = weights draft x [ ways; gates * hidden; hidden ]
        let bias = upTo draft [ weights draft x [ ways; 2 * gates * hidden ] ]

        let reset =
            if name = "GRU" then
                [ flag draft "linear_before_reset" ]
            else
                []

        draft.TryNode(
            "",
            name,
            List.map Some ([ x; w; r ] @ bias),
            [ Build.int "hidden_size" (int64 hidden); Build.text "direction" direction ]
            @ reset,
            2
        ))

let private quantizers (draft: Draft) =
    draft.TryPick(fun x -> x.Element = Element.Float32)
    |> Option.bind (fun x ->
        let element = draft.Choose [ Element.UInt8; Element.Int8 ]

        let scale =
            draft.Constant(Values.these Element.Float32 [||] [ draft.Choose [ 0.0625; 0.03; 0.11 ] ])

        let zero =
            draft.Constant(Values.these element [||] [ if element = Element.UInt8 then 128.0 else 3.0 ])

        if draft.Once 4 then
            draft.TryNode("", "DynamicQuantizeLinear", [ Some x ], [], 3)
            |> Option.bind (fun results -> plain draft "DequantizeLinear" [ results[0]; results[1]; results[2] ] [])
        else
            plain draft "QuantizeLinear" [ x; scale; zero ] []
            |> Option.bind (fun codes -> plain draft "DequantizeLinear" [ codes.Head; scale; zero ] []))

let private classic (draft: Draft) =
    draft.TryPick(fun x -> x.Element = Element.Float32 && x.Rank = 2 && not (draft.IsOpen x.Shape[1]))
    |> Option.bind (fun x ->
        let columns = x.Shape[1]

        let ml operator attributes outputs =
            draft.TryNode("ai.onnx.ml", operator, [ Some x ], attributes, outputs)

        let some count low high =
            List.init count (fun _ -> number draft low high)

        match draft.Random.Next 6 with
        | 0 ->
            ml
                "Scaler"
                [
                    floats "offset" (some columns -1.0 1.0)
                    floats "scale" (some columns 0.5 2.0)
                ]
                1
        | 1 -> ml "Normalizer" [ Build.text "norm" (draft.Choose [ "MAX"; "L1"; "L2" ]) ] 1
        | 2 -> ml "Binarizer" [ Build.float "threshold" (number draft -1.0 1.0) ] 1
        | 3 ->
            let targets = draft.Random.Next(1, 4)

            ml
                "LinearRegressor"
                [
                    floats "coefficients" (some (targets * columns) -1.0 1.0)
                    floats "intercepts" (some targets -1.0 1.0)
                    Build.int "targets" (int64 targets)
                ]
                1
        | 4 ->
            let classes = draft.Random.Next(3, 5)

            ml
                "LinearClassifier"
                [
                    floats "coefficients" (some (classes * columns) -1.0 1.0)
                    floats "intercepts" (some classes -1.0 1.0)
                    ints "classlabels_ints" [ 1..classes ]
                    Build.text "post_transform" (draft.Choose [ "NONE"; "SOFTMAX"; "LOGISTIC" ])
                ]
                2
        | _ ->
            let positions =
                Tensor.ofInt64 [| 1; 2 |] [| int64 (draft.Random.Next columns); 0L |]

            draft.TryNode("ai.onnx.ml", "ArrayFeatureExtractor", [ Some x; Some(draft.Constant positions) ], [], 1))

let all: (int * DrawStep) list =
    [ 1, resize; 2, recurrent; 1, quantizers; 2, classic ]
