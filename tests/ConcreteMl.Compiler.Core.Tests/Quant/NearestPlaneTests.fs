/// Codes of weights that make up for each other's rounding errors.
module ConcreteMl.Compiler.Core.Tests.Quant.NearestPlaneTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Moments of operands that vary together.
let private correlated (random: System.Random) size =
    let rows =
        Array.init 200 (fun _ ->
            let shared = random.NextDouble()
            Array.init size (fun _ -> shared + 0.6 * random.NextDouble()))

    Planned.Moments.ofRows size rows |> Planned.Moments.regularized

/// (q - w)ᵀ H (q - w) of codes q.
let private error (moments: Planned.Moments) (weights: float[]) (codes: float[]) =
    let difference = Array.map2 (-) codes weights

    Array.map2 (*) difference (Planned.Moments.apply moments difference)
    |> Array.sum

/// All vectors of codes from -3 to 3.
let rec private vectors size =
    if size = 0 then
        [ [] ]
    else
        vectors (size - 1)
        |> List.collect (fun rest -> [ -3.0 .. 3.0 ] |> List.map (fun code -> code :: rest))

let private limits size : Planned.CodeLimits[] =
    Array.create size { Low = -3.0; High = 3.0 }

[<Tests>]
let tests =
    testList
        "Quant.NearestPlane"
        [
            testCase "the triangle's square is the matrix, and the minimum solves its equations"
            <| fun () ->
                let random = System.Random 3

                for size in [ 1; 2; 5; 13 ] do
                    let moments = correlated random size
                    let triangle = moments.Triangle.Value

                    for a in 0 .. size - 1 do
                        for b in a .. size - 1 do
                            let product =
                                Seq.sum (seq { for k in 0..a -> triangle[k * size + a] * triangle[k * size + b] })

                            Expect.floatClose Accuracy.high product moments.Matrix[a * size + b] $"{a}, {b} of {size}"

                    let wanted = Array.init size (fun _ -> random.NextDouble() - 0.5)

                    let found =
                        Planned.NearestPlane.minimum moments (Planned.Moments.apply moments wanted)

                    Array.iter2 (fun found wanted -> Expect.floatClose Accuracy.medium found wanted $"{size}") found wanted

            testCase "moments without variance have a finite triangle"
            <| fun () ->
                let moments = Planned.Moments.ofRows 3 (Array.create 10 [| 1.0; 2.0; 3.0 |])
                Expect.isTrue (moments.Triangle.Value |> Array.forall System.Double.IsFinite) "finite"

            testCase "numbers that overflow give no codes, and a search the nearest ones"
            <| fun () ->
                let random = System.Random 5

                let rows =
                    Array.init 20 (fun _ -> Array.init 3 (fun _ -> 1e200 * random.NextDouble()))

                let moments = Planned.Moments.ofRows 3 rows |> Planned.Moments.regularized
                let weights = [| 1e150; -1e150; 0.5e150 |]

                Expect.isNone (Planned.NearestPlane.codes moments (limits 3) [| nan; 0.0; 1.0 |] 1.0) "codes"

                let found =
                    Planned.WeightSearch.solve moments (Planned.Moments.apply moments weights) 3 0.0 None weights

                Expect.all found.Codes (fun code -> abs code <= 3L) "within the limits"

            testCase "codes are within their limits and the best of all, where the nearest are not"
            <| fun () ->
                let random = System.Random 4
                let all = vectors 4 |> List.map Array.ofList

                let cases =
                    List.init 60 (fun _ -> correlated random 4, Array.init 4 (fun _ -> 7.0 * random.NextDouble() - 3.5))

                let isBest (codes: Planned.Moments -> float[] -> float[]) (moments, weights) =
                    let least = all |> List.map (error moments weights) |> List.min
                    error moments weights (codes moments weights) <= least * (1.0 + 1e-9)

                let count codes =
                    cases |> List.filter (isBest codes) |> List.length

                let nearest _ =
                    Array.map (fun weight -> System.Math.Clamp(System.Math.Round(weight: float), -3.0, 3.0))

                let planes moments weights =
                    Planned.NearestPlane.codes moments (limits 4) weights 1.0 |> Option.get

                for moments, weights in cases do
                    Expect.all (planes moments weights) (fun code -> abs code <= 3.0) "within the limits"

                Expect.isGreaterThan (count planes) 54 "nine of ten"
                Expect.isLessThan (count nearest) 40 "two of three"

            testCase "a search at few bits is never worse than from the nearest codes alone"
            <| fun () ->
                let random = System.Random 8

                for _ in 1..30 do
                    let moments = correlated random 8
                    let weights = Array.init 8 (fun _ -> random.NextDouble() - 0.5)
                    let target = Planned.Moments.apply moments weights
                    let scale = 0.2

                    let found =
                        Planned.WeightSearch.solve moments target 3 0.0 (Some [| scale |]) weights

                    let nearest =
                        weights
                        |> Array.map (fun weight -> System.Math.Clamp(System.Math.Round(weight / scale), -3.0, 3.0))

                    let real = weights |> Array.map (fun weight -> weight / scale)

                    Expect.isLessThanOrEqual
                        (error moments real (Array.map float found.Codes))
                        (error moments real nearest * (1.0 + 1e-9))
                        "error"
        ]
