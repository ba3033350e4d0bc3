/// Maxima of encrypted values: choices between codes are exact, and cost no precision.
module ConcreteMl.Compiler.Core.Tests.Quant.MaximaTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private header = "<ir_version: 8, opset_import: [\"\" : 17]>\n"

let private numbers seed count =
    let random = Random(seed: int)

    Array.init count (fun _ -> (1.6 * random.NextDouble() - 0.8).ToString("F3", Globalization.CultureInfo.InvariantCulture))
    |> String.concat ", "

/// Eight scores of six values, in two rows, and the largest, or the mean, of each row.
let private scores head =
    header
    + $"""scores (float[N,6] x) => (float[N,2] y)
        <float[6,8] w = {{{numbers 3 48}}}, int64[3] rows = {{1, 2, 4}}> {{
          s = MatMul (x, w)
          r = Reshape (s, rows)
          y = {head} <axes = [2], keepdims = 0> (r)
        }}"""

let private compiled rounding =
    Compiled.text rounding (uniform 1 200 [| 1; 6 |]) (scores "ReduceMax")

let private error made =
    Compiled.error made (uniform 2 200 [| 1; 6 |])

/// The error of exact maxima of six-bit codes over the range that all scores take on these samples.
let private ofCodes () =
    let weights =
        (numbers 3 48).Split(',')
        |> Array.map (fun text -> Double.Parse(text, Globalization.CultureInfo.InvariantCulture))

    let scores =
        uniform 2 200 [| 1; 6 |]
        |> List.map (fun sample ->
            let x = Tensor.toFloat64s sample.Head
            Array.init 8 (fun column -> Seq.init 6 (fun row -> x[row] * weights[row * 8 + column]) |> Seq.sum))

    let all = Array.concat scores
    let low, step = Array.min all, (Array.max all - Array.min all) / 63.0

    let code value =
        low + step * Math.Round((value - low) / step)

    let largest (own: float[]) =
        own |> Array.chunkBySize 4 |> Array.map Array.max

    let reals (found: float[] list) =
        found
        |> List.map (fun values -> [ Tensor.ofFloat64 [| values.Length |] values ])

    relativeError (scores |> List.map largest |> reals) (scores |> List.map (Array.map code >> largest) |> reals) 0

let private excesses (graph: Quant.Graph) =
    [
        for node in graph.Nodes do
            match node.Op with
            | Op.Lookup table when table.Function.Contains "relu" -> (graph.TypeOf node.Operands[0]).Bits
            | _ -> ()
    ]

[<Tests>]
let tests =
    testList
        "Quant.Maxima"
        [
            testCase "choices between accumulators are made between their codes, on one bit more"
            <| fun () ->
                let made = compiled None
                Expect.isNonEmpty (excesses made.Quant) "the maxima"
                Expect.all (excesses made.Quant) (fun bits -> bits <= 7) "bits that the choices read"
                Expect.isLessThan (error made) (1.15 * ofCodes ()) "error, inputs and weights of six bits included"

            testCase "rounding to as many bits as codes have leaves choices exact"
            <| fun () ->
                let rounded = compiled (Some(6, RoundingMethod.Exact))
                Expect.all (excesses rounded.Quant) (fun bits -> bits <= 7) "bits that the choices read"
                Expect.isLessThan (error rounded) (1.6 * error (compiled None)) "error of rounded maxima"
                Expect.isLessThan (error rounded) (1.15 * ofCodes ()) "error, that of inputs and weights included"

            testCase "results on a grid of few points are the points"
            <| fun () ->
                // |k / 4| for whole k from −8 to 8: nine results, which six bits hold exactly.
                let text =
                    header
                    + """magnitude (float[N,4] x) => (float[N,4] y)
                       <float[4,4] id = {1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0}> {
                         a = Abs (x)
                         y = MatMul (a, id)
                       }"""

                let grid seed count =
                    let random = Random(seed: int)

                    List.init count (fun _ ->
                        [
                            Tensor.ofFloat32 [| 1; 4 |] (Array.init 4 (fun _ -> float32 (random.Next(-8, 9)) / 4.0f))
                        ])

                let settings =
                    { Settings.defaults with
                        Calibration = grid 1 100
                        ClientParts = false
                    }

                match Onnx.Text.parse text |> Result.bind (Compile.run ignore settings Context.quiet) with
                | Error findings -> failwithf "%A" findings
                | Ok made ->
                    let quant = made.Quant

                    let table =
                        quant.Nodes
                        |> Array.pick (fun node ->
                            match node.Op with
                            | Op.Lookup table -> Some table
                            | _ -> None)

                    let steps =
                        Tensor.toInt64s table.Entries |> Array.distinct |> Array.sort |> Array.pairwise

                    Expect.all steps (fun (left, right) -> right - left = 1L) "each result is a code of its own, next to its neighbours"
        ]
