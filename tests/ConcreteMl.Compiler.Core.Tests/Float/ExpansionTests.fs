module ConcreteMl.Compiler.Core.Tests.Float.ExpansionTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Passes

/// A graph of float32 inputs; `grow` adds operations whose types are inferred.
let private build (shapes: int[] list) (grow: GraphWriter -> ValueId list -> ValueId) =
    let builder = GraphBuilder<Op, ValueType>("g")

    let inputs =
        shapes
        |> List.mapi (fun at shape -> builder.Input($"x{at}", ValueType.ofShape Element.Float32 shape))

    let y = grow (GraphWriter(builder, [ "node" ])) inputs

    builder.Build [ { Name = "y"; Value = y; Coding = None } ]

let private expanded (graph: Graph) =
    let selections =
        match ExpandSelections.pass.Run Context.quiet graph with
        | Ok result -> result
        | Error findings -> failwith $"%A{findings}"

    ExpandMixtures.run [] selections

/// Small whole numbers, so that ties are frequent and float arithmetic is exact.
let private wholes (seed: int) (shape: int[]) =
    let random = Random seed
    Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> float32 (random.Next(-3, 4))))

let private isMixed (graph: Graph) =
    graph.Nodes
    |> Array.exists (fun node ->
        match node.Op with
        | Op.MaxPool _
        | Op.ArgMax _
        | Op.Binary(Binary.Max | Binary.Min) -> true
        | _ -> false)

/// Expanded graphs compute the same, exactly on whole numbers.
let private agrees (graph: Graph) =
    let after = expanded graph
    Expect.isFalse (obj.ReferenceEquals(graph, after)) "obj.ReferenceEquals(graph, after)"
    Expect.isTrue ((Verify.graph after).IsEmpty) "(Verify.graph after).IsEmpty"
    Expect.isFalse (isMixed after) "isMixed after"

    for seed in 0..20 do
        let inputs =
            graph.Inputs
            |> Array.mapi (fun at port -> wholes (seed * 7 + at) (Option.get (ValueType.tryShape (graph.TypeOf port.Value))))
            |> List.ofArray

        let expected = Eval.graph graph inputs
        let actual = Eval.graph after inputs

        // By value: a product of squares has no negative zero.
        let content (tensor: Tensor) =
            tensor.Element, tensor.Shape, Tensor.toFloat64s tensor

        if List.map content expected <> List.map content actual then
            failtest $"%A{List.map Tensor.toFloat64s expected} became %A{List.map Tensor.toFloat64s actual}"

let private mixtures =
    [
        Binary.Max
        Binary.Min
        Binary.Mul
        Binary.Greater
        Binary.LessOrEqual
        Binary.Equal
    ]

let private positive (writer: GraphWriter) x =
    writer.Binary(Binary.Greater, x, writer.Scalar(x, 0.0))

let private cast element (writer: GraphWriter) x = writer.Unary(Unary.Cast element, x)

/// What is chosen, the shapes of its inputs, and the choice.
let private choices: (string * int[] list * (GraphWriter -> ValueId list -> ValueId)) list =
    let square = [| 2; 3 |]

    [
        "two values",
        [ square; [| 3 |]; square ],
        (fun writer inputs -> writer.Add(Op.Where, [ positive writer inputs[0]; inputs[1]; inputs[2] ]))
        "two functions of one value",
        [ square; square ],
        (fun writer inputs ->
            writer.Add(
                Op.Where,
                [
                    positive writer inputs[0]
                    writer.Unary(Unary.Abs, inputs[1])
                    writer.Unary(Unary.Neg, writer.Unary(Unary.Relu, inputs[1]))
                ]
            ))
        "what is compared",
        [ square; square ],
        (fun writer inputs -> writer.Add(Op.Where, [ positive writer inputs[0]; inputs[1]; writer.Times(inputs[0], 2.0) ]))
        "a value that is spread",
        [ square; [| 3 |] ],
        (fun writer inputs -> writer.Add(Op.Where, [ positive writer inputs[0]; writer.Scalar(inputs[1], 5.0); inputs[1] ]))
        "nearly equal values",
        [ square; square; square ],
        (fun writer inputs ->
            let sum = writer.Binary(Binary.Add, inputs[1], inputs[2])
            let near = writer.Binary(Binary.Add, sum, writer.Times(inputs[2], 0.125))
            writer.Add(Op.Where, [ positive writer inputs[0]; sum; near ]))
        "integers",
        [ square; square; square ],
        (fun writer inputs ->
            writer.Add(
                Op.Where,
                [
                    positive writer inputs[0]
                    cast Element.Int32 writer inputs[1]
                    cast Element.Int32 writer inputs[2]
                ]
            ))
        "truths", [ square; square; square ], (fun writer inputs -> writer.Add(Op.Where, inputs |> List.map (positive writer)))
        "the product of a truth",
        [ square; square ],
        (fun writer inputs ->
            writer.Binary(Binary.Mul, writer.Unary(Unary.Neg, inputs[0]), cast Element.Float32 writer (positive writer inputs[1])))
        "the product of what a truth leaves",
        [ square; [| 3 |]; square ],
        (fun writer inputs ->
            let mask = cast Element.Float32 writer (positive writer inputs[0])
            let rest = writer.Binary(Binary.Sub, writer.Scalar(mask, 1.0), mask)
            writer.Binary(Binary.Add, writer.Binary(Binary.Mul, mask, inputs[1]), writer.Binary(Binary.Mul, inputs[2], rest)))
        "the product of one of two numbers",
        [ square; [| 3 |] ],
        (fun writer inputs ->
            let factor =
                writer.Add(
                    Op.Where,
                    [
                        positive writer inputs[0]
                        writer.Scalar(inputs[0], -2.0)
                        writer.Scalar(inputs[0], 0.5)
                    ]
                )

            writer.Binary(Binary.Mul, writer.Unary(Unary.Relu, inputs[1]), factor))
        "the product of a truth and an integer",
        [ square; [| 3 |] ],
        (fun writer inputs ->
            writer.Binary(Binary.Mul, cast Element.Int64 writer (positive writer inputs[1]), cast Element.Int64 writer inputs[0]))
    ]

