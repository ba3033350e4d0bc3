/// Equal elements of lookups and roundings, done once.
module ConcreteMl.Compiler.Core.Tests.Circuit.ShareElementsTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Circuit.Passes
open ConcreteMl.Tfhe.Programs
open ConcreteMl.Compiler.Core.Tests.Onnx

module CircuitEval = ConcreteMl.Compiler.Core.Circuit.Eval

let private lower graph =
    match Lower.run Context.quiet graph with
    | Ok circuit -> circuit
    | Error findings -> failwithf "%A" findings

let private inputs seed lanes (circuit: Graph) =
    circuit.Inputs
    |> Seq.map (fun port ->
        let t = circuit.TypeOf port.Value
        t.Shape, t.Range)
    |> RandomGraphs.codes seed lanes

let private bootstraps graph =
    (ProgramCost.Of(Emit.program None graph)).Bootstraps

/// `copies` equal lookups that are added up.
let private sum copies : Graph =
    let typed shape bits : ValueType =
        {
            Shape = shape
            Bits = bits
            Codes = 0
            Range = -1L, 1L
            Noise = None
            Key = None
        }

    let table: Table =
        {
            Entries = Tensor.ofIntegers [| 1; 16 |] (Array.init 16 (fun i -> int64 (i % 3 - 1)))
            Index = Tensor.ofIntegers [||] [| 0L |]
            Function = "saw"
            Window = None
        }

    let builder = GraphBuilder<Op, ValueType>("sum")
    let x = builder.Input("x", typed [| 1 |] 4, RandomGraphs.coding -8L 7L)
    let indices = Tensor.ofInt64 [| copies |] (Array.create copies 0L)

    let many =
        builder.Value(Op.Linear(Linear.Move(Move.Gather(0, indices))), [ x ], typed [| copies |] 4, [ "/copies" ])

    let looked =
        builder.Value(Op.Lookup(table, None), [ many ], typed [| copies |] 6, [ "/saw" ])

    let total =
        builder.Value(Op.Linear(Linear.ReduceSum([| 0 |], true)), [ looked ], typed [| 1 |] 6, [ "/sum" ])

    builder.Build
        [
            {
                Name = "y"
                Value = total
                Coding = Some(RandomGraphs.coding -100L 100L)
            }
        ]

[<Tests>]
let tests =
    testList
        "Circuit.ShareElements"
        [
            testCase "circuits compute the same with fewer bootstraps"
            <| fun () ->
                let mutable shared = 0

                for seed in 1..600 do
                    let circuit = lower (RandomGraphs.graph seed)
                    let few = ShareElements.run circuit

                    if not (obj.ReferenceEquals(few, circuit)) then
                        shared <- shared + 1
                        Expect.isEmpty (Verify.graph few) "Verify.graph few"
                        Expect.isLessThan (bootstraps few) (bootstraps circuit) "bootstraps few"

                        for pass in [ id; ReadBitsFromResidues.run; JoinLookups.run ] do
                            let lanes = 4
                            let inputs = inputs seed lanes circuit
                            Build.same (CircuitEval.graph circuit inputs).Outputs (CircuitEval.graph (pass few) inputs).Outputs

                Expect.isGreaterThan shared 20 "shared"

            testCase "elements with equal identities have equal codes, and most others differ"
            <| fun () ->
                let mutable told = 0
                let mutable alike = 0

                for seed in 1..100 do
                    let circuit = lower (RandomGraphs.graph seed)
                    let identities = Identities.ofGraph circuit

                    // every value an output
                    let all =
                        { circuit with
                            Outputs =
                                circuit.Types
                                |> Array.mapi (fun value _ ->
                                    {
                                        Name = $"v{value}"
                                        Value = ValueId value
                                        Coding = Some(RandomGraphs.coding -1000L 1000L)
                                    })
                        }

                    let lanes = 60
                    let codes = (CircuitEval.graph all (inputs seed lanes circuit)).Outputs

                    for own, batch in Seq.zip identities codes do
                        let rows = batch.Data |> Array.chunkBySize lanes

                        for one in 0 .. own.Length - 1 do
                            for other in one + 1 .. own.Length - 1 do
                                if own[one] = own[other] then
                                    alike <- alike + 1
                                    Expect.isTrue (rows[one] = rows[other]) $"seed {seed}"
                                elif rows[one] <> rows[other] then
                                    told <- told + 1

                Expect.isGreaterThan alike 1000 "alike"
                Expect.isGreaterThan told 1000 "told"

            testCase "elements whose noise would add up stay apart"
            <| fun () ->
                Expect.equal (bootstraps (ShareElements.run (sum 2))) 1L "bootstraps (ShareElements.run (sum 2))"
                let loud = sum 3
                Expect.isTrue (obj.ReferenceEquals(ShareElements.run loud, loud)) "obj.ReferenceEquals(ShareElements.run loud, loud)"
        ]
