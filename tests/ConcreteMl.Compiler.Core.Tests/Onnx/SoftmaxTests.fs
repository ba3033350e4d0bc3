module ConcreteMl.Compiler.Core.Tests.Onnx.SoftmaxTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

/// Runs one operator on a 2x3x2 tensor.
let private run opType opset axis (values: float32[]) =
    let proto =
        graph [ real "x" "2 3 2" ] [] [ node opType [ "x" ] [ "y" ] [ int "axis" axis ] ] [ real "y" "2 3 2" ]
        |> model opset

    match
        decode proto
        |> ConcreteMl.Compiler.Core.Float.Import.model Context.quiet { BindBatch = true; Sizes = Map.empty }
    with
    | Ok graph ->
        let y =
            ConcreteMl.Compiler.Core.Float.Eval.graph graph [ Tensor.ofFloat32 [| 2; 3; 2 |] values ]
            |> List.head

        same [| 2; 3; 2 |] y.Shape
        Tensor.toFloat64s y
    | Error found -> failwith (found |> List.map Diagnostic.render |> String.concat "\n")

/// The groups of positions over which each variant normalizes.
let private sums (groupOf: int -> int) (values: float[]) =
    values
    |> Array.indexed
    |> Array.groupBy (fun (index, _) -> groupOf index)
    |> Array.map (fun (_, group) -> group |> Array.sumBy snd)

let private values = Array.init 12 (fun index -> float32 (index * 7 % 5) * 100.0f)

[<Tests>]
let tests =
    testList
        "Onnx.Softmax"
        [
            testCase "softmax normalizes along one axis, and before version 13 along all from it on"
            <| fun () ->
                let allOne (found: float[]) =
                    for sum in found do
                        Expect.isLessThanOrEqual (abs (sum - (1.0))) (1e-6) "sum"

                run "Softmax" 13L -1L values |> sums (fun index -> index / 2) |> allOne

                run "Softmax" 13L 1L values
                |> sums (fun index -> index / 6 * 2 + index % 2)
                |> allOne

                run "Softmax" 11L 1L values |> sums (fun index -> index / 6) |> allOne

            testCase "the logarithm of softmax agrees with softmax"
            <| fun () ->
                let small = values |> Array.map (fun value -> value / 100.0f)

                for opset, axis in [ 13L, 1L; 11L, 1L; 12L, 2L ] do
                    let direct = run "Softmax" opset axis small
                    let logarithm = run "LogSoftmax" opset axis small

                    for left, right in Array.zip direct logarithm do
                        Expect.isLessThanOrEqual (abs (Math.Exp right - (left))) (1e-6) "Math.Exp right"
        ]
