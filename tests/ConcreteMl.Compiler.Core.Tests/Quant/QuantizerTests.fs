/// Networks as quantizers leave them: functions and layers between the quantizers that have none, and elements that share codes.
module ConcreteMl.Compiler.Core.Tests.Quant.QuantizerTests

open System.Collections.Generic
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private weights (network: Network) (values: Tensor) =
    network.Quant(values |> network.Constant, 0.125f, 5, true)

let private product (network: Network) x columns weights =
    network.Node(Op.MatMul, [ x; weights ], [| 1; columns |], "/MatMul")

/// The error of the imported network on samples, and what was warned of.
let private error options graph calibration samples =
    let warned = List<string>()

    let context =
        { Context.quiet with
            Warn = fun finding -> warned.Add finding.Code
        }

    match Quantize.import context options graph calibration with
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
    | Ok result ->
        let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
        relativeError expected (fst (Client.forward result samples)) 0, List.ofSeq warned

let private rounded bits =
    { QuantOptions.uniform 6 with
        Rounding = Some(bits, RoundingMethod.Exact)
    }

[<Tests>]
let tests =
    testList
        "Quant.Quantizers"
        [
            testCase "functions and weights without quantizers get codes over calibration, with warnings"
            <| fun () ->
                let network = Network 5
                let x = network.Quant(network.Input [| 1; 6 |], 0.03125f, 8, true)

                let hidden = product network x 7 (weights network (network.Normal(0.5, [| 6; 7 |])))

                let squashed =
                    network.Apply(Unary.Sigmoid, network.Dense(network.Apply(Unary.Tanh, hidden), 5))

                let quantized = network.Quant(squashed, 0.00390625f, 8, false)

                let graph =
                    network.Build
                        [
                            product network quantized 3 (weights network (network.Normal(0.5, [| 5; 3 |])))
                        ]

                let samples = network.Samples(60, [| 1; 6 |])
                let found, warned = error (rounded 10) graph samples samples
                Expect.contains warned "CML3022" "the function"
                Expect.contains warned "CML3027" "the layer"
                // Two steps of 1/255 of the range and 8-bit weights: about 1 % of the deviation.
                Expect.isLessThan found 0.05 "near the file"

            testCase "a code beyond the window of its element reads the nearer end of what this element uses"
            <| fun () ->
                let network = Network 6
                let x = network.Quant(network.Input [| 1; 6 |], 0.015625f, 9, true)

                // The first neuron reaches eight times as far as the others, and all share the quantizer.
                let first =
                    Array.init 24 (fun at -> if at % 4 = 0 then 1.875f else 0.125f * float32 (1 + at % 2))

                let hidden =
                    network.Quant(
                        network.Apply(Unary.Relu, product network x 4 (weights network (Tensor.ofFloat32 [| 6; 4 |] first))),
                        0.0625f,
                        8,
                        false
                    )

                let last = [| 0.125f; -0.125f; 1.875f; 1.0f; -1.875f; 1.5f; 1.875f; -1.75f |]

                let graph =
                    network.Build
                        [
                            product network hidden 2 (weights network (Tensor.ofFloat32 [| 4; 2 |] last))
                        ]

                let samples = network.Samples(200, [| 1; 6 |])

                let calibration =
                    samples
                    |> List.truncate 60
                    |> List.map (
                        List.map (fun sample ->
                            Tensor.ofFloat32 sample.Shape (sample.Values<float32>() |> Array.map (fun value -> 0.8f * value)))
                    )

                let found, _ = error (rounded 6) graph calibration samples
                Expect.isLessThan found 0.2 "no result is read from the other end"
        ]
