module ConcreteMl.Compiler.Core.Tests.Float.PassTests

open FsCheck
open FsCheck.FSharp
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Passes

let private run (pass: Pass<Graph, Graph>) graph =
    match pass.Run Context.quiet graph with
    | Ok result -> result
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Equal; where normalizations may be folded, up to rounding.
let private close (graph: Graph) (expected: Tensor) (actual: Tensor) =
    let normalizes =
        graph.Nodes
        |> Array.exists (fun node ->
            match node.Op with
            | Op.BatchNormalization _ -> true
            | _ -> false)

    let near (e: float) (a: float) = abs (e - a) <= 1e-4 * (1.0 + abs e)

    if normalizes then
        expected.Shape = actual.Shape
        && expected.Element = actual.Element
        && Array.forall2 near (Tensor.toFloat64s expected) (Tensor.toFloat64s actual)
    else
        expected = actual

let private keepsEval (pass: Pass<Graph, Graph>) =
    let seeds =
        gen {
            let! seed = Gen.choose (0, 1000000)
            let! steps = Gen.choose (1, 14)
            return seed, steps
        }

    Prop.forAll (Arb.fromGen seeds) (fun (seed, steps) ->
        let before = RandomGraphs.graph seed steps
        let after = run pass before
        let inputs = RandomGraphs.input seed before

        Verify.graph before = []
        && Verify.graph after = []
        && List.forall2 (close before) (Eval.graph before inputs) (Eval.graph after inputs))
    |> Check.QuickThrowOnFailure

let private passes = Standard.all |> List.map _.Name

let private count (test: Op -> bool) (graph: Graph) =
    graph.Nodes |> Array.filter (fun node -> test node.Op) |> Array.length

let private isConstant op =
    match op with
    | Op.Constant _ -> true
    | _ -> false

/// A graph of one float32 input, built by hand.
let private build shape (grow: GraphBuilder<Op, ValueType> -> ValueId -> ValueId) =
    let builder = GraphBuilder<Op, ValueType>("g")
    let x = builder.Input("x", ValueType.ofShape Element.Float32 shape)
    let y = grow builder x

    builder.Build [ { Name = "y"; Value = y; Coding = None } ]

let private constant (builder: GraphBuilder<Op, ValueType>) tensor =
    builder.Value(Op.Constant tensor, [], ValueType.ofTensor tensor, [])

let private longs (values: int list) =
    Tensor.ofInt64 [| values.Length |] (values |> List.map int64 |> Array.ofList)

let private quant =
    Op.Quant
        {
            Signed = true
            Narrow = false
            RoundingMode = "ROUND"
        }

