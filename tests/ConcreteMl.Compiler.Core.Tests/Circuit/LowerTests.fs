module ConcreteMl.Compiler.Core.Tests.Circuit.LowerTests

open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Circuit.Passes

type private QuantGraph = ConcreteMl.Compiler.Core.Quant.Graph
module QuantEval = ConcreteMl.Compiler.Core.Quant.Eval
module QuantVerify = ConcreteMl.Compiler.Core.Quant.Verify

let private lower graph =
    match Lower.run Context.quiet graph with
    | Ok circuit -> circuit
    | Error findings -> failwithf "%A" findings

let private codes circuit inputs =
    (Eval.graph circuit inputs).Outputs |> List.map _.Data

let private typed shape bits : ConcreteMl.Compiler.Core.Quant.ValueType =
    {
        Shape = shape
        Bits = bits
        Range = -(1L <<< (bits - 1)), (1L <<< (bits - 1)) - 1L
        Uniform = None
    }

let private port name value =
    {
        Name = name
        Value = value
        Coding = Some(RandomGraphs.coding -100L 100L)
    }

let private identity bits : Table =
    {
        Entries = Tensor.ofIntegers [| 1; 1 <<< bits |] (Array.init (1 <<< bits) (fun i -> int64 (i - (1 <<< (bits - 1)))))
        Index = Tensor.ofIntegers [||] [| 0L |]
        Function = "identity"
        Window = None
    }

/// x (4 bits) feeds a 9-bit accumulator and a 4-bit lookup; an unrelated input has 3 bits.
let private twoWidths () : QuantGraph =
    let builder =
        GraphBuilder<ConcreteMl.Compiler.Core.Quant.Op, ConcreteMl.Compiler.Core.Quant.ValueType>("two-widths")

    let x = builder.Input("x", typed [| 1; 2 |] 4, RandomGraphs.coding -8L 7L)

    let z = builder.Input("z", typed [| 1; 2 |] 3, RandomGraphs.coding -4L 3L)

    let weights = Tensor.ofIntegers [| 2; 2 |] [| 10L; 5L; 7L; -9L |]

    let wide =
        builder.Value(ConcreteMl.Compiler.Core.Quant.Op.Linear(Linear.MatMul weights), [ x ], typed [| 1; 2 |] 9, [ "/fc" ])

    let a =
        builder.Value(ConcreteMl.Compiler.Core.Quant.Op.Lookup(identity 9), [ wide ], typed [| 1; 2 |] 9, [ "/relu" ])

    let b =
        builder.Value(ConcreteMl.Compiler.Core.Quant.Op.Lookup(identity 4), [ x ], typed [| 1; 2 |] 4, [ "/act" ])

    let c =
        builder.Value(ConcreteMl.Compiler.Core.Quant.Op.Lookup(identity 3), [ z ], typed [| 1; 2 |] 3, [ "/z" ])

    builder.Build [ port "a" a; port "b" b; port "c" c ]

