/// Sums whose order of rounding is part of their meaning.
module ConcreteMl.Compiler.Core.Tests.FixedOrderTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base

let private values (random: Random) count =
    Array.init count (fun _ -> float32 (random.NextDouble() * 2.0 - 1.0))

/// The definition, one number after another: eight lanes (256 bits of float32), added up, then the rest.
let private inOrder (x: float32[]) (y: float32[]) =
    let whole = x.Length / 8 * 8
    let lanes = Array.zeroCreate<float32> 8

    for at in 0 .. whole - 1 do
        lanes[at % 8] <- lanes[at % 8] + x[at] * y[at]

    let mutable total = lanes[0]

    for lane in 1..7 do
        total <- total + lanes[lane]

    for at in whole .. x.Length - 1 do
        total <- total + x[at] * y[at]

    total

[<Tests>]
let tests =
    testList
        "FixedOrder"
        [
            testCase "a product of vectors rounds in the order of its definition"
            <| fun () ->
                let random = Random 7

                for length in [ 0; 1; 7; 8; 9; 31; 64; 100; 1003 ] do
                    let x, y = values random length, values random length
                    let found = FixedOrder.dot (ReadOnlySpan<float32> x) (ReadOnlySpan<float32> y)
                    Expect.equal (BitConverter.SingleToInt32Bits found) (BitConverter.SingleToInt32Bits(inOrder x y)) $"{length}"

            testCase "four products at once are each the one product"
            <| fun () ->
                let random = Random 8

                for length in [ 1; 8; 9; 75; 640 ] do
                    let x, rows = values random length, values random (4 * length)
                    let found = Array.zeroCreate<float32> 4
                    FixedOrder.dotFour (ReadOnlySpan<float32> x) (ReadOnlySpan<float32> rows) (Span<float32> found)

                    let expected =
                        Array.init 4 (fun row -> inOrder x (Array.sub rows (row * length) length))

                    Expect.equal found expected $"{length}"

            testCase "a scaled vector is added with two roundings"
            <| fun () ->
                let random = Random 9
                let x, sums = values random 75, values random 75

                let expected = Array.map2 (fun (x: float32) (sum: float32) -> sum + 0.3f * x) x sums

                FixedOrder.addScaled 0.3f (ReadOnlySpan<float32> x) (Span<float32> sums)
                Expect.equal sums expected "sums"
        ]
