module ConcreteMl.Compiler.Core.Tests.Circuit.OptimizerTests

open System
open System.Globalization
open System.IO
open Expecto
open ConcreteMl.Compiler.Core.Circuit

let private number (text: string) =
    if text.StartsWith "2^" then
        Math.Pow(2.0, Double.Parse(text.Substring 2, CultureInfo.InvariantCulture))
    else
        Double.Parse(text, CultureInfo.InvariantCulture)

let private older name level slope bias least =
    {
        Name = name
        Level = level
        Slope = slope
        Bias = bias
        LeastDimension = least
    }

/// Older lines, only in the published tables.
let private curves =
    [
        "128", SecurityCurve.bits128
        "132 Dec 2024", SecurityCurve.bits132
        "80 April 2023", older "80" 80 -0.04045822621883835 1.7183812000404686 450
        "112 April 2023", older "112" 112 -0.029881371645803536 2.6539316216894946 450
        "192 April 2023", older "192" 192 -0.018894148763647572 4.2700349965659115 532
        "96 June 2022", older "96" 96 -0.03414780360867051 2.017310258660345 450
    ]
    |> Map.ofList

let private rows file =
    Path.Combine(AppContext.BaseDirectory, "Circuit", "golden", file)
    |> File.ReadAllLines
    |> Array.skip 1
    |> Array.map _.Split(',')

let private expected (row: string[]) =
    if row[4] = "" then
        None
    else
        Some(row[4..11] |> Array.map int, number row[12])

let private actual centered (row: string[]) =
    PublishedTables.solve
        {
            Bits = int row[2]
            Log2Norm = float row[3]
            PError = number row[1]
            Curve = curves[row[0]]
            Model = NoiseFormulas.golden centered
            MostExtension = 0
            LevelledTerms = 4096.0
        }
    |> Option.map (fun s ->
        [|
            s.Rank
            s.Log2Poly
            s.SmallDimension
            s.Bootstrap.Levels
            s.Bootstrap.LogBase
            s.KeySwitch.Levels
            s.KeySwitch.LogBase
            int (floor (s.Cost / 1048576.0))
        |],
        s.PError)

let private agree want got =
    match want, got with
    | None, None -> true
    | Some(wanted: int[], wantedError), Some(found: int[], foundError) ->
        // The tables print two digits.
        wanted = found && abs (foundError - wantedError) <= 0.11 * wantedError
    | _ -> false

[<Tests>]
let tests =
    testSequenced
    <| testList
        "Circuit.Optimizer"
        [
            testTheory
                "every row of the published tables is found again"
                [
                    ("native-128.csv", false)
                    ("native-128-other-targets.csv", false)
                    ("native-128-centered.csv", true)
                    ("native-other-levels.csv", false)
                ]
            <| fun (file: string, centered: bool) ->
                let wrong =
                    rows file
                    |> Array.filter (fun row -> not (agree (expected row) (actual centered row)))
                    |> Array.map (fun row -> sprintf "%s: found %A" (String.concat "," row) (actual centered row))

                Expect.isEmpty wrong "wrong"

            testTheory
                "erfc is accurate in relative terms"
                [
                    (0.1, 0.8875370839817152)
                    (1.0, 0.15729920705028513)
                    (1.9, 0.007209570764742533)
                    (2.1, 0.0029794666563329855)
                    (5.0, 1.5374597944280349e-12)
                    (9.5, 3.76921448565488e-41)
                ]
            <| fun (x: float, expected: float) ->
                Expect.isLessThan (abs (Erfc.value x / expected - 1.0)) (1e-12) "abs (Erfc.value x / expected - 1.0)"

            testTheory
                "failure probabilities become standard deviations"
                [
                    (6.3342484e-5, 4.0)
                    (1e-5, 4.4171734)
                    (9.094947017729282e-13, 7.143552)
                    (5.421010862427522e-20, 9.155294)
                    (2.938735877055719e-39, 13.108626)
                ]
            <| fun (p: float, kappa: float) -> Expect.isLessThanOrEqual (abs (Erfc.deviations p - (kappa))) (1e-6) "Erfc.deviations p"

            testCase "single operators have the published noise and cost"
            <| fun () ->
                let q2 = Math.Pow(2.0, 128.0)
                let near (expected: float) actual = abs (actual / expected - 1.0) < 1e-9
                let curve = SecurityCurve.bits128
                let d = { Levels = 2; LogBase = 24 }

                let product =
                    NoiseFormulas.externalProduct (NoiseFormulas.golden false) (SecurityCurve.variance curve 8192) 2 4096 d

                // The published figure for the key switch is for the line of June 2022.
                let june2022 = older "128 June 2022" 128 -0.02640502876522622 2.4826422691043177 450

                let switch =
                    NoiseFormulas.keySwitchPerDimension (NoiseFormulas.golden false) (SecurityCurve.variance june2022 512) d

                Expect.isTrue (near 4.078296369990673e31 (2048.0 * product * q2)) "near 4.078296369990673e31 (2048.0 * product * q2)"
                Expect.isTrue (near 7.407691550271225e48 (2048.0 * switch * q2)) "near 7.407691550271225e48 (2048.0 * switch * q2)"
                Expect.equal (CostModel.keySwitch 1024 2048 32) 134313984.0 "CostModel.keySwitch 1024 2048 32"
                Expect.equal (CostModel.externalProduct 1 1 1) 8.0 "CostModel.externalProduct 1 1 1"
                Expect.equal (CostModel.externalProduct 20 1 300) 138621.0 "CostModel.externalProduct 20 1 300"

            testTheory "sorted mask words need fewer products" [ (0, 1.0); (1, 1.5); (2, 2.75); (3, 5.375) ]
            <| fun (extension: int, expected: float) ->
                Expect.equal (CostModel.productsPerWord extension) expected "CostModel.productsPerWord extension"
        ]
