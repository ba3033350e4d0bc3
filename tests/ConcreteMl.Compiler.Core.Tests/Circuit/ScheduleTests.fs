module ConcreteMl.Compiler.Core.Tests.Circuit.ScheduleTests

open Expecto
open ConcreteMl.Compiler.Core.Circuit

[<Tests>]
let tests =
    testList
        "Circuit.Schedule"
        [
            testCase "digits are all dropped bits, single ones first"
            <| fun () ->
                for drop in 1..20 do
                    for schedule in Schedule.candidates [| drop |] do
                        let digits = Schedule.digits schedule drop
                        Expect.equal (Array.sum digits) drop $"{schedule}"
                        Expect.isTrue (Array.sort digits = digits) $"{schedule}: %A{digits}"
                        Expect.isLessThanOrEqual (Schedule.bootstrapsOf schedule drop) drop "Schedule.bootstrapsOf schedule drop"

            testCase "schedules that split alike are tried once"
            <| fun () ->
                for drops in [ [| 1 |]; [| 2 |]; [| 5; 3 |]; [| 9; 8; 4 |] ] do
                    let split =
                        Schedule.candidates drops
                        |> List.map (fun schedule -> drops |> Array.map (Schedule.digits schedule))

                    Expect.isTrue
                        (split.Head = (drops |> Array.map (fun drop -> Array.create drop 1)))
                        "split.Head = (drops |> Array.map (fun drop -> Array.create drop 1))"

                    Expect.isTrue (List.distinct split = split) "List.distinct split = split"

                Expect.equal ((Schedule.candidates [| 1; 2 |]).Length) 1 "(Schedule.candidates [| 1; 2 |]).Length"
                Expect.isGreaterThan ((Schedule.candidates [| 9 |]).Length) 3 "(Schedule.candidates [| 9 |]).Length"
        ]