[<Tests>]
let tests =
    testList
        "Circuit.Lower"
        [
            testCase "a lowered circuit computes what its quantized graph computes"
            <| fun () ->
                for seed in 1..400 do
                    let graph = RandomGraphs.graph seed
                    Expect.isEmpty (QuantVerify.graph graph) $"seed {seed}"
                    let circuit = lower graph
                    Expect.isEmpty (Verify.graph circuit) $"seed {seed}"
                    let inputs = RandomGraphs.inputs seed 5 graph
                    let expected = (QuantEval.graph graph inputs).Outputs |> List.map _.Data
                    Expect.isTrue (codes circuit inputs = expected) $"seed {seed}"

                    let shared =
                        circuit |> ShareValues.run |> FoldScales.run |> ReadBitsFromResidues.run

                    Expect.isEmpty (Verify.graph shared) $"seed {seed}"
                    Expect.isTrue (codes shared inputs = expected) $"seed {seed}"

            testCase "worst-case bounds hold for every input tried"
            <| fun () ->
                for seed in 1..200 do
                    let graph = RandomGraphs.graph seed
                    let worst = BitWidth.worst graph
                    let inputs = RandomGraphs.inputs seed 20 graph

                    let check (node: Node<ConcreteMl.Compiler.Core.Quant.Op>) (batch: IntegerBatch) =
                        let (ValueId value) = node.Results[0]
                        let low, high = worst[value]
                        Expect.isGreaterThanOrEqual (Array.min batch.Data) low $"seed {seed} value {value}"
                        Expect.isLessThanOrEqual (Array.max batch.Data) high $"seed {seed} value {value}"

                    QuantEval.observed check graph inputs |> ignore

            testCase "a value read at two widths has the wider and is re-encoded for the narrower"
            <| fun () ->
                let circuit = lower (twoWidths ())

                let bits =
                    circuit.Inputs |> Array.map (fun input -> (circuit.TypeOf input.Value).Bits)

                Expect.isTrue (bits = [| 9; 3 |]) "(bits = [| 9; 3 |])"

                let reencoded =
                    circuit.Nodes
                    |> Array.filter (fun node -> node.Op = Op.Reencode)
                    |> Array.map (fun node -> (circuit.TypeOf node.Operands[0]).Bits, (circuit.TypeOf node.Results[0]).Bits)

                Expect.isTrue (reencoded = [| (9, 4) |]) "(reencoded = [| (9, 4) |])"

            testCase "equal lookups of one value are done once"
            <| fun () ->
                let builder =
                    GraphBuilder<ConcreteMl.Compiler.Core.Quant.Op, ConcreteMl.Compiler.Core.Quant.ValueType>("twice")

                let x = builder.Input("x", typed [| 1; 2 |] 4, RandomGraphs.coding -8L 7L)

                let look origin =
                    builder.Value(ConcreteMl.Compiler.Core.Quant.Op.Lookup(identity 4), [ x ], typed [| 1; 2 |] 4, [ origin ])

                let a, b = look "/a", look "/b"
                let shared = builder.Build [ port "a" a; port "b" b ] |> lower |> ShareValues.run
                Expect.equal shared.Nodes.Length 1 "shared.Nodes.Length"
                Expect.equal (shared.Outputs[0].Value) (shared.Outputs[1].Value) "shared.Outputs[0].Value"
                Expect.isTrue (obj.ReferenceEquals(ShareValues.run shared, shared)) "obj.ReferenceEquals(ShareValues.run shared, shared)"

            testCase "factors per column go into the weights before them"
            <| fun () ->
                let builder =
                    GraphBuilder<ConcreteMl.Compiler.Core.Quant.Op, ConcreteMl.Compiler.Core.Quant.ValueType>("scaled")

                let x = builder.Input("x", typed [| 1; 2 |] 4, RandomGraphs.coding -8L 7L)

                let linear operation operand =
                    builder.Value(ConcreteMl.Compiler.Core.Quant.Op.Linear operation, [ operand ], typed [| 1; 2 |] 9, [ "/fc" ])

                let weights = Tensor.ofIntegers [| 2; 2 |] [| 1L; 2L; 3L; 4L |]
                let factors = Tensor.ofIntegers [| 1; 2 |] [| 5L; -1L |]
                let scaled = linear (Linear.MatMul weights) x |> linear (Linear.Scale factors)
                let folded = builder.Build [ port "y" scaled ] |> lower |> FoldScales.run

                let expected =
                    Op.Linear(Linear.MatMul(Tensor.ofIntegers [| 2; 2 |] [| 5L; -2L; 15L; -4L |]))

                Expect.isTrue ((folded.Nodes |> Array.map _.Op) = [| expected |]) "(folded.Nodes |> Array.map _.Op) = [| expected |]"
                Expect.isTrue (obj.ReferenceEquals(FoldScales.run folded, folded)) "obj.ReferenceEquals(FoldScales.run folded, folded)"

            testCase "arithmetic on an approximately rounded value makes the rounding exact, with a warning"
            <| fun () ->
                let builder =
                    GraphBuilder<ConcreteMl.Compiler.Core.Quant.Op, ConcreteMl.Compiler.Core.Quant.ValueType>("rounded")

                let x = builder.Input("x", typed [| 1; 2 |] 6, RandomGraphs.coding -32L 31L)

                let rounded =
                    builder.Value(
                        ConcreteMl.Compiler.Core.Quant.Op.Round(2, RoundingMethod.Approximate),
                        [ x ],
                        typed [| 1; 2 |] 4,
                        [ "/r" ]
                    )

                let sum =
                    builder.Value(
                        ConcreteMl.Compiler.Core.Quant.Op.Linear(Linear.Combine [| 1L; 1L |]),
                        [ rounded; rounded ],
                        typed [| 1; 2 |] 5,
                        [ "/add" ]
                    )

                let warnings = System.Collections.Generic.List()

                let context =
                    { Context.quiet with
                        Warn = warnings.Add
                    }

                match Lower.run context (builder.Build [ port "y" sum ]) with
                | Error findings -> failtest $"{findings}"
                | Ok circuit ->
                    Expect.isTrue
                        (warnings |> Seq.map _.Code |> List.ofSeq = [ "CML4001" ])
                        "(warnings |> Seq.map _.Code |> List.ofSeq = [ 'CML4001' ])"

                    let exact =
                        circuit.Nodes
                        |> Array.exists (fun node ->
                            match node.Op with
                            | Op.Round(_, RoundingMethod.Exact, _) -> true
                            | _ -> false)

                    Expect.isTrue exact "exact"
                    // The rounded value enters a 5-bit sum, so its operand is encoded at 5 + 2 bits.
                    Expect.equal ((circuit.TypeOf circuit.Inputs[0].Value).Bits) 7 "(circuit.TypeOf circuit.Inputs[0].Value).Bits"
        ]
