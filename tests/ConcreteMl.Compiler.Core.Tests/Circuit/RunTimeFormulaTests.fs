/// Noise formulas of the compiler are those of the run time.
module ConcreteMl.Compiler.Core.Tests.Circuit.RunTimeFormulaTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe

[<Tests>]
let tests =
    testList
        "RunTimeFormula"
        [
            testCase "noise and key of pairs of mask words are those of the run time"
            <| fun () ->
                let gadget: Decomposition = { Levels = 2; LogBase = 15 }

                let theirs =
                    NoiseModel.Measured.ExternalProductVariance(1, 2048, GadgetDecomposition(15, 2), 1e-30, 2)

                let own = NoiseFormulas.perWord NoiseFormulas.ours 2 1e-30 1 2048 gadget
                Expect.floatClose Accuracy.high (own / theirs) 1.0 "variance of a word"
                let single = NoiseFormulas.perWord NoiseFormulas.ours 1 1e-30 1 2048 gadget
                Expect.isTrue (own > 1.5 * single && own < 3.0 * single) "between the factors of rounding and of key"

            testCase "the noise of digits is that of the run time's formula"
            <| fun () ->
                for logBase in [ 1; 2; 3; 4; 7 ] do
                    for levels in [ 1; 2; 5; 17 ] do
                        if logBase * levels <= 62 then
                            let own =
                                NoiseFormulas.keySwitchPerDimension NoiseFormulas.ours 1e-9 { Levels = levels; LogBase = logBase }

                            let theirs =
                                ConcreteMl.Tfhe.NoiseModel.Measured.KeySwitchVariance(
                                    1,
                                    ConcreteMl.Tfhe.GadgetDecomposition(logBase, levels),
                                    1e-9
                                )

                            Expect.floatClose Accuracy.high (own / theirs) 1.0 $"base 2^{logBase}, {levels} levels"
        ]
