module ConcreteMl.Compiler.Core.Tests.Circuit.NoiseTests

open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

[<Tests>]
let tests =
    testList
        "Circuit.Noise"
        [
            testCase "norms bound results of shared rotations however their noises are correlated"
            <| fun () ->
                let mutable met = 0

                for seed in 1..300 do
                    match Lower.run Context.quiet (RandomGraphs.forked seed) with
                    | Error findings -> failtest $"{findings}"
                    | Ok circuit ->
                        let joined = Passes.JoinLookups.run circuit

                        if not (obj.ReferenceEquals(joined, circuit)) then
                            let norms = (Noise.analyse joined).Norms
                            let noises = UnitNoises.push joined

                            for value in 0 .. joined.Types.Length - 1 do
                                let expected = UnitNoises.largest noises (fun _ -> 1.0) (ValueId value)
                                Expect.isGreaterThanOrEqual (norms[value].Total) (expected * 0.999999) $"seed {seed} value {value}"

                                if norms[value].Table > expected * 1.000001 then
                                    met <- met + 1

                Expect.isGreaterThan met 3 "met"

            testCase "norms equal those of unit noises pushed through"
            <| fun () ->
                for seed in 1..300 do
                    match Lower.run Context.quiet (RandomGraphs.graph seed) with
                    | Error findings -> failtest $"{findings}"
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

                            Expect.isTrue within $"seed {seed} value {value}: {expected[value]} {found}"

                            if
                                (found.Input = 0.0 && found.Rounding = 0.0)
                                || found.Table = 0.0 && found.Rounding = 0.0
                            then
                                Expect.isLessThanOrEqual (abs (found.Total / expected[value] - 1.0)) 1e-8 $"seed {seed} value {value}"
        ]
