module ConcreteMl.Compiler.Core.Tests.Quant.RoundingTests

open Expecto
open FsCheck
open FsCheck.FSharp
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op

let private bits = 14

/// A range around 0 with a core inside, a multiplier and a number of stages, where a fold exists.
let private folds =
    gen {
        let! low = Gen.choose (100, 3000)
        let! high = Gen.choose (100, 3000)
        let! left = Gen.choose (-low, 0)
        let! right = Gen.choose (left + 10, high + 50)
        let! multiplier = Gen.choose (1, 12)
        let! stages = Gen.choose (1, 3)
        let range, core = (-float low, float high), (float left, float right)

        return
            Folding.tryFit stages bits 6 range core (int64 multiplier)
            |> Option.map (fun fold -> fold, range, core, int64 multiplier)
    }

let private folded =
    Gen.filter Option.isSome folds |> Gen.map Option.get |> Arb.fromGen

let private quantized rounding (network: Network) shape (graph: Float.Graph) =
    let options =
        { QuantOptions.uniform 6 with
            Rounding = rounding
        }

    match Quantize.fit Context.quiet options graph (network.Samples(150, shape)) with
    | Ok result -> result
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private error (network: Network) shape graph rounding =
    let result = quantized rounding network shape graph
    let test = network.Samples(150, shape)

    relativeError (test |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)) (fst (Client.forward result test)) 0

/// Mean of the ratio of errors with and without rounding over some networks.
let private costOf method shape (build: Network -> Float.Graph) =
    List.init 4 (fun seed ->
        let network = Network seed
        let graph = build network
        error network shape graph (Some(6, method)) / error network shape graph None)
    |> List.average

let private cost method activation =
    costOf method [| 1; 8 |] (fun network ->
        let x = network.Input [| 1; 8 |]
        let hidden = network.Apply(activation, network.Dense(x, 16))
        network.Build [ network.Dense(network.Apply(activation, network.Dense(hidden, 16)), 3) ])

[<Tests>]
let tests =
    testList
        "Quant.Rounding"
        [
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 200
                }
                "a fold leaves the core alone and keeps the rest on its side of it"
            <| fun () ->
                Prop.forAll folded (fun (fold, (low, high), (left, right), multiplier) ->
                    [ low; left - 1.0; left; (left + right) / 2.0; min right high; high ]
                    |> List.filter (fun code -> code >= low && code <= high)
                    |> List.forall (fun code ->
                        let moved = Folding.apply bits fold multiplier code

                        if code < left then
                            moved < left + 1e-6 && moved >= fold.Low - 1e-6
                        elif code > right then
                            moved > right - 1e-6 && moved <= fold.High + 1e-6
                        else
                            abs (moved - code) < 1e-6))

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 200
                }
                "noise of less than half a coarse bin does not carry a code into the core"
            <| fun (seed: int) ->
                Prop.forAll folded (fun (fold, (low, high), (left, right), multiplier) ->
                    let first = fold.Stages.Head
                    let count = fold.Stages.Length
                    let width = float (1L <<< (bits + count - Folding.coarseBits))
                    let noise = 0.499 * width * (2.0 * float (abs (seed % 1000)) / 999.0 - 1.0)

                    Seq.init 100 (fun index -> low + (high - low) * float index / 99.0)
                    |> Seq.filter (fun code -> code < left || code > right)
                    |> Seq.forall (fun code ->
                        let place =
                            int (floor ((float multiplier * code + float first.Shift + noise) / width + 0.5))
                            + first.Entries.Length / 2

                        let entry = first.Entries[System.Math.Clamp(place, 0, first.Entries.Length - 1)]

                        let moved = code + float (entry - first.Stay) / float multiplier
                        (code < left && moved < left + 1e-6) || (code > right && moved > right - 1e-6)))

            testTheory "exact rounding costs little precision" [ "relu"; "tanh"; "sigmoid"; "softplus" ]
            <| fun (name: string) ->
                let activation =
                    match name with
                    | "relu" -> Unary.Relu
                    | "tanh" -> Unary.Tanh
                    | "sigmoid" -> Unary.Sigmoid
                    | _ -> Unary.Softplus

                Expect.isLessThan (cost RoundingMethod.Exact activation) 1.5 "cost RoundingMethod.Exact activation"

            testCase "rounding knows that equal codes behind padding are different reals"
            <| fun () ->
                let cost =
                    costOf RoundingMethod.Exact [| 1; 2; 6; 6 |] (fun network ->
                        let x = network.Input [| 1; 2; 6; 6 |]
                        let pooled = network.PaddedPool(network.Apply(Unary.Elu 1.0f, x))
                        network.Build [ network.Dense(network.Flatten(network.Apply(Unary.Relu, pooled)), 3) ])

                Expect.isLessThan cost 1.5 "cost"

            testCase "results of lookups keep their precision beside accumulators"
            <| fun () ->
                let cost =
                    costOf RoundingMethod.Exact [| 1; 8 |] (fun network ->
                        let hidden = network.Dense(network.Input [| 1; 8 |], 16)

                        let both =
                            network.Node(Op.Concat 1, [ hidden; network.Apply(Unary.Elu 1.0f, hidden) ], [| 1; 32 |], "/Concat")

                        network.Build [ network.Dense(both, 3) ])

                Expect.isLessThan cost 1.7 "cost"

            testCase "approximate rounding spends no lookups on finer bins"
            <| fun () ->
                let network = Network 1
                let x = network.Input [| 1; 8 |]

                let graph =
                    network.Build [ network.Dense(network.Apply(Unary.Relu, network.Dense(x, 16)), 3) ]

                let folds method =
                    (quantized (Some(6, method)) network [| 1; 8 |] graph).Nodes
                    |> Array.exists (fun node ->
                        match node.Op with
                        | QuantOp.Lookup table -> table.Function = "fold"
                        | _ -> false)

                Expect.isTrue (folds RoundingMethod.Exact) "folds RoundingMethod.Exact"
                Expect.isFalse (folds RoundingMethod.Approximate) "folds RoundingMethod.Approximate"
        ]