[<Tests>]
let tests =
    testList
        "Float.Expansion"
        [
            testTheory
                "pools by maxima"
                [
                    (2, 2, 1, 0, false)
                    (3, 1, 1, 1, false)
                    (3, 2, 1, 1, true)
                    (2, 1, 2, 1, false)
                    (2, 2, 1, 0, true)
                ]
            <| fun (kernel: int, stride: int, dilation: int, pad: int, ceil: bool) ->
                let window =
                    {
                        Kernel = [| kernel; kernel |]
                        Strides = [| stride; stride |]
                        Dilations = [| dilation; 1 |]
                        Pads = Array.create 4 pad
                        AutoPad = AutoPad.Explicit
                        CeilMode = ceil
                    }

                build [ [| 1; 2; 5; 6 |] ] (fun writer inputs -> writer.Add(Op.MaxPool(window, 0), inputs))
                |> agrees

            testTheory
                "the largest of several by comparisons, ties included"
                [ (2, true, false); (2, false, true); (5, true, false); (5, false, true) ]
            <| fun (size: int, keepDims: bool, selectLast: bool) ->
                for axis in [ 0; 1; -1 ] do
                    build [ [| size; size; 3 |] ] (fun writer inputs -> writer.Add(Op.ArgMax(axis, keepDims, selectLast), inputs))
                    |> agrees

            testTheory "two encrypted operands by sums" mixtures
            <| fun (operation: Binary) ->
                build [ [| 2; 3 |]; [| 3 |] ] (fun writer inputs -> writer.Add(Op.Binary operation, inputs))
                |> agrees

            testCase "choices, slopes and bounds that are encrypted too"
            <| fun () ->
                let positive (writer: GraphWriter) x =
                    writer.Binary(Binary.Greater, x, writer.Scalar(x, 0.0))

                build [ [| 2; 3 |]; [| 3 |] ] (fun writer inputs ->
                    writer.Add(Op.Where, [ positive writer inputs[1]; inputs[0]; writer.Unary(Unary.Neg, inputs[0]) ]))
                |> agrees

                build [ [| 2; 3 |]; [| 3 |] ] (fun writer inputs ->
                    let condition = writer.Constant(Tensor.ofBool [| 3 |] [| true; false; true |])
                    writer.Add(Op.Where, [ condition; inputs[0]; inputs[1] ]))
                |> agrees

                build [ [| 2; 3 |]; [| 3 |] ] (fun writer inputs -> writer.Add(Op.Binary Binary.PRelu, inputs))
                |> agrees

                build [ [| 2; 3 |]; [||]; [||] ] (fun writer inputs -> writer.Add(Op.Clip(true, true), inputs))
                |> agrees

                build [ [| 2; 3 |]; [| 2; 3 |] ] (fun writer inputs ->
                    let whole x =
                        writer.Unary(Unary.Cast Element.Int32, x)

                    writer.Binary(Binary.Mul, whole inputs[0], whole inputs[1]))
                |> agrees

            for name, shapes, grow in choices do
                testCase $"{name} by functions of one sum"
                <| fun () ->
                    let graph = build shapes grow

                    let samples =
                        List.init 30 (fun seed -> shapes |> List.mapi (fun at -> wholes (seed * 7 + at)))

                    let after = ExpandMixtures.run samples graph
                    Expect.isTrue ((Verify.graph after).IsEmpty) "the expanded graph is right"

                    let squares =
                        after.Nodes
                        |> Array.filter (fun node -> node.Op = Op.Binary Binary.Mul && node.Operands[0] = node.Operands[1])

                    Expect.isEmpty squares "no product is left"

                    for sample in samples do
                        let contents graph =
                            Eval.graph graph sample
                            |> List.map (fun tensor -> tensor.Element, tensor.Shape, Tensor.toFloat64s tensor)

                        Expect.equal (contents after) (contents graph) "the same results"

            testCase "a mask that the client sends is a truth"
            <| fun () ->
                let graph =
                    build [ [| 2; 3 |]; [| 2; 3 |] ] (fun writer inputs -> writer.Add(Op.Binary Binary.Mul, inputs))

                let squares (mask: float[]) =
                    let sample =
                        [ Tensor.ofFloat32 [| 2; 3 |] (Array.map float32 mask); wholes 1 [| 2; 3 |] ]

                    (ExpandMixtures.run [ sample ] graph).Nodes
                    |> Array.filter (fun node -> node.Op = Op.Binary Binary.Mul && node.Operands[0] = node.Operands[1])
                    |> Array.length

                Expect.equal (squares [| 0.0; 1.0; 1.0; 0.0; 1.0; 0.0 |]) 0 "zeros and ones"
                Expect.equal (squares [| 0.0; 1.0; 2.0; 0.0; 1.0; 0.0 |]) 2 "other numbers"

            testTheory "logic of two encrypted operands by counting" [ true; false ]
            <| fun (exclusive: bool) ->
                for operation in [ Binary.And; Binary.Or; (if exclusive then Binary.Xor else Binary.Or) ] do
                    build [ [| 2; 3 |]; [| 2; 3 |] ] (fun writer inputs ->
                        let flags =
                            inputs
                            |> List.map (fun x -> writer.Binary(Binary.Greater, x, writer.Scalar(x, 0.0)))

                        writer.Add(Op.Binary operation, flags))
                    |> agrees

            testCase "matrix products of two encrypted operands by squares"
            <| fun () ->
                build [ [| 2; 4; 3 |]; [| 3; 5 |] ] (fun writer inputs -> writer.Add(Op.MatMul, inputs))
                |> agrees

                build [ [| 4; 2 |]; [| 5; 4 |]; [| 5 |] ] (fun writer inputs -> writer.Add(Op.Gemm(2.0f, 3.0f, true, true), inputs))
                |> agrees

            testCase "factors are scaled by what the samples show"
            <| fun () ->
                let graph =
                    build [ [| 2 |]; [| 2 |] ] (fun writer inputs -> writer.Add(Op.Binary Binary.Mul, inputs))

                let input (values: float32 list) =
                    Tensor.ofFloat32 [| 2 |] (Array.ofList values)

                let sample = [ input [ 1000.0f; -4000.0f ]; input [ 0.01f; 0.02f ] ]
                let after = ExpandMixtures.run [ sample ] graph
                let trace = Eval.trace after sample

                // Whatever the magnitudes of the factors are, what is squared lies between −2 and 2.
                for node in after.Nodes do
                    match node.Op, node.Operands with
                    | Op.Binary Binary.Mul, [| ValueId a; ValueId b |] when a = b ->
                        Expect.isTrue (Tensor.toFloat64s trace[a] |> Array.forall (fun value -> abs value <= 2.0)) "as expected"
                    | _ -> ()

                let expected =
                    Eval.graph graph sample |> List.collect (Tensor.toFloat64s >> List.ofArray)

                let actual =
                    Eval.graph after sample |> List.collect (Tensor.toFloat64s >> List.ofArray)

                Expect.isTrue (List.forall2 (fun (e: float) a -> abs (e - a) <= 1e-4 * 80.0) expected actual) "as expected"

            testCase "an operation with one source stays"
            <| fun () ->
                let graph =
                    build [ [| 2 |] ] (fun writer inputs ->
                        let x = List.head inputs
                        writer.Binary(Binary.Mul, x, writer.Unary(Unary.Sigmoid, x)))

                Expect.isTrue (obj.ReferenceEquals(expanded graph, graph)) "expanded graph"
        ]
