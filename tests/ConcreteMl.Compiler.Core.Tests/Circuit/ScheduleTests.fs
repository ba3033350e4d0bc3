module ConcreteMl.Compiler.Core.Tests.Circuit.ScheduleTests

open NUnit.Framework
open ConcreteMl.Compiler.Core.Circuit

[<Test>]
let ``digits are all dropped bits, single ones first`` () =
    for drop in 1..20 do
        for schedule in Schedule.candidates [| drop |] do
            let digits = Schedule.digits schedule drop
            Assert.That(Array.sum digits, Is.EqualTo drop, $"{schedule}")
            Assert.That(Array.sort digits = digits, $"{schedule}: %A{digits}")
            Assert.That(Schedule.bootstrapsOf schedule drop, Is.LessThanOrEqualTo drop)

[<Test>]
let ``schedules that split alike are tried once`` () =
    for drops in [ [| 1 |]; [| 2 |]; [| 5; 3 |]; [| 9; 8; 4 |] ] do
        let split =
            Schedule.candidates drops
            |> List.map (fun schedule -> drops |> Array.map (Schedule.digits schedule))

        Assert.That(split.Head = (drops |> Array.map (fun drop -> Array.create drop 1)))
        Assert.That(List.distinct split = split)

    Assert.That((Schedule.candidates [| 1; 2 |]).Length, Is.EqualTo 1)
    Assert.That((Schedule.candidates [| 9 |]).Length, Is.GreaterThan 3)
