module ConcreteMl.Compiler.Core.Tests.Float.ImportTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private tensorType element (dims: Onnx.Dimension list) =
    Onnx.ValueType.Tensor(Ok element, Some(Array.ofList dims))

let private fixedDims (shape: int list) =
    shape |> List.map (int64 >> Onnx.Dimension.Known)

let private input name dims : Onnx.ValueInfo =
    {
        Name = name
        Type = tensorType Element.Float32 dims
    }

let private node opType inputs outputs attributes : Onnx.Node =
    {
        Name = $"/{opType}"
        OpType = opType
        Domain = ""
        Overload = ""
        Opset = None
        Inputs = Array.ofList inputs
        Outputs = Array.ofList outputs
        Attributes = attributes
    }

let private model opset inputs initializers nodes : Onnx.Model =
    {
        IrVersion = 8L
        Producer = "test"
        Opsets = [ "", opset; "qonnx.custom_op.general", 1L ]
        Graph =
            {
                Name = "g"
                Inputs = Array.ofList inputs
                Outputs =
                    [|
                        {
                            Name = "y"
                            Type = Onnx.ValueType.Missing
                        }
                    |]
                ValueInfos = [||]
                Initializers =
                    initializers
                    |> List.map (fun (name, tensor) ->
                        ({
                            Name = name
                            Value = Ok tensor
                            Texts = None
                        }
                        : Onnx.NamedTensor))
                    |> Array.ofList
                Nodes = Array.ofList nodes
            }
        Functions = [||]
        Metadata = []
        Hash = ""
    }

let private import bind model =
    Import.model Context.quiet { BindBatch = bind; Sizes = Map.empty } model

let private evaluate model inputs =
    match import true model with
    | Ok graph -> Eval.graph graph inputs |> List.head
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private codes result =
    match result with
    | Ok _ -> []
    | Error findings -> findings |> List.map (fun finding -> finding.Code, finding.Node)

let private floats (shape: int list) (values: float list) =
    Tensor.ofFloat32 (Array.ofList shape) (values |> List.map float32 |> Array.ofList)

let private longs (values: int list) =
    Tensor.ofInt64 [| values.Length |] (values |> List.map int64 |> Array.ofList)

let private values (tensor: Tensor) =
    Tensor.toFloat64s tensor |> List.ofArray

let private same (expected: 'T) (actual: 'T) =
    if actual <> expected then
        failtest $"expected %A{expected}, met %A{actual}"

/// x, quantized to unsigned codes of 3 bits, moved, and dequantized.
let private quantizedPair =
    model
        13L
        [ input "x" (fixedDims [ 1; 4 ]) ]
        [
            "s", floats [] [ 0.5 ]
            "z", Tensor.create Element.UInt8 [||] [| 2uy |]
            "low", Tensor.create Element.UInt8 [||] [| 0uy |]
            "high", Tensor.create Element.UInt8 [||] [| 7uy |]
        ]
        [
            node "QuantizeLinear" [ "x"; "s"; "z" ] [ "q" ] []
            node "Clip" [ "q"; "low"; "high" ] [ "c" ] []
            node "Transpose" [ "c" ] [ "t" ] []
            node "DequantizeLinear" [ "t"; "s"; "z" ] [ "y" ] []
        ]

/// Two trees over two features: a root with two leaves, and a single leaf.
let private ensemble missing =
    let ints (values: int64 list) =
        Onnx.Attribute.Ints(Array.ofList values)

    let floats (values: float list) =
        Onnx.Attribute.Floats(values |> List.map float32 |> Array.ofList)

    { node
          "TreeEnsembleRegressor"
          [ "x" ]
          [ "y" ]
          [
              "n_targets", Onnx.Attribute.Int 1L
              "nodes_treeids", ints [ 0L; 0L; 0L; 1L ]
              "nodes_nodeids", ints [ 0L; 1L; 2L; 0L ]
              "nodes_featureids", ints [ 1L; 0L; 0L; 0L ]
              "nodes_values", floats [ 0.5; 0.0; 0.0; 0.0 ]
              "nodes_modes", Onnx.Attribute.Texts [| "BRANCH_LEQ"; "LEAF"; "LEAF"; "LEAF" |]
              "nodes_truenodeids", ints [ 1L; 0L; 0L; 0L ]
              "nodes_falsenodeids", ints [ 2L; 0L; 0L; 0L ]
              "nodes_missing_value_tracks_true", ints [ missing; 0L; 0L; 0L ]
              "target_treeids", ints [ 0L; 0L; 1L ]
              "target_nodeids", ints [ 1L; 2L; 0L ]
              "target_ids", ints [ 0L; 0L; 0L ]
              "target_weights", floats [ 10.0; 20.0; 1.0 ]
          ] with
        Domain = "ai.onnx.ml"
    }

