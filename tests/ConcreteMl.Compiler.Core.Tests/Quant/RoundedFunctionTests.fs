/// What rounding costs: functions with poles beyond what samples reach, where a bin in whose corner one lies keeps the value of the rest,
/// and maxima of values beyond those of calibration.
module ConcreteMl.Compiler.Core.Tests.Quant.RoundedFunctionTests

open System
open System.Text
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools

let private ok result =
    match result with
    | Ok value -> value
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private normal (random: Random) =
    sqrt (-2.0 * log (1.0 - random.NextDouble()))
    * cos (2.0 * Math.PI * random.NextDouble())

let private samples seed (shape: int[]) =
    let random = Random(seed: int)

    List.init 100 (fun _ ->
        [
            Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> float32 (normal random)))
        ])

let private weights name seed rows columns =
    let random = Random(seed: int)

    let numbers =
        List.init (rows * columns) (fun _ ->
            (normal random / sqrt (float rows)).ToString("0.0000", Globalization.CultureInfo.InvariantCulture))
        |> String.concat ", "

    $"{name} = Constant <value = float[{rows},{columns}] {{{numbers}}}> ()"

/// Mean error of the integers over the deviation of the float results, on other samples than those of calibration.
let private errorAt bits (input: string) (output: string) shape (body: string list) rounding =
    let lines = String.concat "\n" body

    let net =
        $"<ir_version: 8, opset_import: [\"\" : 17]>\nnet (float[{input}] x0) => (float[{output}] y0)\n{{\n{lines}\n}}\n"
        |> Encoding.UTF8.GetBytes
        |> Compile.decode "net" None
        |> ok
        |> fst

    let options =
        { QuantOptions.uniform bits with
            Rounding = rounding
        }

    let forward stage =
        Interpret.forward false stage (samples 2 shape)
        |> ok
        |> fst
        |> List.map (List.head >> Tensor.toFloat64s)
        |> Array.concat

    let expected =
        Quantize.steps options (samples 1 shape) (Pipeline.float |> List.truncate 1) net
        |> ok
        |> forward

    let met = Quantize.wholeModel options (samples 1 shape) net |> ok |> forward
    let mean = Array.average expected

    let deviation =
        expected |> Array.averageBy (fun value -> (value - mean) ** 2.0) |> sqrt

    (Array.map2 (fun wanted met -> abs (wanted - met)) expected met |> Array.average)
    / deviation

let private error = errorAt 6

let private stepped (lines: string list) =
    [ weights "w" 5 8 6; weights "v" 6 6 3; "h = MatMul (x0, w)" ]
    @ lines
    @ [ "y0 = MatMul (f, v)" ]

let private normalized =
    [
        weights "w" 1 8 8
        weights "v" 2 8 4
        "h = MatMul (x0, w)"
        "m = ReduceMean <axes = [-1], keepdims = 1> (h)"
        "d = Sub (h, m)"
        "two = Constant <value = float {2.0}> ()"
        "p = Pow (d, two)"
        "s = ReduceMean <axes = [-1], keepdims = 1> (p)"
        "e = Constant <value = float {0.00001}> ()"
        "se = Add (s, e)"
        "r = Sqrt (se)"
        "n = Div (d, r)"
        "y0 = MatMul (n, v)"
    ]

let private extreme operation =
    [
        weights "w" 3 6 8
        "h = MatMul (x0, w)"
        "rows = Constant <value = int64[3] {1, 2, 4}> ()"
        "r = Reshape (h, rows)"
        $"y0 = {operation} <axes = [2], keepdims = 0> (r)"
    ]

let private sharp mask =
    [
        weights "wq" 1 4 4
        weights "wk" 2 4 4
        weights "wv" 3 4 4
        "q = MatMul (x0, wq)"
        "k = MatMul (x0, wk)"
        "v = MatMul (x0, wv)"
        "kt = Transpose <perm = [0, 2, 1]> (k)"
        "p = MatMul (q, kt)"
        "two = Constant <value = float {2.0}> ()"
        "s = Mul (p, two)"
        mask
        "a = Softmax <axis = -1> (m)"
        "y0 = MatMul (a, v)"
    ]

let private causal =
    "b = Constant <value = bool[1,4,4] {0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0}> ()\nf = Constant <value = float {-1e9}> ()\nm = Where (b, f, s)"

[<Tests>]
let tests =
    testList
        "Quant.RoundedFunctions"
        [
            for name, input, output, shape, body, most in
                [
                    "a layer normalization written out", "1,8", "1,4", [| 1; 8 |], normalized, 2.0
                    "attention with large scores", "1,4,4", "1,4,4", [| 1; 4; 4 |], sharp "m = Identity (s)", 2.0
                    "causal attention with large scores", "1,4,4", "1,4,4", [| 1; 4; 4 |], sharp causal, 2.3
                ] do
                testCase $"{name} keeps its precision when it is rounded"
                <| fun () ->
                    let found = error input output shape body
                    let unrounded = found None

                    for method in [ RoundingMethod.Exact; RoundingMethod.Approximate ] do
                        Expect.isLessThanOrEqual (found (Some(6, method))) (most * unrounded) $"{method}"

            // The first position sees itself alone: its sum is always 1, and a bin of a few codes beside it once held 1/x about 0.
            testCase "a mask's constant sum is read as what it is"
            <| fun () ->
                let found = errorAt 8 "1,4,4" "1,4,4" [| 1; 4; 4 |] (sharp causal)

                for bits in [ 6; 7 ] do
                    Expect.isLessThanOrEqual
                        (found (Some(bits, RoundingMethod.Approximate)))
                        (2.0 * found (Some(bits, RoundingMethod.Exact)))
                        $"{bits}"

            testCase "a bin of few codes stands for these, one of many or none for its places"
            <| fun () ->
                Expect.equal (Bins.codes 4 64.0 28.0 -60.0) [| -2.0; -1.0; 0.0 |] "-56, -28 and 0"
                Expect.equal (Bins.codes 4 8.0 1.0 -8.0) [| -7.0; -5.0; -3.0; -1.0 |] "eight"
                Expect.equal (Bins.codes 2 8.0 20.0 2.0) [| 0.2; 0.4 |] "none"

            // In bins that miss the jumps the errors are 2 to 6 times those without rounding.
            for name, lines in
                [
                    "a rounding", [ "f = Round (h)" ]
                    "a comparison of a magnitude",
                    [
                        "a = Abs (h)"
                        "c = Constant <value = float {0.8}> ()"
                        "g = Greater (a, c)"
                        "f = Cast <to = 1> (g)"
                    ]
                ] do
                testCase $"{name} loses little where the bins of a rounding meet its jumps"
                <| fun () ->
                    let found = errorAt 8 "1,8" "1,3" [| 1; 8 |] (stepped lines)
                    let unrounded = found None

                    for method in [ RoundingMethod.Exact; RoundingMethod.Approximate ] do
                        Expect.isLessThanOrEqual (found (Some(6, method))) (1.5 * unrounded) $"{method}"

            // .050 where what is never selected took codes, .040 where it does not.
            testCase "a maximum that leaves the circuit spends its codes on what is selected"
            <| fun () -> Expect.isLessThan (error "1,6" "1,2" [| 1; 6 |] (extreme "ReduceMax") None) 0.045 "error unrounded"
        ]
