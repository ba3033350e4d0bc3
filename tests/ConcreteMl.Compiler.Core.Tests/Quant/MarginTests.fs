/// Room that is left beyond the codes of calibration: unseen samples go a little further.
module ConcreteMl.Compiler.Core.Tests.Quant.MarginTests

open System
open System.Collections.Generic
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op

/// How many codes the widest element of a batch spans.
let private span (batch: IntegerBatch) =
    batch.Data
    |> Array.chunkBySize batch.Lanes
    |> Array.map (fun codes -> Array.max codes - Array.min codes + 1L)
    |> Array.max

/// The width of every lookup's operand that is computed, and the codes that calibration spans there.
let private operands (graph: Quant.Graph) samples : (int * int64) list =
    let spans = Dictionary<ValueId, int64>()
    let found = List<int * int64>()

    let observe (node: Node<QuantOp>) batch =
        match node.Op, spans.TryGetValue node.Operands[0] with
        | QuantOp.Lookup _, (true, codes) -> found.Add((graph.TypeOf node.Operands[0]).Bits, codes)
        | _ -> ()

        spans[node.Results[0]] <- span batch

    Eval.observed observe graph (Client.quantizeInputs graph samples) |> ignore
    List.ofSeq found

/// Widths hold the spans and the margin; somewhere they would not hold them by the span alone.
let private leaves (margin: float) (found: (int * int64) list) =
    let holds factor (bits: int, codes: int64) =
        Math.Pow(2.0, float bits) >= float codes * factor

    for bits, codes in found do
        Expect.isTrue (holds (1.0 + margin) (bits, codes)) $"{codes} codes in {bits} bits"

    let needs factor (_, codes: int64) =
        Math.Ceiling(Math.Log2(float codes * factor))

    Expect.exists found (fun one -> needs (1.0 + margin) one > needs 1.0 one) "no network came near a power of two"

[<Tests>]
let tests =
    testList
        "Quant.Margin"
        [
            testCase "after training, widths hold 3 % more codes than calibration met"
            <| fun () ->
                leaves
                    0.03
                    [
                        for seed in 1..60 do
                            let network = Network seed
                            let x = network.Input [| 1; 24 |]
                            let hidden = network.Apply(Unary.Relu, network.Dense(x, 6))
                            let graph = network.Build [ network.Dense(hidden, 2) ]
                            let samples = network.Samples(60, [| 1; 24 |])

                            match Quantize.fit Context.quiet (QuantOptions.uniform 4) graph samples with
                            | Ok quant -> yield! operands quant samples
                            | Error findings -> failwith $"{findings}"
                    ]

            testCase "trained with quantizers, widths hold 40 % more codes than calibration met"
            <| fun () ->
                leaves
                    0.4
                    [
                        for seed in 1..12 do
                            let network = Network seed
                            let x = network.Quant(network.Input [| 1; 24 |], 0.125f, 5, true)
                            let weights = network.Constant(network.Normal(0.5, [| 24; 6 |]))

                            let product =
                                network.Node(Op.MatMul, [ x; network.Quant(weights, 0.25f, 4, true) ], [| 1; 6 |], "/MatMul")

                            let hidden = network.Quant(network.Apply(Unary.Relu, product), 0.1875f, 4, false)

                            let graph = network.Build [ hidden ]
                            let samples = network.Samples(60, [| 1; 24 |])

                            match Quantize.import Context.quiet (QuantOptions.uniform 6) graph samples with
                            | Ok quant -> yield! operands quant samples
                            | Error findings -> failwith $"{findings}"
                    ]

            testCase
                "a code beyond the window reads its nearer end, also where elements use parts of the codes and where both ends are alike"
            <| fun () ->
                let table: Table =
                    {
                        Entries =
                            Tensor.ofIntegers
                                [| 3; 8 |]
                                [|
                                    -9L
                                    -9L
                                    -5L
                                    0L
                                    3L
                                    8L
                                    20L
                                    20L
                                    -9L
                                    -9L
                                    -9L
                                    -9L
                                    -8L
                                    -7L
                                    -5L
                                    -5L
                                    30L
                                    20L
                                    10L
                                    0L
                                    0L
                                    10L
                                    20L
                                    30L
                                |]
                        Index = Tensor.ofIntegers [| 3 |] [| 0L; 1L; 2L |]
                        Function = "f(x)"
                        Window = None
                    }

                let centred, moved = Planned.TableBuild.centred [| 3 |] table

                // codes of 3 bits lie from −4 to 3
                let read code =
                    IntegerBatch.ofSamples [| 3 |] [| Array.create 3 code |]
                    |> Eval.lookup centred 3
                    |> IntegerBatch.sample 0
                    |> Array.map2 (+) moved

                Expect.equal (read 0L) [| 3L; -8L; 0L |] "within the window"
                Expect.sequenceEqual (Array.map2 (fun a b -> abs (a - b) <= 1L) (read -5L) [| -9L; -9L; 30L |]) [ true; true; true ] "below"
                Expect.sequenceEqual (Array.map2 (fun a b -> abs (a - b) <= 1L) (read 4L) [| 20L; -5L; 30L |]) [ true; true; true ] "above"
        ]
