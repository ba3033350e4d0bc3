module ConcreteMl.Compiler.Core.Tests.Onnx.ShapeTests

open System.IO
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

let private known (sizes: int64 list) =
    sizes |> List.map Dimension.Known |> List.toArray

let private dims name (types: InferredTypes) =
    match types.TryGetValue name with
    | true, ValueType.Tensor(_, Some dims) -> dims
    | _ -> failwith $"{name} has no shape"

let private element name (types: InferredTypes) =
    match types.TryGetValue name with
    | true, ValueType.Tensor(element, _) -> element
    | _ -> failwith $"{name} has no type"

let private infer bindings opset inputs initializers nodes =
    ShapeInference.run bindings (decode (model opset (graph inputs initializers nodes [])))

/// The shape of "y" made by one node of float32 inputs "x" and further initializers.
let private one opset (shape: string) initializers (operator: NodeProto) =
    let types, found =
        infer Bindings.none opset [ real "x" shape ] initializers [ operator ]

    same [] found
    dims "y" types

let private image = "1 3 8 9"

let private isStatic (valueType: ValueType) =
    match valueType with
    | ValueType.Tensor(Ok _, Some dims) ->
        dims
        |> Array.forall (function
            | Dimension.Known _ -> true
            | _ -> false)
    | _ -> false

