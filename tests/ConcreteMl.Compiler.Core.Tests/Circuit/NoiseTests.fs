module ConcreteMl.Compiler.Core.Tests.Circuit.NoiseTests

open NUnit.Framework
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

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
