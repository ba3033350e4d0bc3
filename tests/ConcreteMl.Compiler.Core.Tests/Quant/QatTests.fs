module ConcreteMl.Compiler.Core.Tests.Quant.QatTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private imported (graph: Float.Graph) samples : Quant.Graph =
    match Quantize.import Context.quiet (QuantOptions.uniform 6) graph samples with
    | Ok result -> result
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Linear, quantized ReLU, Linear: every quantizer in its place.
let private trained seed =
    let network = Network seed
    let x = network.Input [| 1; 6 |]

    let weights rows columns =
        network.Quant(network.Constant(network.Normal(0.5, [| rows; columns |])), 0.25f, 4, true)

    let product value rows columns =
        network.Node(Op.MatMul, [ value; weights rows columns ], [| 1; columns |], "/MatMul")

    let hidden =
        network.Quant(network.Apply(Unary.Relu, product (network.Quant(x, 0.125f, 5, true)) 6 7), 0.1875f, 4, false)

    let y = product hidden 7 3
    network, network.Build [ y ]

/// QuantizeLinear, clip to four bits, DequantizeLinear, as the importer spells them.
let private spelled (network: Network) (x: ValueId) (shape: int[]) scale =
    let node op operands name = network.Node(op, operands, shape, name)

    let byte (value: sbyte) =
        network.Constant(Tensor.create Element.Int8 [||] [| value |])

    let rounded =
        node (Op.Unary Unary.Round) [ node (Op.Binary Binary.Div) [ x; network.Scalar scale ] "/q" ] "/q"

    let clipped =
        node (Op.Clip(true, true)) [ rounded; network.Scalar -128.0f; network.Scalar 127.0f ] "/q"

    let narrow =
        node (Op.Clip(true, true)) [ node (Op.Unary(Unary.Cast Element.Int8)) [ clipped ] "/q"; byte -8y; byte 7y ] "/q"

    node
        (Op.Binary Binary.Mul)
        [
            node (Op.Unary(Unary.Cast Element.Float32)) [ narrow ] "/d"
            network.Scalar scale
        ]
        "/d"

