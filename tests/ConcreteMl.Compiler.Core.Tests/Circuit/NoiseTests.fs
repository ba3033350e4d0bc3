module ConcreteMl.Compiler.Core.Tests.Circuit.NoiseTests

open NUnit.Framework
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

[<Test>]
let ``norms bound results of shared rotations however their noises are correlated`` () =
    let mutable met = 0

    for seed in 1..300 do
        match Lower.run Context.quiet (RandomGraphs.forked seed) with
        | Error findings -> Assert.Fail $"{findings}"
        | Ok circuit ->
            let joined = Passes.JoinLookups.run circuit

            if not (obj.ReferenceEquals(joined, circuit)) then
                let norms = (Noise.analyse joined).Norms
                let noises = UnitNoises.push joined

                for value in 0 .. joined.Types.Length - 1 do
                    let expected = UnitNoises.largest noises (fun _ -> 1.0) (ValueId value)
                    Assert.That(norms[value].Total, Is.GreaterThanOrEqualTo(expected * 0.999999), $"seed {seed} value {value}")

                    if norms[value].Table > expected * 1.000001 then
                        met <- met + 1

    Assert.That(met, Is.GreaterThan 3)

[<Test>]
let ``norms equal those of unit noises pushed through`` () =
    for seed in 1..300 do
        match Lower.run Context.quiet (RandomGraphs.graph seed) with
        | Error findings -> Assert.Fail $"{findings}"
        | Ok circuit ->
            let norms = (Noise.analyse circuit).Norms
            let noises = UnitNoises.push circuit

            let expected =
                Array.init circuit.Types.Length (fun value -> UnitNoises.largest noises (fun _ -> 1.0) (ValueId value))

            for value in 0 .. expected.Length - 1 do
                let found = norms[value]
                let largest = max found.Input (max found.Table found.Rounding)

                let within =
                    expected[value] <= found.Total * 1.000001
                    && largest <= expected[value] * 1.000001

                Assert.That(within, $"seed {seed} value {value}: {expected[value]} {found}")

                if
                    (found.Input = 0.0 && found.Rounding = 0.0)
                    || found.Table = 0.0 && found.Rounding = 0.0
                then
                    Assert.That(found.Total, Is.EqualTo(expected[value]).Within(1e-6).Percent, $"seed {seed} value {value}")
