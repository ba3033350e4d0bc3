/// Maxima of encrypted values: choices between codes are exact, and cost no precision.
module ConcreteMl.Compiler.Core.Tests.Quant.MaximaTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private parsed text =
    match Onnx.Text.parse $"<ir_version: 8, opset_import: [\"\" : 17]>\n{text}" with
    | Ok model -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private numbers seed count =
    let random = Random(seed: int)

    Array.init count (fun _ -> (1.6 * random.NextDouble() - 0.8).ToString("F3", Globalization.CultureInfo.InvariantCulture))
    |> String.concat ", "

/// Eight scores of six values, in two rows, and the largest, or the mean, of each row.
let private scores head =
    $"""scores (float[N,6] x) => (float[N,2] y)
        <float[6,8] w = {{{numbers 3 48}}}, int64[3] rows = {{1, 2, 4}}> {{
          s = MatMul (x, w)
          r = Reshape (s, rows)
          y = {head} <axes = [2], keepdims = 0> (r)
        }}"""

let private compiled rounding text =
    let settings =
        { Settings.defaults with
            Quant =
                { QuantOptions.uniform 6 with
                    Rounding = rounding
                }
            Calibration = uniform 1 200 [| 1; 6 |]
            ClientParts = false
        }

    let mutable quant = None

    let observe (record: StepRecord) =
        match record.Result with
        | Stage.Quant graph -> quant <- Some graph
        | _ -> ()

    match Compile.run observe settings Context.quiet (parsed text) with
    | Ok made -> made, Option.get quant
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Mean error over the deviation of what is expected.
let private error (made: Compilation) (expected: Tensor list -> float[]) =
    let test = uniform 2 200 [| 1; 6 |]

    match Interpret.forward false (Stage.Circuit made.Circuit) test with
    | Error findings -> failwithf "%A" findings
    | Ok(outputs, _) ->
        let wanted = test |> List.map expected |> Array.concat
        let met = outputs |> List.map (List.head >> Tensor.toFloat64s) |> Array.concat
        let mean = Array.average wanted

        let deviation =
            wanted |> Array.averageBy (fun value -> (value - mean) ** 2.0) |> sqrt

        (Array.map2 (fun wanted met -> abs (wanted - met)) wanted met |> Array.average)
        / deviation

let private float (made: Compilation) sample =
    ConcreteMl.Compiler.Core.Float.Eval.graph made.Float sample
    |> List.head
    |> Tensor.toFloat64s

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

    let wanted = scores |> List.map largest |> Array.concat
    let met = scores |> List.map (Array.map code >> largest) |> Array.concat
    let mean = Array.average wanted

    let deviation =
        wanted |> Array.averageBy (fun value -> (value - mean) ** 2.0) |> sqrt

    (Array.map2 (fun wanted met -> abs (wanted - met)) wanted met |> Array.average)
    / deviation

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
                let made, graph = compiled None (scores "ReduceMax")
                Expect.isNonEmpty (excesses graph) "the maxima"
                Expect.all (excesses graph) (fun bits -> bits <= 7) "bits that the choices read"
                Expect.isLessThan (error made (float made)) (1.15 * ofCodes ()) "error, inputs and weights of six bits included"

            testCase "rounding to as many bits as codes have leaves choices exact"
            <| fun () ->
                let plain, _ = compiled None (scores "ReduceMax")
                let rounded, graph = compiled (Some(6, RoundingMethod.Exact)) (scores "ReduceMax")
                Expect.all (excesses graph) (fun bits -> bits <= 7) "bits that the choices read"
                Expect.isLessThan (error rounded (float rounded)) (1.6 * error plain (float plain)) "error of rounded maxima"
                Expect.isLessThan (error rounded (float rounded)) (1.15 * ofCodes ()) "error, that of inputs and weights included"

            testCase "results on a grid of few points are the points"
            <| fun () ->
                // |k / 4| for whole k from −8 to 8: nine results, which six bits hold exactly.
                let text =
                    """magnitude (float[N,4] x) => (float[N,4] y)
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

                match Compile.run ignore settings Context.quiet (parsed text) with
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
