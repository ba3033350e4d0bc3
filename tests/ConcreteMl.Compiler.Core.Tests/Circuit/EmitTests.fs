module ConcreteMl.Compiler.Core.Tests.Circuit.EmitTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe.Programs

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op
type private QuantType = ConcreteMl.Compiler.Core.Quant.ValueType
module CircuitEval = ConcreteMl.Compiler.Core.Circuit.Eval

let private lower graph =
    match Lower.run Context.quiet graph with
    | Ok circuit -> circuit
    | Error findings -> failwithf "%A" findings

let private inputs seed lanes (circuit: ConcreteMl.Compiler.Core.Circuit.Graph) =
    circuit.Inputs
    |> Seq.map (fun port ->
        let t = circuit.TypeOf port.Value
        t.Shape, t.Range)
    |> RandomGraphs.codes seed lanes

let private samples (inputs: IntegerBatch list) lanes =
    Array.init lanes (fun lane -> inputs |> List.map (IntegerBatch.sample lane) |> Array.ofList)

let private bytes (program: TfheProgram) = ProgramFormat.Hash program

/// Lookups of `bits` bits on sums of four earlier lookups, all of equal norm.
let private sums bits : ConcreteMl.Compiler.Core.Quant.Graph =
    let typed width : QuantType =
        {
            Shape = [| 1; 64 |]
            Bits = width
            Range = -(1L <<< (width - 1)), (1L <<< (width - 1)) - 1L
            Uniform = None
        }

    let table inputBits : Table =
        {
            Entries = Tensor.ofIntegers [| 1; 1 <<< inputBits |] (Array.init (1 <<< inputBits) (fun i -> int64 (i % 4 - 2)))
            Index = Tensor.ofIntegers [||] [| 0L |]
            Function = "saw"
            Window = None
        }

    let builder = GraphBuilder<QuantOp, QuantType>("sums")
    let x = builder.Input("x", typed 3, RandomGraphs.coding -4L 3L)
    let first = builder.Value(QuantOp.Lookup(table 3), [ x ], typed 3, [ "/first" ])

    let weights =
        Tensor.ofIntegers [| 64; 64 |] (Array.init 4096 (fun i -> if (i / 64 - i % 64 + 64) % 64 < 4 then 1L else 0L))

    let sum =
        builder.Value(QuantOp.Linear(Linear.MatMul weights), [ first ], typed bits, [ "/sum" ])

    let last =
        builder.Value(QuantOp.Lookup(table bits), [ sum ], typed bits, [ "/last" ])

    builder.Build
        [
            {
                Name = "y"
                Value = last
                Coding = Some(RandomGraphs.coding -8L 7L)
            }
        ]

[<Tests>]
let tests =
    testSequenced
    <| testList
        "Circuit.Emit"
        [
            testCase "emitted programs are legal and compute in clear what the circuit computes"
            <| fun () ->
                let mutable partial = 0

                for seed in 1..300 do
                    let circuit =
                        lower (RandomGraphs.graph seed)
                        |> Passes.ReadBitsFromResidues.run
                        |> Passes.FitCodes.run ParameterOptions.standard

                    if circuit.Types |> Array.exists (fun own -> own.Codes > 0) then
                        partial <- partial + 1

                    let program = Emit.program None circuit
                    let findings = ProgramVerifier.Verify program
                    Expect.isEmpty findings $"seed {seed}"
                    let lanes = 3
                    let inputs = inputs seed lanes circuit
                    let trace = CircuitEval.graph circuit inputs
                    let result = ClearExecutor(program).Run(samples inputs lanes)

                    for lane in 0 .. lanes - 1 do
                        let expected = trace.Outputs |> List.map (IntegerBatch.sample lane) |> Array.ofList

                        Expect.isTrue (result.Outputs[lane] = expected) $"seed {seed} sample {lane}"

                    Expect.equal result.Statistics.RangeOverflows trace.Overflows $"seed {seed}"

                Expect.isGreaterThan partial 4 "encodings with room for fewer codes than their widths have"

            testCase "the same circuit gives the same bytes"
            <| fun () ->
                for seed in 1..20 do
                    let once = Emit.program None (lower (RandomGraphs.graph seed))
                    let again = Emit.program None (lower (RandomGraphs.graph seed))
                    Expect.isTrue (bytes once = bytes again) $"seed {seed}"

            testCase "equal tables are stored once"
            <| fun () ->
                let typed bits : QuantType =
                    {
                        Shape = [| 1; 2 |]
                        Bits = bits
                        Range = -8L, 7L
                        Uniform = None
                    }

                let table () : Table =
                    {
                        Entries = Tensor.ofIntegers [| 1; 16 |] (Array.init 16 (fun i -> int64 (i - 8)))
                        Index = Tensor.ofIntegers [||] [| 0L |]
                        Function = "identity"
                        Window = None
                    }

                let builder = GraphBuilder<QuantOp, QuantType>("tables")
                let x = builder.Input("x", typed 4, RandomGraphs.coding -8L 7L)
                let a = builder.Value(QuantOp.Lookup(table ()), [ x ], typed 4, [ "/a" ])
                let b = builder.Value(QuantOp.Lookup(table ()), [ a ], typed 4, [ "/b" ])

                let output =
                    {
                        Name = "y"
                        Value = b
                        Coding = Some(RandomGraphs.coding -8L 7L)
                    }

                let program = Emit.program None (lower (builder.Build [ output ]))
                Expect.equal program.Instructions.Count 2 "program.Instructions.Count"
                Expect.equal program.Tables.Count 1 "program.Tables.Count"

            testCase "simulated lookups fail as often as predicted"
            <| fun () ->
                let options =
                    { ParameterOptions.standard with
                        PError = Some 0.02
                    }

                let circuit = lower (sums 5)
                let chosen = Chosen.run options circuit
                let program = Emit.program chosen.Parameters chosen.Graph
                Expect.isEmpty (ProgramVerifier.Verify program) "ProgramVerifier.Verify program"
                let lanes = 300
                let inputs = inputs 3 lanes circuit
                let result = SimulateExecutor(program, 11UL).Run(samples inputs lanes)

                for failure in chosen.Failures |> Array.filter (fun failure -> failure.Node >= 0) do
                    let part =
                        result.Statistics.Parts
                        |> Seq.find (fun part -> part.Instruction = failure.Node)

                    let rate = float part.LookupFailures / float part.Bootstraps
                    // 19200 lookups of a probability of 0.005 or more: the rate is known to a few per cent, and the body's rounding to a cell
                    // makes the model slightly pessimistic.
                    let deviation = 4.0 * sqrt (failure.PError / float part.Bootstraps)
                    Expect.isLessThanOrEqual (abs (rate - (failure.PError))) (deviation + 0.1 * failure.PError) $"node {failure.Node}"
        ]
