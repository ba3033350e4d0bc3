/// Whole numbers, comparisons, labels and masks keep their meaning at every width and rounding.
module ConcreteMl.Compiler.Core.Tests.Quant.MeaningTests

open System
open System.Text
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools
open ConcreteMl.Compiler.Core.Tests.Quant.Compared

let private attention mask =
    String.concat
        "\n"
        [
            weights "wq" 1 [ 4; 4 ]
            weights "wk" 2 [ 4; 4 ]
            "q = MatMul (x0, wq)"
            "k = MatMul (x0, wk)"
            "kt = Transpose <perm = [0, 2, 1]> (k)"
            "s = MatMul (q, kt)"
            mask
            "y0 = Softmax <axis = -1> (m)"
        ]

let private added fill =
    $"c = Constant <value = float[1,3,3] {{0.0, {fill}, {fill}, 0.0, 0.0, {fill}, 0.0, 0.0, 0.0}}> ()\nm = Add (s, c)"

let private selected fill =
    $"b = Constant <value = bool[1,3,3] {{0, 1, 1, 0, 0, 1, 0, 0, 0}}> ()\nf = Constant <value = float {{{fill}}}> ()\nm = Where (b, f, s)"

[<Tests>]
let tests =
    testList
        "Quant.Meaning"
        [
            for operation in [ "Equal"; "Greater"; "GreaterOrEqual"; "Less"; "LessOrEqual" ] do
                testCase $"{operation} of integers is exact"
                <| fun () ->
                    let net =
                        model "int64[1,4] x0, int64[1,4] x1" "bool[1,4] y0" $"y0 = {operation} (x0, x1)"

                    let samples seed =
                        integers seed 150 9 [ [| 1; 4 |]; [| 1; 4 |] ]

                    for bits in [ 4; 6 ] do
                        for rounding in roundings do
                            for expected, met in compared net bits rounding (samples 1) (samples 2) do
                                Expect.equal met expected $"{bits} bits, {rounding}"
            testCase "whole numbers that come as reals are compared exactly, of whatever ranges"
            <| fun () ->
                let net =
                    model
                        "float[1,4] x0, float[1,4] x1"
                        "float[1,4] y0, float[1,4] y1, float[1,4] y2"
                        "e = Equal (x0, x1)\ny0 = Cast <to = 1> (e)\ny1 = Min (x0, x1)\nd = Sub (x0, x1)\ny2 = Abs (d)"

                let whole seed count (low, high) (second, most) : Tensor list list =
                    let random = Random(seed: int)

                    let draw (low, high) =
                        Tensor.ofFloat32 [| 1; 4 |] (Array.init 4 (fun _ -> float32 (random.Next(low, high + 1))))

                    List.init count (fun _ -> [ draw (low, high); draw (second, most) ])

                for left, right in [ (0, 40), (0, 40); (0, 40), (0, 7); (-10, 19), (5, 29) ] do
                    for bits in [ 6; 8 ] do
                        for rounding in roundings do
                            for expected, met in compared net bits rounding (whole 1 150 left right) (whole 2 150 left right) do
                                Expect.equal met expected $"{left} and {right}, {bits} bits, {rounding}"
            testCase "the largest of integers is exact"
            <| fun () ->
                let net = model "int64[1,4] x0, int64[1,4] x1" "int64[1,4] y0" "y0 = Max (x0, x1)"

                let samples seed =
                    integers seed 150 9 [ [| 1; 4 |]; [| 1; 4 |] ]

                for expected, met in compared net 4 None (samples 1) (samples 2) do
                    Expect.equal met expected "4 bits"
            for name, left, right, body in
                [
                    "products", "1,4", "1,4", "y0 = Mul (x0, x1)"
                    "products of matrices", "1,2,3", "1,3,2", "y0 = MatMul (x0, x1)"
                    "choices", "1,4", "1,4", "e = Equal (x0, x1)\np = Mul (x0, x1)\nd = Sub (x0, x1)\ny0 = Where (e, p, d)"
                ] do
                testCase $"{name} of integers are exact"
                <| fun () ->
                    let net =
                        model $"int64[{left}] x0, int64[{right}] x1" (if left = right then "int64[1,4] y0" else "int64[1,2,2] y0") body

                    let shape (sizes: string) = sizes.Split ',' |> Array.map int

                    let samples seed =
                        integers seed 100 5 [ shape left; shape right ]

                    for bits in [ 4; 6 ] do
                        for rounding in roundings do
                            for expected, met in compared net bits rounding (samples 1) (samples 2) do
                                Expect.equal met expected $"{bits} bits, {rounding}"
            testCase "a label is the arg-max of the logits of the same run"
            <| fun () ->
                let net =
                    model
                        "float[1,8] x0"
                        "float[1,6] y0, int64[1] y1"
                        (String.concat
                            "\n"
                            [
                                weights "w" 5 [ 8; 6 ]
                                "y0 = MatMul (x0, w)"
                                "y1 = ArgMax <axis = 1, keepdims = 0> (y0)"
                            ])

                let samples seed = normals seed 100 [ [| 1; 8 |] ]

                for bits in [ 4; 6 ] do
                    for rounding in roundings do
                        for _, met in compared net bits rounding (samples 1) (samples 2) do
                            let logits = met[0]
                            let label = Array.findIndex ((=) (Array.max logits)) logits
                            Expect.equal met[1] [| float label |] $"{bits} bits, {rounding}"
            testCase "classes that calibration never met are labels too"
            <| fun () ->
                let net =
                    model "float[1,4] x0" "int64[1] y1" "y1 = ArgMax <axis = 1, keepdims = 0> (x0)"

                let one hot =
                    [
                        Tensor.ofFloat32 [| 1; 4 |] (Array.init 4 (fun at -> if at = hot then 1.0f else -1.0f))
                    ]

                let calibration = List.init 60 (fun index -> one (index % 2))

                for expected, met in compared net 4 None calibration (List.init 4 one) do
                    Expect.equal met expected "4 bits"
            testCase "a decision loses nothing by rounding, and few samples leave it room"
            <| fun () ->
                let net =
                    model
                        "float[1,6] x0"
                        "float[1,4] y0"
                        (String.concat
                            "\n"
                            [
                                weights "a" 7 [ 6; 8 ]
                                weights "b" 8 [ 8; 4 ]
                                "h = MatMul (x0, a)"
                                "g = Sign (h)"
                                "y0 = MatMul (g, b)"
                            ])

                let error rounding count =
                    relative (compared net 6 rounding (normals 1 count [ [| 1; 6 |] ]) (normals 2 200 [ [| 1; 6 |] ]))

                let unrounded = error None 150

                for target in [ 6; 9 ] do
                    Expect.isLessThanOrEqual (error (Some(target, RoundingMethod.Exact)) 150) (1.05 * unrounded) $"rounded to {target} bits"
            for name, mask, most in
                [
                    "-inf chosen", selected "-inf", 1.3
                    "-1e9 added", added "-1e9", 1.3
                    "-1e4 added", added "-1e4", 1.3
                    "least float chosen", selected "-3.4028235e38", 1.3
                ] do
                testCase $"a causal mask leaves the computation: {name}"
                <| fun () ->
                    let samples seed = normals seed 100 [ [| 1; 3; 4 |] ]

                    let error mask =
                        let net = model "float[1,3,4] x0" "float[1,3,3] y0" (attention mask)
                        relative (compared net 6 None (samples 1) (samples 2))

                    Expect.isLessThanOrEqual (error mask) (most * error "m = Identity (s)") "error with and without the mask"
            testCase "a Softmax's pole beyond the samples does not coarsen an exact rounding"
            <| fun () ->
                let samples seed = normals seed 100 [ [| 1; 4; 4 |] ]

                let net =
                    model
                        "float[1,4,4] x0"
                        "float[1,4,4] y0"
                        (String.concat
                            "\n"
                            [
                                weights "wq" 1 [ 4; 4 ]
                                weights "wk" 2 [ 4; 4 ]
                                weights "wv" 3 [ 4; 4 ]
                                "q = MatMul (x0, wq)"
                                "k = MatMul (x0, wk)"
                                "v = MatMul (x0, wv)"
                                "kt = Transpose <perm = [0, 2, 1]> (k)"
                                "p = MatMul (q, kt)"
                                "two = Constant <value = float {2.0}> ()"
                                "s = Mul (p, two)"
                                "b = Constant <value = bool[1,4,4] {0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0}> ()"
                                "f = Constant <value = float {-inf}> ()"
                                "m = Where (b, f, s)"
                                "a = Softmax <axis = -1> (m)"
                                "y0 = MatMul (a, v)"
                            ])

                let error rounding =
                    relative (compared net 6 rounding (samples 1) (samples 2))

                Expect.isLessThanOrEqual (error (Some(6, RoundingMethod.Exact))) (2.0 * error None) "error rounded and not"
            testCase "masked classes are never the label"
            <| fun () ->
                let net =
                    model
                        "float[1,5] x0"
                        "int64[1] y0"
                        "c = Constant <value = float[1,5] {-inf, 0.0, -1e9, 0.0, 0.0}> ()\nm = Add (x0, c)\ny0 = ArgMax <axis = 1, keepdims = 0> (m)"

                let samples seed = normals seed 100 [ [| 1; 5 |] ]

                for _, met in compared net 6 None (samples 1) (samples 2) do
                    Expect.contains [ 1.0; 3.0; 4.0 ] met[0].[0] "a class that is not masked"
            testCase "the nearest of several points are found, whatever common part their distances have"
            <| fun () ->
                let points =
                    normals 3 1 [ [| 4; 12 |] ] |> List.head |> List.head |> Tensor.toFloat64s

                let list (numbers: float seq) =
                    numbers
                    |> Seq.map (fun number -> number.ToString("F4", Globalization.CultureInfo.InvariantCulture))
                    |> String.concat ", "

                let squares =
                    Seq.init 12 (fun point -> Seq.init 4 (fun axis -> points[axis * 12 + point] ** 2.0) |> Seq.sum)

                let net =
                    model
                        "float[1,4] x0"
                        "int64[1,1] y0"
                        $"w = Constant <value = float[4,12] {{{points |> Seq.map (fun at -> -2.0 * at) |> list}}}> ()\nc = Constant <value = float[1,12] {{{list squares}}}> ()\none = Constant <value = int64[1] {{1}}> ()\ns = ReduceSumSquare <axes = [1]> (x0)\np = MatMul (x0, w)\nq = Add (s, p)\nd = Add (q, c)\nv, y0 = TopK <largest = 0> (d, one)"

                let samples seed = normals seed 100 [ [| 1; 4 |] ]

                let found =
                    compared net 6 None (samples 1) (samples 2)
                    |> List.filter (fun (real, met) -> real[0].[0] = met[0].[0])

                Expect.isGreaterThanOrEqual found.Length 90 "of 100 samples"

            testCase "eight bits leave an exact rounding possible"
            <| fun () ->
                let groups: Planned.RoundedGroup[] =
                    let seen =
                        Planned.RoundingWindow.observe
                            (fun codes -> [| codes |> Array.map (max 0.0) |])
                            (Array.init 200 (fun at -> float at * 300.0 - 30000.0))

                    [|
                        {
                            Elements = [| 0 |]
                            Range = -30000.0, 30000.0
                            Span = 60001.0
                            Norm = 100.0
                            Seen = seen
                            Core = Planned.Folding.core seen 256.0
                            Clamp = Double.NegativeInfinity, Double.PositiveInfinity
                        }
                    |]

                for plan in Planned.RoundingPlan.fine (Planned.RoundingCosts.ofLoss 1.15) 6 256 groups do
                    Expect.isLessThanOrEqual (plan.Bits + plan.Stages) 17 "the least width that holds 60001 codes and their margin"
        ]
