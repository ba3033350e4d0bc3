/// Inputs that are compared with thresholds alone, as trees do: codes meet the thresholds, so decisions are the float model's.
module ConcreteMl.Compiler.Core.Tests.Quant.ThresholdTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

/// Seven tests of four features, two of features lie closer together than a 32nd of the range, and what they count.
let private model tests =
    $"""<ir_version: 8, opset_import: ["" : 18]>
        tree (float[1,4] x) => (float[1,2] y)
        <int64[7] picks = {{0, 0, 1, 2, 2, 2, 3}}, float[7] t = {{0.123, 0.127, -0.31, 0.5, 0.52, 0.541, 0.9}},
         float[4,7] one_hot = {{1, 1, 0, 0, 0, 0, 0,  0, 0, 1, 0, 0, 0, 0,  0, 0, 0, 1, 1, 1, 0,  0, 0, 0, 0, 0, 0, 1}},
         float[7] scaled = {{-3, 2, -1, 4, 0.5, -0.25, 7}}, float[7] shifted = {{0.1, -2, 3, 0, 0.5, 0.25, -1}},
         float[7,2] w = {{1, 3, 2, -1, 4, 2, 8, 5, 16, -7, 32, 9, 64, 1}}> {{
          {tests}
          c = Cast <to = 1> (b)
          y = MatMul (c, w)
        }}"""

let private forms =
    [
        "gathered, at most", "f = Gather <axis = 1> (x, picks) b = LessOrEqual (f, t)"
        "gathered, less", "f = Gather <axis = 1> (x, picks) b = Less (f, t)"
        "multiplied by columns of one 1, more", "f = MatMul (x, one_hot) b = Greater (f, t)"
        "scaled and shifted",
        "f = Gather <axis = 1> (x, picks) g = Mul (f, scaled) h = Add (g, shifted) u = Mul (t, scaled) v = Add (u, shifted) b = LessOrEqual (h, v)"
        "the sign of a difference", "f = Gather <axis = 1> (x, picks) d = Sub (f, t) s = Sign (d) zero = Sub (t, t) b = Less (s, zero)"
    ]

let private far factor (samples: Tensor list list) : Tensor list list =
    samples
    |> List.map (
        List.map (fun x ->
            Tensor.toFloat64s x
            |> Array.map (fun value -> float32 (factor * value))
            |> Tensor.ofFloat32 x.Shape)
    )

[<Tests>]
let tests =
    testList
        "Thresholds"
        [
            for name, body in forms do
                testCase name
                <| fun () ->
                    let made = Compiled.text None (uniform 1 200 [| 1; 4 |]) (model body)
                    Expect.equal (Compiled.error made (uniform 2 3000 [| 1; 4 |])) 0.0 "every decision"
                    Expect.equal (Compiled.error made (uniform 3 100 [| 1; 4 |] |> far 1e5)) 0.0 "far from calibration"

            testCase "a feature that is read in other ways too keeps its range"
            <| fun () ->
                let body =
                    "f = Gather <axis = 1> (x, picks) b0 = LessOrEqual (f, t) m = MatMul (x, one_hot) a = Abs (m) b = Where (b0, a, m)"

                let made = Compiled.text None (uniform 1 200 [| 1; 4 |]) (model body)
                // Codes of 6 bits over the whole range have errors of a hundredth to a twentieth of the deviation here.
                Expect.isLessThan (Compiled.error made (uniform 2 200 [| 1; 4 |])) 0.1 "values, not decisions"

            for comparison in [ "Less"; "LessOrEqual"; "Greater"; "GreaterOrEqual" ] do
                testCase $"whole numbers that are thresholds, {comparison}"
                <| fun () ->
                    let text =
                        $"""<ir_version: 8, opset_import: ["" : 18]>
                            whole (float[1,2] x) => (float[1,2] y)
                            <int64[7] picks = {{0, 0, 0, 0, 0, 1, 1}}, float[7] t = {{18, 21, 35, 65, 67, 2015, 2020}},
                             float[7,2] w = {{1, 3, 2, -1, 4, 2, 8, 5, 16, -7, 32, 9, 64, 1}}> {{
                              f = Gather <axis = 1> (x, picks)
                              b = {comparison} (f, t)
                              c = Cast <to = 1> (b)
                              y = MatMul (c, w)
                            }}"""

                    let people seed count : Tensor list list =
                        let random = System.Random(seed: int)

                        List.init count (fun _ ->
                            [
                                Tensor.ofFloat32 [| 1; 2 |] [| float32 (random.Next(1, 100)); float32 (random.Next(1900, 2026)) |]
                            ])

                    let made = Compiled.text None (people 1 150) text
                    Expect.equal (Compiled.error made (people 2 2000)) 0.0 "every decision, ties too"

            testCase "beside products of other features"
            <| fun () ->
                let text =
                    """<ir_version: 8, opset_import: ["" : 18]>
                        mixed (float[1,4] x) => (float[1,2] y, float[1,1] z)
                        <float[4,2] w = {1, 0,  0, 0.5,  0, -0.7,  0, 0.3}, int64[2] first = {0, 0}, int64[1] second = {1},
                         float[2] t = {0.123, 0.127}> {
                          m = MatMul (x, w)
                          f = Gather <axis = 1> (m, first)
                          b = LessOrEqual (f, t)
                          y = Cast <to = 1> (b)
                          g = Gather <axis = 1> (m, second)
                          z = Abs (g)
                        }"""

                let made = Compiled.text None (uniform 1 200 [| 1; 4 |]) text
                Expect.equal (Compiled.error made (uniform 2 3000 [| 1; 4 |])) 0.0 "every decision on the first feature"

            testCase "values that calibration met are no surprise"
            <| fun () ->
                let made = Compiled.text None (uniform 1 200 [| 1; 4 |]) (model (snd forms[0]))

                let coding = Option.get made.Circuit.Inputs[0].Coding

                let beyond =
                    coding.Beyond |> Option.map Tensor.toFloat64s |> Option.defaultValue [||]

                Expect.equal beyond.Length 4 "one number for each feature"
                // Feature 0 has thresholds that are 0.004 apart in a range of 2, feature 3 one alone.
                Expect.isGreaterThan beyond[0] 32.0 "codes of feature 0 end about its thresholds"
                Expect.isLessThan beyond[3] 64.0 "codes of feature 3 have the steps of its range"
        ]
