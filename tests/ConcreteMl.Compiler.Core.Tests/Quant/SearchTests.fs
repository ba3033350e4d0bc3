/// Searches that work on several rows or steps at once give what one after another does.
module ConcreteMl.Compiler.Core.Tests.Quant.SearchTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

[<Tests>]
let tests =
    testList
        "Quant.Search"
        [
            testCase "moments times a vector round as each row's product does, for any number of rows"
            <| fun () ->
                let random = System.Random 7

                let numbers count =
                    Array.init count (fun _ -> random.NextDouble() - 0.5)

                for size in [ 1; 3; 4; 7; 9 ] do
                    let moments = Planned.Moments.ofRows size (Array.init 50 (fun _ -> numbers size))

                    let vector = numbers size

                    let expected =
                        moments.Matrix
                        |> Array.chunkBySize size
                        |> Array.map (fun row -> FixedOrder.dot (System.ReadOnlySpan<float> vector) (System.ReadOnlySpan<float> row))

                    Expect.equal (Planned.Moments.apply moments vector) expected $"{size} rows"

                    for a in 0 .. size - 1 do
                        for b in 0 .. size - 1 do
                            Expect.equal moments.Matrix[a * size + b] moments.Matrix[b * size + a] "symmetric"

            testCase "of the steps of one scale the one with the least error is taken"
            <| fun () ->
                let random = System.Random 6
                let samples = Array.init 77 (fun _ -> 3.0 * random.NextDouble() - 1.0)
                let free = Planned.ScaleSearch.best 4 false None samples

                for scale in [ 0.15; 0.2; 0.3; 0.5 ] do
                    let found = Planned.ScaleSearch.best 4 false (Some(fun _ -> scale)) samples

                    let error offset =
                        let one value =
                            let code = System.Math.Round((value - offset) / scale) |> max -8.0 |> min 7.0
                            (code * scale + offset - value) ** 2.0

                        Array.sumBy one samples

                    // moved by quarters of a code about the middle of the free step's codes, -0.5
                    let least =
                        [ -16.0 .. 16.0 ]
                        |> List.map (fun index -> free.Offset - 0.5 * free.Scale + (index * 15.0 / 64.0 + 0.5) * scale |> error)
                        |> List.min

                    Expect.floatClose Accuracy.high (error found.Offset) least $"{scale}"
        ]