[<Tests>]
let tests =
    testList
        "Float.Import"
        [
            testCase "before opset 7 an operand is laid along the axis that is named"
            <| fun () ->
                let attributes =
                    [ "broadcast", Onnx.Attribute.Int 1L; "axis", Onnx.Attribute.Int 1L ]

                let model =
                    model
                        6L
                        [ input "x" (fixedDims [ 1; 2; 2 ]) ]
                        [ "b", floats [ 2 ] [ 10.0; 20.0 ] ]
                        [ node "Add" [ "x"; "b" ] [ "y" ] attributes ]

                evaluate model [ floats [ 1; 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ] ]
                |> values
                |> same [ 11.0; 12.0; 23.0; 24.0 ]

            testCase "clip takes attributes before opset 11 and inputs later"
            <| fun () ->
                let x = floats [ 1; 3 ] [ -5.0; 0.5; 5.0 ]
                let inputs = [ input "x" (fixedDims [ 1; 3 ]) ]

                let attributes =
                    [ "min", Onnx.Attribute.Float -1.0f; "max", Onnx.Attribute.Float 2.0f ]

                evaluate (model 6L inputs [] [ node "Clip" [ "x" ] [ "y" ] attributes ]) [ x ]
                |> values
                |> same [ -1.0; 0.5; 2.0 ]

                evaluate (model 13L inputs [ "high", floats [] [ 2.0 ] ] [ node "Clip" [ "x"; ""; "high" ] [ "y" ] [] ]) [ x ]
                |> values
                |> same [ -5.0; 0.5; 2.0 ]

            testTheory "squeeze and unsqueeze name axes by attribute or by input" [ 11L; 13L ]
            <| fun (opset: int64) ->
                let inputs = [ input "x" (fixedDims [ 1; 2; 1 ]) ]
                let axes name = if opset < 13L then [] else [ name ]

                let attribute (axis: int64) =
                    if opset < 13L then
                        [ "axes", Onnx.Attribute.Ints [| axis |] ]
                    else
                        []

                let nodes =
                    [
                        node "Squeeze" ("x" :: axes "two") [ "s" ] (attribute 2L)
                        node "Unsqueeze" ("s" :: axes "one") [ "y" ] (attribute 1L)
                    ]

                let result =
                    evaluate (model opset inputs [ "two", longs [ 2 ]; "one", longs [ 1 ] ] nodes) [ floats [ 1; 2; 1 ] [ 1.0; 2.0 ] ]

                same [ 1; 1; 2 ] (List.ofArray result.Shape)

            testCase "sums of many operands become chains and dropout disappears"
            <| fun () ->
                let nodes =
                    [ node "Dropout" [ "x" ] [ "d" ] []; node "Sum" [ "d"; "d"; "d" ] [ "y" ] [] ]

                match import true (model 13L [ input "x" (fixedDims [ 1; 2 ]) ] [] nodes) with
                | Ok graph -> same [ Op.Binary Binary.Add; Op.Binary Binary.Add ] (graph.Nodes |> Array.map _.Op |> List.ofArray)
                | Error findings -> failtest $"%A{findings}"

            testCase "the batch is bound to one sample unless shapes are kept"
            <| fun () ->
                let open' = [ Onnx.Dimension.Named "N"; Onnx.Dimension.Known 2L ]
                let model = model 13L [ input "x" open' ] [] [ node "Relu" [ "x" ] [ "y" ] [] ]

                let dims bind =
                    match import bind model with
                    | Ok graph -> (graph.TypeOf graph.Outputs[0].Value).Dims |> Option.map List.ofArray
                    | Error _ -> None

                same (Some [ Dim.Known 1; Dim.Known 2 ]) (dims true)
                same (Some [ Dim.Dynamic; Dim.Known 2 ]) (dims false)

            testCase "an axis that stays open is refused"
            <| fun () ->
                let dims = [ Onnx.Dimension.Named "N"; Onnx.Dimension.Named "width" ]
                let model = model 13L [ input "x" dims ] [] [ node "Relu" [ "x" ] [ "y" ] [] ]
                same [ "CML1106", Some "x" ] (codes (import true model))

            testCase "all that is unsupported is refused at once"
            <| fun () ->
                let training = [ "training_mode", Onnx.Attribute.Int 1L ]

                let nodes =
                    [
                        node "Bernoulli" [ "x" ] [ "a" ] []
                        node "BatchNormalization" [ "x"; "p"; "p"; "p"; "p" ] [ "b" ] training
                        node "Add" [ "a"; "b" ] [ "c" ] []
                        node "NonMaxSuppression" [ "c" ] [ "d" ] []
                        node "Cast" [ "x" ] [ "e" ] [ "to", Onnx.Attribute.Int 8L ]
                        node "Add" [ "x"; "p" ] [ "y" ] []
                    ]

                let model =
                    model 15L [ input "x" (fixedDims [ 1; 2 ]) ] [ "p", floats [ 2 ] [ 1.0; 1.0 ] ] nodes

                same
                    [
                        "CML1100", Some "/Bernoulli"
                        "CML1107", Some "/BatchNormalization"
                        "CML1100", Some "/NonMaxSuppression"
                        "CML1102", Some "/Cast"
                    ]
                    (codes (import true model))

            testCase "shapes that do not fit are refused with the node"
            <| fun () ->
                let model =
                    model
                        15L
                        [ input "x" (fixedDims [ 1; 2 ]) ]
                        [ "p", floats [ 3 ] [ 1.0; 1.0; 1.0 ] ]
                        [ node "Add" [ "x"; "p" ] [ "y" ] [] ]

                same [ "CML1031", Some "/Add" ] (codes (import true model))

            testTheory "a quantizer with a rounding mode that no specification has is refused" [ "STOCHASTIC"; "ROUND_RATIO" ]
            <| fun mode ->
                let quant =
                    { node "Quant" [ "x"; "s"; "z"; "b" ] [ "y" ] [ "rounding_mode", Onnx.Attribute.Text mode ] with
                        Domain = "qonnx.custom_op.general"
                    }

                let scalar = floats [] [ 1.0 ]

                let model =
                    model 15L [ input "x" (fixedDims [ 1; 2 ]) ] [ "s", scalar; "z", scalar; "b", scalar ] [ quant ]

                same [ "CML1101", Some "/Quant" ] (codes (import true model))

            testCase "a quantizer and its dequantizer become one Quant node, also around a movement"
            <| fun () ->
                let x = floats [ 1; 4 ] [ -3.0; 0.2; 0.8; 9.0 ]
                evaluate quantizedPair [ x ] |> values |> same [ -1.0; 0.0; 1.0; 2.5 ]

                let quant =
                    {
                        Signed = false
                        Narrow = false
                        RoundingMode = "ROUND"
                    }

                match import true quantizedPair with
                | Error findings -> failtest $"%A{findings}"
                | Ok graph ->
                    graph.Nodes
                    |> Array.map _.Op
                    |> Array.filter (fun op ->
                        match op with
                        | Op.Constant _ -> false
                        | _ -> true)
                    |> List.ofArray
                    |> same [ Op.Quant quant; Op.Transpose [||] ]

            testCase "softmax sums to one and does not overflow"
            <| fun () ->
                let model =
                    model 13L [ input "x" (fixedDims [ 1; 3 ]) ] [] [ node "Softmax" [ "x" ] [ "y" ] [] ]

                evaluate model [ floats [ 1; 3 ] [ 0.0; 0.0; 1000.0 ] ]
                |> values
                |> same [ 0.0; 0.0; 1.0 ]

                evaluate model [ floats [ 1; 3 ] [ 5.0; 5.0; -1000.0 ] ]
                |> values
                |> same [ 0.5; 0.5; 0.0 ]

            testTheory
                "an ensemble adds the weights of the leaves that are reached"
                [
                    (0.5, 0L, 11.0)
                    (0.75, 0L, 21.0)
                    (Double.NaN, 0L, 21.0)
                    (Double.NaN, 1L, 11.0)
                ]
            <| fun (value: float, missing: int64, expected: float) ->
                evaluate (model 13L [ input "x" (fixedDims [ 1; 2 ]) ] [] [ ensemble missing ]) [ floats [ 1; 2 ] [ 0.0; value ] ]
                |> values
                |> same [ expected ]

            testCase "the table of operators is the list of what is imported"
            <| fun () ->
                let listed =
                    Operators.all
                    |> List.map (fun info -> (if info.Domain = "ai.onnx" then "" else info.Domain), info.Name)

                same (List.sort Import.supported) (List.sort listed)

                Expect.isTrue
                    (Operators.all
                     |> List.forall (fun info -> info.Since >= 1 && info.Since <= info.Newest))
                    "as expected"
        ]
