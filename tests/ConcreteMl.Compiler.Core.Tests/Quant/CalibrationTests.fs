/// What calibration data does not show is warned about, and may be declared.
module ConcreteMl.Compiler.Core.Tests.Quant.CalibrationTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

let private parsed text =
    match Onnx.Text.parse $"<ir_version: 8, opset_import: [\"\" : 17, \"ai.onnx.ml\" : 3]>\n{text}" with
    | Ok model -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private samples count (value: int -> int -> float) =
    List.init count (fun sample ->
        [
            Tensor.ofFloat32 [| 1; 2 |] (Array.init 2 (fun element -> float32 (value sample element)))
        ])

let private varied =
    let random = Random 5
    samples 40 (fun _ _ -> 2.0 * random.NextDouble() - 1.0)

/// The codes of the warnings of a compilation that are about its data, with the places that they name.
let private warnings parts calibration text =
    let found = Collections.Generic.List<string * string>()

    let context =
        { Context.quiet with
            Warn =
                fun finding ->
                    if finding.Code.StartsWith("CML300", StringComparison.Ordinal) then
                        found.Add(finding.Code, finding.Node |> Option.defaultValue "")
        }

    let settings =
        { Settings.defaults with
            Calibration = calibration
            ClientParts = parts
        }

    match Compile.run ignore settings context (parsed text) with
    | Ok _ -> List.ofSeq found
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private network threshold =
    $"""alarm (float[N,2] x) => (float[N,2] y, bool[N,2] alarm)
        <float[2,2] w = {{1.0, -0.5, 0.25, 1.0}}, float limit = {{{threshold}}}> {{
          s = MatMul (x, w)
          r = Relu (s)
          y = MatMul (r, w)
          alarm = Greater (y, limit)
        }}"""

let private ends (samples: Tensor list list) =
    let all = samples |> List.map (List.head >> Tensor.toFloat64s) |> Array.concat
    Array.min all, Array.max all

[<Tests>]
let tests =
    testList
        "Quant.CalibrationData"
        [
            testTheory "a decision that never falls is warned about, on either side of the cut" [ true; false ]
            <| fun parts ->
                Expect.isEmpty (warnings parts varied (network "0.3")) "a decision that varies"
                Expect.equal (warnings parts varied (network "90.0") |> List.map fst) [ "CML3007" ] "a decision that does not"

            testCase "what keeps the client from dividing by 0 need not vary"
            <| fun () ->
                let text =
                    """shares (float[N,2] x) => (float[N,2] p)
                       <float[2,2] w = {1.0, -0.5, 0.25, 1.0}> {
                         s = MatMul (x, w)
                         r = Relu (s)
                         y = MatMul (r, w)
                         p = ai.onnx.ml.Normalizer <norm = "L1"> (y)
                       }"""

                Expect.isEmpty (warnings true varied text) "a sum of magnitudes that is never 0"

            testTheory
                "an index need not count from the end of its axis"
                [
                    "OneHot (best, two, marks)"
                    "Gather (marks, best)"
                    "GatherElements (y, own)"
                ]
            <| fun picked ->
                let text =
                    $"""choice (float[N,2] x) => (float[N,2] p)
                       <float[2,2] w = {{1.0, -0.5, 0.25, 1.0}}, int64 two = {{2}}, float[2] marks = {{0.0, 3.0}}> {{
                         s = MatMul (x, w)
                         r = Relu (s)
                         y = MatMul (r, w)
                         own = ArgMax <axis = 1> (y)
                         best = Squeeze (own)
                         p = {picked}
                       }}"""

                Expect.isEmpty (warnings true varied text) "indices from 0 to 1"

            testCase "an integer that never lies below 0 is warned about where that is what the model tells"
            <| fun () ->
                let text =
                    """below (float[N,2] x) => (bool[N,1] low)
                       <float[2,2] w = {1.0, -0.5, 0.25, 1.0}, int64 zero = {0}> {
                         s = MatMul (x, w)
                         r = Relu (s)
                         y = MatMul (r, w)
                         own = ArgMax <axis = 1> (y)
                         low = Less (own, zero)
                       }"""

                Expect.equal (warnings true varied text |> List.map fst) [ "CML3007" ] "no index of an axis"

            testCase "an activation that never wakes is named"
            <| fun () ->
                let text =
                    """dead (float[N,2] x) => (float[N,2] y)
                       <float[2,2] w = {1.0, -0.5, 0.25, 1.0}, float[2] b = {-50.0, -60.0}> {
                         s = Gemm (x, w, b)
                         r = Relu (s)
                         y = MatMul (r, w)
                       }"""

                Expect.equal (warnings true varied text |> List.map fst) [ "CML3007" ] "codes"

            testCase "inputs that are the same in all samples are warned about by name"
            <| fun () ->
                Expect.equal (warnings true (samples 30 (fun _ element -> float element)) (network "0.3")) [ "CML3006", "x" ] "warnings"

            testCase "a declared range is filled by stretched samples, and what is beyond moves to its ends"
            <| fun () ->
                let declare range =
                    match DeclaredInputs.samples [ "x" ] [ "x", range ] varied with
                    | Ok found -> found
                    | Error findings -> failwithf "%A" findings

                Expect.equal (ends (declare (-4.0, 8.0))) (-4.0, 8.0) "wider"
                Expect.equal (declare (-4.0, 8.0)).Length (2 * varied.Length) "as many stretched as measured"
                Expect.equal (ends (declare (-0.5, 0.25))) (-0.5, 0.25) "narrower"
                Expect.equal (declare (-0.5, 0.25)).Length varied.Length "clipped only"

            testCase "a range of no input, and shapes that contradict the model, are refused by code"
            <| fun () ->
                let codes result =
                    match result with
                    | Ok _ -> []
                    | Error findings -> findings |> List.map (fun (finding: Diagnostic) -> finding.Code)

                let sizes shapes =
                    DeclaredInputs.sizes (parsed (network "0.3")) shapes Map.empty
                    |> Result.map ignore
                    |> codes

                Expect.equal (codes (DeclaredInputs.samples [ "x" ] [ "z", (0.0, 1.0) ] varied)) [ "CML3008" ] "range"
                Expect.equal (sizes [ "z", [| 1; 2 |] ]) [ "CML3008" ] "shape of no input"
                Expect.equal (sizes [ "x", [| 1; 3 |] ]) [ "CML3009" ] "another size"
                Expect.equal (sizes [ "x", [| 2 |] ]) [ "CML3009" ] "another rank"
                Expect.equal (sizes [ "x", [| 1; 2 |] ]) [] "the model's own"

            testCase "a declared shape binds the sizes that a model leaves open"
            <| fun () ->
                let text =
                    """pool (float[N,1,H,W] x) => (float[N,1,A,B] y)
                       <float[1,1,1,1] w = {0.5}> {
                         c = Conv (x, w)
                         y = Relu (c)
                       }"""

                let settings =
                    { Settings.defaults with
                        Shapes = [ "x", [| 1; 1; 3; 5 |] ]
                    }

                let shapes graph =
                    (graph: Float.Graph).Outputs
                    |> Array.map (fun port -> Float.ValueType.tryShape (graph.TypeOf port.Value))

                match
                    Compile.normalize settings Context.quiet (parsed text), Compile.normalize Settings.defaults Context.quiet (parsed text)
                with
                | Ok graph, Error findings ->
                    Expect.equal (shapes graph) [| Some [| 1; 1; 3; 5 |] |] "declared"
                    Expect.contains (findings |> List.map _.Code) "CML1106" "open without it"
                | other -> failtestf "%A" other
        ]
