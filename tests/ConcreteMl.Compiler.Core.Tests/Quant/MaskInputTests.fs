/// Masks that are inputs: what they hide comes to nothing, and costs no precision elsewhere.
module ConcreteMl.Compiler.Core.Tests.Quant.MaskInputTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tools

let private parsed text =
    match Onnx.Text.parse $"<ir_version: 8, opset_import: [\"\" : 17]>\n{text}" with
    | Ok model -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private attention kind masked =
    $"""masked (float[N,3] x, {kind}[N,4] mask) => (float[N,2] y)
        <float[3,4] w = {{1.0, -0.5, 0.25, 1.0, 0.5, 1.5, -1.0, 0.25, -0.75, 0.5, 1.0, -1.25}},
         float[4,2] v = {{1.0, -1.0, 0.5, 0.25, -0.5, 1.0, 0.75, -0.25}}, float hidden = {{-1e9}}> {{
          s = MatMul (x, w)
          m = {masked}
          p = Softmax <axis = 1> (m)
          y = MatMul (p, v)
        }}"""

/// Each sample hides one or two of the four positions, none before `first`.
let private samplesFrom first seed count (mask: bool[] -> Tensor) =
    let random = Random(seed: int)

    List.init count (fun _ ->
        let hidden = Array.create 4 false
        hidden[random.Next(first, 4)] <- true
        hidden[random.Next(first, 4)] <- true

        [
            Tensor.ofFloat32 [| 1; 3 |] (Array.init 3 (fun _ -> 2.0f * random.NextSingle() - 1.0f))
            mask hidden
        ])

let private samples seed = samplesFrom 0 seed

let private added (by: float32) (hidden: bool[]) =
    Tensor.ofFloat32 [| 1; 4 |] (hidden |> Array.map (fun hidden -> if hidden then by else 0.0f))

let private shown (hidden: bool[]) =
    Float.Elements.ofFloat64s Element.Bool [| 1; 4 |] (hidden |> Array.map (fun hidden -> if hidden then 0.0 else 1.0))

let private settings bits samples =
    { Settings.defaults with
        Quant = Quant.QuantOptions.uniform bits
        Calibration = samples
    }

let private error text mask =
    let settings = settings 8 (samples 1 120 mask)

    match Compile.run ignore settings Context.quiet (parsed text) with
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")
    | Ok made ->
        let test = samples 2 100 mask

        let float =
            match Compile.normalize settings Context.quiet (parsed text) with
            | Ok graph -> graph
            | Error findings -> failwithf "%A" findings

        match Interpret.forward false (Stage.Circuit made.Circuit) test with
        | Error findings -> failwithf "%A" findings
        | Ok(outputs, _) ->
            let flat results =
                results |> List.map (List.head >> Tensor.toFloat64s) |> Array.concat

            let wanted, met = flat (test |> List.map (Float.Eval.graph float)), flat outputs
            let mean = Array.average wanted

            let deviation =
                wanted |> Array.averageBy (fun value -> (value - mean) ** 2.0) |> sqrt

            (Array.map2 (fun wanted met -> abs (wanted - met)) wanted met |> Array.average)
            / deviation

/// Scores that have codes before they meet the mask.
let private products =
    """masked (float[N,3] x, float[N,4] mask) => (float[N,2] y)
        <float[3,4] w = {1.0, -0.5, 0.25, 1.0, 0.5, 1.5, -1.0, 0.25, -0.75, 0.5, 1.0, -1.25},
         float[3,4] u = {0.5, 1.0, -0.75, 0.25, -1.0, 0.5, 1.25, 0.75, 0.25, -0.5, 0.5, 1.0},
         float[4,2] v = {1.0, -1.0, 0.5, 0.25, -0.5, 1.0, 0.75, -0.25}> {
          a = MatMul (x, w)
          b = MatMul (x, u)
          s = Mul (a, b)
          m = Add (s, mask)
          p = Softmax <axis = 1> (m)
          y = MatMul (p, v)
        }"""

[<Tests>]
let tests =
    testList
        "Quant.MaskInputs"
        [
            testTheory "masks that are added hide" [ Single.NegativeInfinity; -1e9f ]
            <| fun by -> Expect.isLessThan (error (attention "float" "Add (s, mask)") (added by)) 0.1 "error"

            testCase "masks that choose hide"
            <| fun () -> Expect.isLessThan (error (attention "bool" "Where (mask, s, hidden)") shown) 0.1 "error"

            // A mask that never varies there has no scale of its own: with one 2^14 times finer than that of the scores, sums had 24 bits.
            testCase "a position that calibration never hides widens no sum"
            <| fun () ->
                let settings = settings 6 (samplesFrom 1 1 120 (added -1e9f))

                match Compile.run ignore settings Context.quiet (parsed products) with
                | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")
                | Ok made ->
                    let widest = made.Quant.Types |> Array.map _.Bits |> Array.max
                    Expect.isLessThanOrEqual widest 16 "bits of the widest sum"
        ]
