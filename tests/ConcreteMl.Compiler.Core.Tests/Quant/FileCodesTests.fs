/// Codes that a file's quantizers give, between them and behind them.
module ConcreteMl.Compiler.Core.Tests.Quant.FileCodesTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

[<Tests>]
let tests =
    testList
        "Quant.FileCodes"
        [
            testCase "a quantized bias before a movement does not part two quantizers"
            <| fun () ->
                let network = Network 6
                let x = network.Quant(network.Input [| 3; 4 |], 0.125f, 5, true)

                let weights =
                    network.Quant(network.Constant(network.Normal(0.5, [| 4; 4 |])), 0.25f, 4, true)

                let product = network.Node(Op.MatMul, [ x; weights ], [| 3; 4 |], "/MatMul")

                let bias =
                    network.Quant(network.Constant(network.Normal(0.5, [| 4 |])), 0.0613f, 8, true)

                let sum = network.Apply(Binary.Add, network.Quant(product, 0.1875f, 5, true), bias)

                let turned =
                    network.Node(Op.Transpose [| 1; 0 |], [ sum ], [| 4; 3 |], "/Transpose")

                let graph = network.Build [ network.Quant(turned, 0.21f, 5, true) ]
                let samples = network.Samples(100, [| 3; 4 |])

                let warnings = System.Collections.Generic.List<Diagnostic>()

                let settings =
                    { Settings.defaults with
                        ImportQat = true
                        ClientParts = false
                        Calibration = samples
                    }

                let steps =
                    [ Step.float "before the way to integers" Passes.HoistMovement.pass ]
                    @ (Pipeline.encrypted true
                       |> List.takeWhile (fun step -> step.From <> StageKind.Quant))

                match
                    Driver.run
                        ignore
                        settings
                        { Context.quiet with
                            Warn = warnings.Add
                        }
                        steps
                        (Stage.Float graph)
                with
                | Error findings -> failwithf "%A" findings
                | Ok stage ->
                    let result = Stage.quant.Read stage |> Option.get
                    Expect.equal (lookups result) 12 "one lookup an element"
                    Expect.isEmpty warnings "nothing is left without a quantizer"
                    let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                    Expect.isLessThan (relativeError expected (fst (Client.forward result samples)) 0) 1e-5 "what the file computes"

            testCase "factors of a product are summed in their own codes, whatever their scales"
            <| fun () ->
                let network = Network 8
                let x = network.Quant(network.Input [| 1; 6 |], 0.07f, 6, true)

                let side scale =
                    let weights =
                        network.Quant(network.Constant(network.Normal(0.5, [| 6; 5 |])), 0.25f, 4, true)

                    network.Quant(network.Node(Op.MatMul, [ x; weights ], [| 1; 5 |], "/MatMul"), scale, 6, true)

                let product = network.Apply(Binary.Mul, side 0.13f, side 0.29f)
                let graph = network.Build [ network.Quant(product, 0.15f, 6, true) ]
                let samples = network.Samples(200, [| 1; 6 |])
                let expanded = Passes.ExpandMixtures.run samples graph
                let warnings = System.Collections.Generic.List<Diagnostic>()

                match
                    Quantize.import
                        { Context.quiet with
                            Warn = warnings.Add
                        }
                        (QuantOptions.uniform 6)
                        expanded
                        samples
                with
                | Error findings -> failwithf "%A" findings
                | Ok result ->
                    let codes = warnings |> Seq.map _.Code |> Seq.distinct |> List.ofSeq
                    Expect.equal codes [ "CML3022" ] "squares have no quantizer, and nothing is rescaled"
                    Expect.equal (lookups result) 25 "two sides, two squares, their difference"
                    let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                    Expect.isLessThan (relativeError expected (fst (Client.forward result samples)) 0) 0.02 "what the file computes"

            testCase "squares of a product have more codes than a quantizer of eight bits"
            <| fun () ->
                let network = Network 8
                let x = network.Quant(network.Input [| 1; 6 |], 0.025f, 8, true)

                let side () =
                    let weights =
                        network.Quant(network.Constant(network.Normal(0.5, [| 6; 5 |])), 0.25f, 4, true)

                    network.Quant(network.Node(Op.MatMul, [ x; weights ], [| 1; 5 |], "/MatMul"), 0.04f, 8, true)

                let graph = network.Build [ network.Apply(Binary.Mul, side (), side ()) ]
                let samples = network.Samples(200, [| 1; 6 |])
                let expanded = Passes.ExpandMixtures.run samples graph

                match Quantize.import Context.quiet (QuantOptions.uniform 8) expanded samples with
                | Error findings -> failwithf "%A" findings
                | Ok result ->
                    let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                    let error = relativeError expected (fst (Client.forward result samples)) 0
                    // .0073 with eight bits
                    Expect.isLessThan error 0.004 "two squares of eight bits are off by more"

            testCase "the client computes a quantizer behind a softmax, and the softmax, bit for bit"
            <| fun () ->
                let network, graph =
                    let network = Network 7
                    let x = network.Quant(network.Input [| 1; 6 |], 0.125f, 5, true)

                    let weights =
                        network.Quant(network.Constant(network.Normal(0.5, [| 6; 3 |])), 0.25f, 4, true)

                    let product = network.Node(Op.MatMul, [ x; weights ], [| 1; 3 |], "/MatMul")

                    let power = network.Apply(Unary.Exp, network.Quant(product, 0.21f, 5, true))
                    let axes = network.Constant(Tensor.ofInt64 [| 1 |] [| 1L |])

                    let sum =
                        network.Node(Op.ReduceSum(true, false), [ power; axes ], [| 1; 1 |], "/Softmax")

                    let share = network.Apply(Binary.Div, power, sum)
                    network, network.Build [ network.Quant(share, 0.0317f, 5, false, "FLOOR") ]

                let samples = network.Samples(50, [| 1; 6 |])
                let cut = Passes.LastQuantizers.cut graph
                let isQuantized = cut.Nodes |> Array.filter (fun node -> node.Op.IsQuant)
                Expect.equal isQuantized.Length 3 "those of the input, the weights and the scores"

                for sample in samples do
                    let inner = ConcreteMl.Compiler.Core.Float.Eval.graph cut sample

                    let after =
                        (ConcreteMl.Compiler.Core.Float.Client.ClientParts.read cut.Attributes).After
                        |> Option.get

                    Expect.equal
                        (ConcreteMl.Compiler.Core.Float.Eval.graph after inner
                         |> List.map Tensor.toFloat64s)
                        (ConcreteMl.Compiler.Core.Float.Eval.graph graph sample
                         |> List.map Tensor.toFloat64s)
                        "what the file computes"

            testCase "unsigned codes are padded with their zero point"
            <| fun () ->
                let text =
                    """<ir_version: 8, opset_import: ["" : 17]>
                    g (float[1,4] x) => (float[1,2] y)
                    <float s = {0.05}, uint8 z = {128}, float t = {0.0307}, uint8 c = {110}, float u = {0.01}, int64[4] p = {0, 1, 0, 1},
                     int8[4,3] v = {50, -70, 20, 90, 30, -40, -60, 80, 10, 25, -35, 100}, int8[5,2] w = {90, -20, 40, 70, -50, 30, 10, 60, -80, 20}>
                    {
                        a = QuantizeLinear (x, s, z) b = DequantizeLinear (a, s, z) d = DequantizeLinear (v, u) e = MatMul (b, d)
                        f = QuantizeLinear (e, t, c) h = Pad (f, p, c) i = DequantizeLinear (h, t, c)
                        k = DequantizeLinear (w, u) y = MatMul (i, k)
                    }"""

                let graph =
                    Compile.decode "g" None (System.Text.Encoding.UTF8.GetBytes text)
                    |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)
                    |> Result.defaultWith (failwithf "%A")

                let samples = Network(3).Samples(100, [| 1; 4 |])

                match Quantize.import Context.quiet (QuantOptions.uniform 8) graph samples with
                | Error findings -> failwithf "%A" findings
                | Ok result ->
                    let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                    Expect.isLessThan (relativeError expected (fst (Client.forward result samples)) 0) 1e-5 "what the file computes"

            testCase "a quantizer stays where the client has nothing to do behind the circuit"
            <| fun () ->
                let network = Network 7
                let x = network.Quant(network.Input [| 1; 6 |], 0.125f, 5, true)

                let graph =
                    network.Build [ network.Quant(network.Apply(Unary.Relu, x), 0.25f, 3, false) ]

                let cut = Passes.LastQuantizers.cut graph
                Expect.equal (cut.Nodes |> Array.filter (fun node -> node.Op.IsQuant)).Length 2 "both"
        ]
