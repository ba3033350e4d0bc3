/// Which classes use another's bootstrapping key, and that the search lets them.
module ConcreteMl.Compiler.Core.Tests.Circuit.KeySharingTests

open Expecto
open ConcreteMl.Compiler.Core.Circuit

let private key =
    {
        Rank = 1
        Size = 2048
        Curve = SecurityCurve.standard
        Model = NoiseFormulas.ours
        Switch = KeySwitchKind.Fourier
    }

let private parameters small logBase levels : ClassParameters =
    {
        SmallDimension = small
        KeySwitch = { Levels = 15; LogBase = 1 }
        Ring = 1024
        Bootstrap = { Levels = levels; LogBase = logBase }
        BodyBits = key.BodyBits
        Extension = 0
        Grade = 0
        WordsPerStep = 1
    }

let private choice small logBase levels =
    ClassFigures.figures key (parameters small logBase levels) 1 64.0

[<Tests>]
let tests =
    testList
        "Circuit.KeySharing"
        [
            testCase "a class uses the key of one with as many bits and the levels of its decomposition"
            <| fun () ->
                let classes =
                    [|
                        choice 700 16 2
                        choice 872 8 5
                        choice 730 24 1
                        choice 880 24 1
                        choice 560 15 2
                        choice 872 8 5
                    |]

                Expect.equal (KeySharing.owners classes) [| Some 1; None; Some 1; None; None; Some 1 |] "owners"
                let order = KeySharing.order classes
                Expect.equal order [| 1; 3; 4; 0; 2; 5 |] "owners first"

                let marked = order |> Array.map (fun index -> classes[index]) |> KeySharing.mark

                Expect.equal (marked |> Array.map _.KeyOf) [| None; None; None; Some 0; Some 0; Some 0 |] "marked"

                Expect.equal
                    (marked |> Array.map (fun one -> one.StoredBytes > 0.0))
                    [| true; true; true; false; false; false |]
                    "what is stored"

            testCase "classes that take other numbers of words a step have keys of their own"
            <| fun () ->
                let pairs =
                    ClassFigures.figures
                        key
                        { parameters 872 8 5 with
                            WordsPerStep = 2
                        }
                        1
                        64.0

                Expect.equal (KeySharing.owners [| pairs; choice 700 16 2 |]) [| None; None |] "owners"

                Expect.floatClose Accuracy.high pairs.StoredBytes (1.5 * (choice 872 8 5).StoredBytes) "three elements for two words"

            testCase "what is counted of a shared key is its making alone"
            <| fun () ->
                let owner, other = choice 872 8 5, choice 700 16 2

                Expect.floatClose
                    Accuracy.high
                    (KeySharing.objective [| owner; other |])
                    (owner.KeyObjective + other.SharedObjective)
                    "shared"

                let apart = choice 700 15 2

                Expect.floatClose Accuracy.high (KeySharing.objective [| owner; apart |]) (owner.KeyObjective + apart.KeyObjective) "apart"

                Expect.isGreaterThan apart.KeyObjective apart.SharedObjective "bytes count"

            testCase "the decompositions within a key are those that it serves"
            <| fun () ->
                let made = { Levels = 5; LogBase = 8 }
                let space = KeySharing.within made 2 872
                let met = space.Bootstraps |> Array.map (fun d -> d.LogBase, d.Levels)

                Expect.equal (set met) (set [ 8, 1; 8, 2; 8, 3; 8, 4; 8, 5; 16, 1; 16, 2; 24, 1 ]) "found, of bases that the run time takes"

                Expect.equal (space.Words, space.Most, space.SendsKey) ([| 2 |], 872, false) "bounds"

                for d in space.Bootstraps do
                    Expect.isTrue (KeySharing.has made d) $"{d}"
        ]