[<Tests>]
let tests =
    testList
        "Quant.Qat"
        [
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 10
                }
                "an imported quantized network computes what its file says"
            <| fun (seed: int) ->
                let network, graph = trained seed
                let samples = network.Samples(100, [| 1; 6 |])

                let result = imported graph samples
                let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                let actual, trace = Client.forward result samples

                List.isEmpty (Verify.graph result)
                && trace.Overflows = 0L
                && lookups result = 7
                && relativeError expected actual 0 < 1e-5

            testTheory "a maximum and a minimum of quantized values need no quantizer of their own" [ true; false ]
            <| fun (isLargest: bool) ->
                let network = Network 9
                let x = network.Quant(network.Input [| 1; 5 |], 0.25f, 4, true)

                let weights rows columns =
                    network.Quant(network.Constant(network.Normal(0.5, [| rows; columns |])), 0.25f, 4, true)

                let product value rows columns =
                    network.Node(Op.MatMul, [ value; weights rows columns ], [| 1; columns |], "/MatMul")

                let side () =
                    network.Quant(product x 5 4, 0.5f, 5, true)

                let a, b = side (), side ()
                let excess = network.Apply(Unary.Relu, network.Apply(Binary.Sub, a, b))

                let selected =
                    if isLargest then
                        network.Apply(Binary.Add, b, excess)
                    else
                        network.Apply(Binary.Add, a, network.Apply(Unary.Neg, excess))

                let graph = network.Build [ product selected 4 3 ]
                let samples = network.Samples(100, [| 1; 5 |])
                let result = imported graph samples
                let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                let actual, trace = Client.forward result samples
                Expect.equal trace.Overflows 0L "overflows"
                Expect.isLessThan (relativeError expected actual 0) 1e-5 "what the file computes"

            testTheory
                "the client rounds as an input's quantizer says, whatever reads it further"
                [ "ROUND"; "FLOOR"; "CEIL"; "DOWN"; "UP"; "HALF_UP"; "HALF_DOWN" ]
            <| fun (mode: string) ->
                let network = Network 4
                let x = network.Input [| 1; 6 |]
                let quantized = network.Quant(x, 0.3f, 4, true, mode)

                let positive = network.Quant(network.Apply(Unary.Relu, quantized), 0.4f, 3, false)

                let weights columns =
                    network.Quant(network.Constant(network.Normal(0.5, [| 6; columns |])), 0.25f, 4, true)

                let product value =
                    network.Node(Op.MatMul, [ value; weights 3 ], [| 1; 3 |], "/MatMul")

                let graph = network.Build [ product positive; product quantized ]
                let samples = network.Samples(100, [| 1; 6 |])

                let result = imported graph samples
                let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                let actual, _ = Client.forward result samples

                for output in 0..1 do
                    Expect.isLessThan (relativeError expected actual output) (1e-5) "relativeError expected actual output"

                Expect.equal (lookups result) 6 "lookups result"

            testCase "data that never vary are warned of once, as after training"
            <| fun () ->
                let network, graph = trained 1
                let sample = network.Samples(1, [| 1; 6 |]) |> List.head
                let found = ResizeArray()

                let context =
                    { Context.quiet with
                        Warn = fun warning -> found.Add warning.Code
                    }

                Quantize.import context (QuantOptions.uniform 6) graph (List.replicate 10 sample)
                |> ignore

                Expect.equal (List.ofSeq found |> List.sort) [ "CML3005"; "CML3006" ] "few samples, and a constant input"

            testCase "a layer that has 2^36 ways to its quantizers is asked once"
            <| fun () ->
                let network = Network 5
                let shape = [| 1; 2; 2 |]

                let doubled value _ =
                    let turned =
                        network.Node(Op.Transpose [| 0; 2; 1 |], [ value ], shape, "/Transpose")

                    network.Node(Op.Binary Binary.Add, [ value; turned ], shape, "/Add")

                let sum =
                    List.fold doubled (network.Quant(network.Input shape, 0.125f, 5, true)) [ 1..36 ]

                let weights =
                    network.Quant(network.Constant(network.Normal(0.5, [| 2; 2 |])), 0.25f, 4, true)

                let graph =
                    network.Build [ network.Node(Op.MatMul, [ sum; weights ], shape, "/MatMul") ]

                Expect.equal (lookups (imported graph (network.Samples(20, shape)))) 0 "codes alone are added and multiplied"

            testCase "quantizers and the flag for them belong together"
            <| fun () ->
                let network, graph = trained 1
                let samples = network.Samples(30, [| 1; 6 |])
                let plain = Network 2
                let x = plain.Input [| 1; 6 |]

                let without =
                    plain.Build [ plain.Dense(plain.Apply(Unary.Relu, plain.Dense(x, 4)), 2) ]

                let codes result =
                    match result with
                    | Ok _ -> []
                    | Error findings -> findings |> List.map (fun finding -> finding.Code) |> List.distinct

                let options = QuantOptions.uniform 6
                Expect.isTrue (codes (Quantize.fit Context.quiet options graph samples) = [ "CML3020" ]) "as expected"
                Expect.isTrue (codes (Quantize.import Context.quiet options without samples) = [ "CML3021" ]) "as expected"

            testCase "a last layer without quantized weights is rounded to 8 bits, with a warning"
            <| fun () ->
                let network = Network 4
                let x = network.Quant(network.Input [| 1; 6 |], 0.125f, 5, true)

                let weights =
                    network.Quant(network.Constant(network.Normal(0.5, [| 6; 7 |])), 0.25f, 4, true)

                let product = network.Node(Op.MatMul, [ x; weights ], [| 1; 7 |], "/MatMul")
                let hidden = network.Quant(network.Apply(Unary.Relu, product), 0.1875f, 4, false)
                let graph = network.Build [ network.Dense(hidden, 3) ]
                let samples = network.Samples(100, [| 1; 6 |])
                let warned = System.Collections.Generic.List<string>()

                let context =
                    { Context.quiet with
                        Warn = fun finding -> warned.Add finding.Code
                    }

                match Quantize.import context (QuantOptions.uniform 6) graph samples with
                | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
                | Ok result ->
                    let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                    let actual, trace = Client.forward result samples
                    Expect.contains warned "CML3027" "said"
                    Expect.equal trace.Overflows 0L "overflows"
                    // Rounding errors are evenly spread over 1/127 of the largest of 7 weights: about 0.3 % of the deviation.
                    Expect.isLessThan (relativeError expected actual 0) 1e-2 "near the file"

            testCase "quantizers spelled as pairs with a clip become Quant nodes"
            <| fun () ->
                let network = Network 11
                let x = network.Input [| 1; 4 |]
                let graph = network.Build [ spelled network x [| 1; 4 |] 0.25f ]
                let found = ConcreteMl.Compiler.Core.Planned.Passes.MatchQuantizers.rewrite graph

                let quants =
                    found.Nodes
                    |> Array.choose (fun node ->
                        match node.Op with
                        | Op.Quant quant -> Some(quant.Signed, quant.Narrow)
                        | _ -> None)

                Expect.isTrue (quants = [| true, false |]) "(quants = [| true, false |])"
                let sample = [ Tensor.ofFloat32 [| 1; 4 |] [| -3.0f; 0.3f; 0.126f; 9.0f |] ]

                let values (graph: Float.Graph) =
                    (ConcreteMl.Compiler.Core.Float.Eval.graph graph sample).Head

                Expect.isTrue (values found = values graph) "(values found = values graph)"

            testCase "an operand that calibration never varies keeps its value"
            <| fun () ->
                let network = Network 6
                let x = network.Quant(network.Input [| 1; 4 |], 0.25f, 3, true)


                let product value columns =
                    let weights =
                        network.Quant(network.Constant(network.Normal(0.5, [| 4; columns |])), 0.25f, 4, true)

                    network.Node(Op.MatMul, [ value; weights ], [| 1; columns |], "/MatMul")

                let off () =
                    let shifted = network.Apply(Binary.Sub, product x 4, network.Scalar 50.0f)
                    network.Quant(network.Apply(Unary.Relu, shifted), 0.25f, 3, false)

                let sum = network.Apply(Binary.Add, off (), off ())
                let graph = network.Build [ product (network.Quant(sum, 0.2f, 3, false)) 3 ]
                let samples = network.Samples(50, [| 1; 4 |])

                let result = imported graph samples
                let actual, _ = Client.forward result samples

                for values in actual do
                    Expect.all (Tensor.toFloat64s values.Head) (fun value -> abs value <= 1e-6) "Tensor.toFloat64s values.Head"
        ]
