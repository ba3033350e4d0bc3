/// A missing value goes where the branches of a tree send it, though no code stands for it.
module ConcreteMl.Compiler.Core.Tests.Quant.MissingValueTests

open System
open System.Text
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools

let private ok result =
    match result with
    | Ok value -> value
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

/// One tree of three branches: x₀ against 0.2, then x₁ against −0.4 or 0.5.
let private text mode (missing: bool list) =
    let flags =
        missing @ List.replicate 4 false
        |> List.map (fun isTrue -> if isTrue then "1" else "0")
        |> String.concat ", "

    $"""<ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 3]>
net (float[1, 2] x) => (float[1, 1] y)
{{
    y = ai.onnx.ml.TreeEnsembleRegressor <
        nodes_treeids = [0, 0, 0, 0, 0, 0, 0], nodes_nodeids = [0, 1, 2, 3, 4, 5, 6], nodes_featureids = [0, 1, 1, 0, 0, 0, 0],
        nodes_values = [0.2, -0.4, 0.5, 0.0, 0.0, 0.0, 0.0],
        nodes_modes = ["{mode}", "{mode}", "{mode}", "LEAF", "LEAF", "LEAF", "LEAF"],
        nodes_truenodeids = [1, 3, 5, 0, 0, 0, 0], nodes_falsenodeids = [2, 4, 6, 0, 0, 0, 0],
        nodes_missing_value_tracks_true = [{flags}],
        n_targets = 1, target_treeids = [0, 0, 0, 0], target_nodeids = [3, 4, 5, 6], target_ids = [0, 0, 0, 0],
        target_weights = [-0.7, 0.1, 0.5, 1.3]> (x)
}}
"""

/// The tree's own answer.
let private answer mode (missing: bool list) (x: float[]) =
    let goes at (feature: float) threshold =
        if Double.IsNaN feature then missing[at]
        elif mode = "BRANCH_LEQ" then feature <= threshold
        elif mode = "BRANCH_LT" then feature < threshold
        elif mode = "BRANCH_GTE" then feature >= threshold
        else feature > threshold

    match goes 0 x[0] 0.2 with
    | true -> if goes 1 x[1] -0.4 then -0.7 else 0.1
    | false -> if goes 2 x[1] 0.5 then 0.5 else 1.3

/// Numbers that are no nearer to a threshold than codes are to each other, and one in five missing.
let private samples seed count =
    let random = Random(seed: int)

    let number () =
        if random.Next 5 = 0 then
            nan
        else
            float (random.Next(-10, 11)) / 10.0 + 0.05

    List.init count (fun _ -> [ Tensor.ofFloat32 [| 1; 2 |] [| float32 (number ()); float32 (number ()) |] ])

let private quantized mode missing calibration : Stage =
    let model, _ =
        Compile.decode "net" None (Encoding.UTF8.GetBytes(text mode missing)) |> ok

    Quantize.wholeModel (QuantOptions.uniform 6) calibration model |> ok

[<Tests>]
let tests =
    testList
        "Quant.MissingValues"
        [
            for mode in [ "BRANCH_LEQ"; "BRANCH_LT"; "BRANCH_GTE"; "BRANCH_GT" ] do
                for missing in [ [ true; false; true ]; [ false; false; false ]; [ false; true; false ] ] do
                    testCase $"{mode}, missing values lead to {missing}"
                    <| fun () ->
                        let stage = quantized mode missing (samples 1 200)
                        let tried = samples 2 100
                        let found = Interpret.forward false stage tried |> ok |> fst

                        List.iter2
                            (fun (sample: Tensor list) (outputs: Tensor list) ->
                                let x = Tensor.toFloat64s sample.Head
                                let y = (Tensor.toFloat64s outputs.Head)[0]
                                Expect.isLessThan (abs (y - answer mode missing x)) 0.05 $"the leaf of {x[0]}, {x[1]}")
                            tried
                            found
        ]