[<Tests>]
let tests =
    testList
        "Onnx.Shape"
        [
            testCase "convolutions and pools slide their window"
            <| fun () ->
                let weights = raw "w" 1 [ 6L; 3L; 3L; 2L ] (Array.zeroCreate (6 * 3 * 3 * 2 * 4))

                let conv attributes =
                    one 14L image [ weights ] (node "Conv" [ "x"; "w" ] [ "y" ] attributes)

                same (known [ 1L; 6L; 6L; 8L ]) (conv [])
                same (known [ 1L; 6L; 4L; 5L ]) (conv [ ints "strides" [ 2L; 2L ]; ints "pads" [ 1L; 1L; 1L; 1L ] ])
                same (known [ 1L; 6L; 4L; 8L ]) (conv [ ints "dilations" [ 2L; 1L ] ])
                same (known [ 1L; 6L; 4L; 3L ]) (conv [ text "auto_pad" "SAME_UPPER"; ints "strides" [ 2L; 3L ] ])

                let pool attributes =
                    one
                        14L
                        image
                        []
                        (node "MaxPool" [ "x" ] [ "y" ] (ints "kernel_shape" [ 2L; 2L ] :: ints "strides" [ 2L; 2L ] :: attributes))

                same (known [ 1L; 3L; 4L; 4L ]) (pool [])
                same (known [ 1L; 3L; 4L; 5L ]) (pool [ int "ceil_mode" 1L ])
                same (known [ 1L; 3L; 1L; 1L ]) (one 14L image [] (node "GlobalAveragePool" [ "x" ] [ "y" ] []))

            testCase "a last window that would start in the padding is dropped"
            <| fun () ->
                let attributes =
                    [
                        ints "kernel_shape" [ 1L ]
                        ints "strides" [ 2L ]
                        ints "pads" [ 0L; 1L ]
                        int "ceil_mode" 1L
                    ]

                same (known [ 1L; 1L; 2L ]) (one 19L "1 1 4" [] (node "AveragePool" [ "x" ] [ "y" ] attributes))

            testCase "products follow NumPy"
            <| fun () ->
                let product left right =
                    let types, found =
                        infer Bindings.none 14L [ real "a" left; real "b" right ] [] [ node "MatMul" [ "a"; "b" ] [ "y" ] [] ]

                    same [] found
                    dims "y" types

                same (known [ 2L; 5L ]) (product "2 3" "3 5")
                same (known [ 7L; 2L; 5L ]) (product "7 2 3" "3 5")
                same (known [ 7L; 2L; 5L ]) (product "1 2 3" "7 3 5")
                same (known [ 5L ]) (product "3" "3 5")
                same (known []) (product "3" "3")
                same [| Dimension.Named "n"; Dimension.Known 5L |] (product "n 3" "3 5")

            testCase "operands that do not fit are errors and name the node"
            <| fun () ->
                let types, found =
                    infer Bindings.none 14L [ real "a" "2 3"; real "b" "4 5" ] [] [ node "MatMul" [ "a"; "b" ] [ "y" ] [] |> named "mm" ]

                same [ "CML1031", Some "mm" ] (found |> List.map (fun finding -> finding.Code, finding.Node))
                same ValueType.Missing types["y"]

            testCase "reshape copies, infers and keeps a symbolic batch"
            <| fun () ->
                let reshape shape target =
                    one 14L shape [ int64s "s" target ] (node "Reshape" [ "x"; "s" ] [ "y" ] [])

                same (known [ 2L; 12L ]) (reshape "2 3 4" [ 0L; -1L ])
                same [| Dimension.Named "n"; Dimension.Known 12L |] (reshape "n 3 4" [ -1L; 12L ])
                same [| Dimension.Named "n"; Dimension.Known 12L |] (reshape "n 3 4" [ 0L; -1L ])
                same [| Dimension.Unknown; Dimension.Known 6L |] (reshape "n 3 4" [ -1L; 6L ])

            testCase "shapes that the graph computes are followed"
            <| fun () ->
                let nodes =
                    [
                        node "Shape" [ "x" ] [ "shape" ] []
                        node "Gather" [ "shape"; "zero" ] [ "batch" ] []
                        node "Unsqueeze" [ "batch"; "first" ] [ "batches" ] []
                        node "Mul" [ "six"; "two" ] [ "twelve" ] []
                        node "Concat" [ "batches"; "twelve" ] [ "target" ] [ int "axis" 0L ]
                        node "Reshape" [ "x"; "target" ] [ "y" ] []
                    ]

                let scalar = TensorProto(Name = "zero", DataType = 7)
                scalar.Int64Data.Add 0L

                let constants =
                    [ scalar; int64s "first" [ 0L ]; int64s "six" [ 6L ]; int64s "two" [ 2L ] ]

                let types, _ = infer Bindings.none 14L [ real "x" "n 3 4" ] constants nodes
                same [| Dimension.Named "n"; Dimension.Known 12L |] (dims "y" types)

                let types, _ = infer Bindings.sample 14L [ real "x" "n 3 4" ] constants nodes

                same (known [ 1L; 12L ]) (dims "y" types)

            testCase "the expand pattern of exporters is followed"
            <| fun () ->
                let nodes =
                    [
                        node "ConstantOfShape" [ "rank" ] [ "ones" ] [ tensorAttribute "value" (int64s "" [ 1L ]) ]
                        node "Equal" [ "want"; "minus" ] [ "free" ] []
                        node "Where" [ "free"; "ones"; "want" ] [ "target" ] []
                        node "Expand" [ "x"; "target" ] [ "y" ] []
                    ]

                let constants =
                    [ int64s "rank" [ 3L ]; int64s "want" [ -1L; 2L; 12L ]; int64s "minus" [ -1L ] ]

                let types, _ = infer Bindings.sample 14L [ real "x" "n 1 12" ] constants nodes

                same (known [ 1L; 2L; 12L ]) (dims "y" types)

            testTheory
                "slices count their elements"
                [
                    (0L, 3L, 1L, 3L)
                    (-3L, 9223372036854775807L, 1L, 3L)
                    (1L, 9L, 4L, 2L)
                    (-1L, -9223372036854775807L, -1L, 10L)
                    (8L, 2L, -3L, 2L)
                    (20L, 30L, 1L, 0L)
                ]
            <| fun (start: int64, stop: int64, step: int64, count: int64) ->
                let limits =
                    [
                        int64s "s" [ start ]
                        int64s "e" [ stop ]
                        int64s "a" [ 0L ]
                        int64s "t" [ step ]
                    ]

                same (known [ count ]) (one 14L "10" limits (node "Slice" [ "x"; "s"; "e"; "a"; "t" ] [ "y" ] []))

            testCase "old operator sets give by attribute what new ones give by input"
            <| fun () ->
                same (known [ 2L; 1L ]) (one 11L "2 3" [] (node "ReduceSum" [ "x" ] [ "y" ] [ ints "axes" [ 1L ] ]))
                same (known [ 2L ]) (one 13L "2 3" [ int64s "a" [ 1L ] ] (node "ReduceSum" [ "x"; "a" ] [ "y" ] [ int "keepdims" 0L ]))
                same (known [ 1L; 2L; 3L ]) (one 11L "2 3" [] (node "Unsqueeze" [ "x" ] [ "y" ] [ ints "axes" [ 0L ] ]))
                same (known [ 2L; 5L ]) (one 2L "2 3" [] (node "Pad" [ "x" ] [ "y" ] [ ints "pads" [ 0L; 1L; 0L; 1L ] ]))

                same
                    (known [ 2L; 2L ])
                    (one 9L "2 3" [] (node "Slice" [ "x" ] [ "y" ] [ ints "starts" [ 0L; 1L ]; ints "ends" [ 2L; 3L ] ]))

                same (known [ 2L; 1L ]) (one 4L "2 1" [] (node "Reshape" [ "x" ] [ "y" ] [ ints "shape" [ 0L; -1L ] ]))

            testCase "parts of a split are equal, the last one smaller from version 18"
            <| fun () ->
                let nodes =
                    [
                        node "Split" [ "x" ] [ "a"; "b"; "c" ] [ int "axis" 1L; int "num_outputs" 3L ]
                    ]

                let types, _ = infer Bindings.none 18L [ real "x" "2 8" ] [] nodes
                same [ known [ 2L; 3L ]; known [ 2L; 3L ]; known [ 2L; 2L ] ] ([ "a"; "b"; "c" ] |> List.map (fun name -> dims name types))

            testCase "element types follow the operators"
            <| fun () ->
                let nodes =
                    [
                        node "Less" [ "x"; "x" ] [ "less" ] []
                        node "Cast" [ "less" ] [ "half" ] [ int "to" 10L ]
                        node "CastLike" [ "x"; "half" ] [ "like" ] []
                        node "ArgMax" [ "x" ] [ "best" ] [ int "axis" 1L; int "keepdims" 0L ]
                        node "QuantizeLinear" [ "x"; "scale" ] [ "q" ] []
                        node "DequantizeLinear" [ "q"; "scale" ] [ "back" ] []
                    ]

                let types, found =
                    infer Bindings.none 15L [ real "x" "2 3" ] [ floats "scale" [] [ 1.0f ] ] nodes

                same [] found

                same
                    [
                        Element.Bool
                        Element.Float16
                        Element.Float16
                        Element.Int64
                        Element.UInt8
                        Element.Float32
                    ]
                    ([ "less"; "half"; "like"; "best"; "q"; "back" ]
                     |> List.map (fun name ->
                         match element name types with
                         | Ok element -> element
                         | Error name -> failwith name))

                same (known [ 2L ]) (dims "best" types)

            testCase "leading dimensions of inputs are bound to the batch, by name everywhere"
            <| fun () ->
                let nodes = [ node "Relu" [ "a" ] [ "y" ] []; node "Relu" [ "b" ] [ "z" ] [] ]
                let inputs = [ real "a" "n 4"; real "b" "? 4 n" ]
                let types, _ = infer Bindings.sample 14L inputs [] nodes
                same (known [ 1L; 4L ]) (dims "y" types)
                same (known [ 1L; 4L; 1L ]) (dims "z" types)

            testCase "declarations that contradict the graph are warnings"
            <| fun () ->
                let proto =
                    model 14L (graph [ real "x" "2 3" ] [] [ node "Relu" [ "x" ] [ "y" ] [] ] [ real "y" "5 3" ])

                let types, found = ShapeInference.run Bindings.none (decode proto)
                same [ "CML1030", Severity.Warning ] (found |> List.map (fun finding -> finding.Code, finding.Severity))
                same (known [ 2L; 3L ]) (dims "y" types)

            testCase "unknown operators have the declared type or none"
            <| fun () ->
                let nodes = [ node "Strange" [ "x" ] [ "y"; "z" ] [] ]

                let proto = model 14L (graph [ real "x" "n 3" ] [] nodes [ real "y" "n 7" ])

                let types, found = ShapeInference.run Bindings.sample (decode proto)
                same [] found
                same (known [ 1L; 7L ]) (dims "y" types)
                same ValueType.Missing types["z"]

            testCase "real models pass the checks and have static shapes once the batch is bound"
            <| fun () ->
                let folders = Directory.GetDirectories models |> Array.sort
                Expect.isGreaterThanOrEqual folders.Length 5 "folders.Length"

                for folder in folders do
                    match Decode.file (Path.Combine(folder, "model.onnx")) with
                    | Error found -> failtest $"{folder}: %A{found}"
                    | Ok model ->
                        same [] (Check.run model |> List.filter Diagnostic.isError)
                        let types, found = ShapeInference.run Bindings.sample model
                        same [] (found |> List.filter Diagnostic.isError)

                        for node in model.Graph.Nodes do
                            for output in node.Outputs do
                                if output <> "" && not (isStatic types[output]) then
                                    failtest $"{folder}: {output} has the type %A{types[output]}"

            testCase "a wrong batch on the outputs is a warning"
            <| fun () ->
                match Decode.file (Path.Combine(models, "hb_xgb", "model.onnx")) with
                | Error found -> failtest $"%A{found}"
                | Ok model ->
                    let _, found = ShapeInference.run Bindings.sample model
                    same [ "CML1030" ] (codes found)

            testCase "values that no array can hold are refused"
            <| fun () ->
                let nodes = [ node "Expand" [ "x"; "huge" ] [ "y" ] [] ]

                let _, found =
                    infer Bindings.none 14L [ real "x" "1 1" ] [ int64s "huge" [ 100000L; 100000L ] ] nodes

                same [ "CML1032" ] (codes found)

                let _, found =
                    infer Bindings.none 14L [ real "x" "9223372036854775807" ] [] [ node "Relu" [ "x" ] [ "y" ] [] ]

                same [ "CML1032"; "CML1032" ] (codes found)
        ]