[<Tests>]
let tests =
    testList
        "Float.Pass"
        [
            testTheory "a pass keeps what a graph computes" passes
            <| fun (name: string) -> Standard.all |> List.find (fun pass -> pass.Name = name) |> keepsEval

            testCase "the standard passes together keep what a graph computes"
            <| fun () ->
                let every graph =
                    Standard.ordered |> List.fold (fun graph (_, pass, _) -> run pass graph) graph

                keepsEval (Pass.rewrite "all" "All of them." every)

            testCase "shape arithmetic folds to a plain reshape"
            <| fun () ->
                let graph =
                    build [| 1; 2; 3 |] (fun builder x ->
                        let ints size =
                            ValueType.ofShape Element.Int64 [| size |]

                        let shape = builder.Value(Op.Shape(0, None), [ x ], ints 3, [])
                        let index = constant builder (longs [ 0 ])
                        let batch = builder.Value(Op.Gather 0, [ shape; index ], ints 1, [])
                        let rest = constant builder (longs [ -1 ])
                        let target = builder.Value(Op.Concat 0, [ batch; rest ], ints 2, [])
                        builder.Value(Op.Reshape false, [ x; target ], ValueType.ofShape Element.Float32 [| 1; 6 |], []))

                let folded = run FoldConstants.pass graph
                Expect.equal (count (isConstant >> not) folded) 1 "count (isConstant >> not) folded"

            testCase "folding stops at the quantizer of weights"
            <| fun () ->
                let graph =
                    build [| 1; 2 |] (fun builder x ->
                        let weights = constant builder (RandomGraphs.numbers 1 [| 2; 3 |])
                        let scale = constant builder (Tensor.scalar32 0.1f)
                        let zero = constant builder (Tensor.scalar32 0.0f)
                        let bits = constant builder (Tensor.scalar32 3.0f)

                        let quantized =
                            builder.Value(quant, [ weights; scale; zero; bits ], ValueType.ofShape Element.Float32 [| 2; 3 |], [])

                        builder.Value(Op.MatMul, [ x; quantized ], ValueType.ofShape Element.Float32 [| 1; 3 |], []))

                Expect.isTrue (obj.ReferenceEquals(run FoldConstants.pass graph, graph)) "run FoldConstants.pass graph"

            testCase "a transpose of quantized weights folds below the quantizer"
            <| fun () ->
                let graph =
                    build [| 1; 2 |] (fun builder x ->
                        let weights = constant builder (RandomGraphs.numbers 1 [| 3; 2 |])
                        let scale = constant builder (Tensor.ofFloat32 [| 3; 1 |] [| 0.1f; 0.2f; 0.3f |])
                        let zero = constant builder (Tensor.scalar32 0.0f)
                        let bits = constant builder (Tensor.scalar32 3.0f)

                        let quantized =
                            builder.Value(quant, [ weights; scale; zero; bits ], ValueType.ofShape Element.Float32 [| 3; 2 |], [])

                        let turned =
                            builder.Value(Op.Transpose [| 1; 0 |], [ quantized ], ValueType.ofShape Element.Float32 [| 2; 3 |], [])

                        builder.Value(Op.MatMul, [ x; turned ], ValueType.ofShape Element.Float32 [| 1; 3 |], []))

                let folded = graph |> run HoistMovement.pass |> run FoldConstants.pass
                Expect.equal (count ((=) (Op.Transpose [| 1; 0 |])) folded) 0 "count ((=) (Op.Transpose [| 1; 0 |])) folded"
                let input = [ RandomGraphs.numbers 2 [| 1; 2 |] ]
                Expect.isTrue (Eval.graph graph input = Eval.graph folded input) "(Eval.graph graph input = Eval.graph folded input)"

            testCase "element-wise operations on both sides of a movement meet"
            <| fun () ->
                let graph =
                    build [| 1; 4 |] (fun builder x ->
                        let typed shape = ValueType.ofShape Element.Float32 shape
                        let doubled = builder.Value(Op.Binary Binary.Add, [ x; x ], typed [| 1; 4 |], [])

                        let active =
                            builder.Value(Op.Unary Unary.Sigmoid, [ doubled ], typed [| 1; 4 |], [])

                        let gated =
                            builder.Value(Op.Binary Binary.Mul, [ doubled; active ], typed [| 1; 4 |], [])

                        let target = constant builder (longs [ 1; 2; 2 ])

                        let shaped =
                            builder.Value(Op.Reshape false, [ gated; target ], typed [| 1; 2; 2 |], [])

                        builder.Value(Op.Unary Unary.Relu, [ shaped ], typed [| 1; 2; 2 |], []))

                let hoisted = run HoistMovement.pass graph
                Expect.equal (hoisted.Nodes[1].Op) (Op.Reshape false) "hoisted.Nodes[1].Op"
                Expect.equal (count ((=) (Op.Reshape false)) hoisted) 1 "count ((=) (Op.Reshape false)) hoisted"

            testCase "a movement that ends an element-wise subgraph stays"
            <| fun () ->
                let graph =
                    build [| 1; 4 |] (fun builder x ->
                        let active =
                            builder.Value(Op.Unary Unary.Relu, [ x ], ValueType.ofShape Element.Float32 [| 1; 4 |], [])

                        let turned =
                            builder.Value(Op.Transpose [| 1; 0 |], [ active ], ValueType.ofShape Element.Float32 [| 4; 1 |], [])

                        let weights = constant builder (RandomGraphs.numbers 1 [| 1; 2 |])
                        builder.Value(Op.MatMul, [ turned; weights ], ValueType.ofShape Element.Float32 [| 4; 2 |], []))

                Expect.isTrue (obj.ReferenceEquals(run HoistMovement.pass graph, graph)) "run HoistMovement.pass graph"

            testCase "transposes that cancel and casts to the own type go"
            <| fun () ->
                let graph =
                    build [| 1; 2; 3 |] (fun builder x ->
                        let typed shape = ValueType.ofShape Element.Float32 shape

                        let turned =
                            builder.Value(Op.Transpose [| 2; 0; 1 |], [ x ], typed [| 3; 1; 2 |], [])

                        let back =
                            builder.Value(Op.Transpose [| 1; 2; 0 |], [ turned ], typed [| 1; 2; 3 |], [])

                        let same =
                            builder.Value(Op.Unary(Unary.Cast Element.Float32), [ back ], typed [| 1; 2; 3 |], [])

                        builder.Value(Op.Unary Unary.Relu, [ same ], typed [| 1; 2; 3 |], []))

                Expect.equal ((run DropIdentities.pass graph).Nodes.Length) 1 "(run DropIdentities.pass graph).Nodes.Length"

            testCase "a normalization behind quantized weights stays"
            <| fun () ->
                let graph =
                    build [| 1; 2 |] (fun builder x ->
                        let typed shape = ValueType.ofShape Element.Float32 shape
                        let weights = constant builder (RandomGraphs.numbers 1 [| 2; 3 |])

                        let scalar value =
                            constant builder (Tensor.scalar32 value)

                        let quantized =
                            builder.Value(quant, [ weights; scalar 0.1f; scalar 0.0f; scalar 3.0f ], typed [| 2; 3 |], [])

                        let product = builder.Value(Op.MatMul, [ x; quantized ], typed [| 1; 3 |], [])
                        let ones = constant builder (Tensor.ofFloat32 [| 3 |] [| 1.0f; 1.0f; 1.0f |])
                        builder.Value(Op.BatchNormalization 1e-5f, [ product; ones; ones; ones; ones ], typed [| 1; 3 |], []))

                Expect.isTrue (obj.ReferenceEquals(run FoldBatchNorm.pass graph, graph)) "run FoldBatchNorm.pass graph"

            testCase "comparisons of whole numbers get thresholds halfway between them"
            <| fun () ->
                for operation in
                    [
                        Binary.Equal
                        Binary.Greater
                        Binary.GreaterOrEqual
                        Binary.Less
                        Binary.LessOrEqual
                    ] do
                    for bound in [ 2.0f; 2.5f; -1.0f ] do
                        let graph =
                            build [| 1; 7 |] (fun builder x ->
                                let typed element = ValueType.ofShape element [| 1; 7 |]
                                let whole = builder.Value(Op.Unary Unary.Round, [ x ], typed Element.Float32, [])
                                let limit = constant builder (Tensor.scalar32 bound)
                                builder.Value(Op.Binary operation, [ limit; whole ], typed Element.Bool, []))

                        let sharpened = run SharpenComparisons.pass graph

                        let input =
                            [ Tensor.ofFloat32 [| 1; 7 |] [| -2.0f; -1.0f; 0.0f; 1.0f; 2.0f; 3.0f; 4.0f |] ]

                        Expect.isTrue
                            (Eval.graph graph input = Eval.graph sharpened input)
                            "(Eval.graph graph input = Eval.graph sharpened input)"

                        Expect.isTrue
                            (obj.ReferenceEquals(run SharpenComparisons.pass sharpened, sharpened))
                            "run SharpenComparisons.pass sharpened"

                        for node in sharpened.Nodes do
                            match node.Op with
                            | Op.Constant value ->
                                let threshold = Array.head (Tensor.toFloat64s value)
                                Expect.equal (threshold - floor threshold) 0.5 "threshold - floor threshold"
                            | _ -> ()

            testCase "the verifier reports every finding at once"
            <| fun () ->
                let graph =
                    build [| 1; 2 |] (fun builder x ->
                        let wrong =
                            builder.Value(Op.Unary Unary.Relu, [ x ], ValueType.ofShape Element.Float32 [| 1; 3 |], [ "a" ])

                        let weights = constant builder (RandomGraphs.numbers 1 [| 5; 2 |])
                        builder.Value(Op.MatMul, [ wrong; weights ], ValueType.ofShape Element.Float32 [| 1; 2 |], [ "b" ]))

                let findings =
                    Verify.graph graph |> List.map (fun finding -> finding.Code, finding.Node)

                Expect.isTrue
                    (findings = [ "CML2002", Some "a"; "CML2001", Some "b" ])
                    "(findings = [ 'CML2002', Some 'a'; 'CML2001', Some 'b' ])"
        ]
