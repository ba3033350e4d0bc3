module ConcreteMl.Compiler.Core.Tests.Circuit.ParameterTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Circuit.Passes
open ConcreteMl.Compiler.Core.Tests.Circuit.DenseNetworks
open ConcreteMl.Tfhe

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op
type private QuantType = ConcreteMl.Compiler.Core.Quant.ValueType

/// Predicted seconds of a bootstrap of the slowest class.
let private slowest (chosen: Chosen.Chosen) =
    chosen.Assignment.Value.Classes |> Array.map _.Seconds |> Array.max

let private reading circuit =
    let read = ReadBitsFromResidues.run circuit
    Expect.isEmpty (Verify.graph read) "Verify.graph read"
    read

[<Tests>]
let tests =
    testSequenced
    <| testList
        "Circuit.Parameter"
        [
            testCase "chosen parameters meet every decision of random circuits"
            <| fun () ->
                let mutable found = 0

                for seed in 1..25 do
                    let chosen =
                        lower (RandomGraphs.graph seed)
                        |> JoinLookups.run
                        |> Chosen.run ParameterOptions.standard

                    Expect.isEmpty (Verify.graph chosen.Graph) "Verify.graph chosen.Graph"

                    if chosen.Parameters.IsSome then
                        found <- found + 1
                        Recheck.decisions chosen
                        Expect.isLessThanOrEqual chosen.WorstPError (ParameterOptions.defaultPError * 1.0001) "chosen.WorstPError"
                    else
                        Expect.isNonEmpty chosen.Findings "chosen.Findings"

                Expect.isGreaterThan found 15 "found"

            testTheory
                "dense networks get parameters"
                [
                    (6, 4, 4, 0)
                    (8, 4, 4, 0)
                    (9, 4, 4, 0)
                    (10, 4, 4, 0)
                    (11, 4, 4, 5)
                    (14, 6, 6, 6)
                ]
            <| fun (wide: int, codes: int, weights: int, rounded: int) ->
                let ways =
                    if rounded = 0 then
                        [ None ]
                    else
                        [
                            Some(rounded, RoundingMethod.Exact)
                            Some(rounded, RoundingMethod.Approximate)
                        ]

                for rounding in ways do

                    let chosen =
                        Chosen.run ParameterOptions.standard (network [ 64; 32; 32; 10 ] codes weights wide rounding)

                    Expect.isTrue chosen.Parameters.IsSome "chosen.Parameters.IsSome"
                    Recheck.decisions chosen

            testCase "lookups that read fewer codes than their width has take cheaper parameters"
            <| fun () ->
                let whole = network [ 64; 32; 10 ] 4 4 9 None
                let chosen = Chosen.run ParameterOptions.standard (windowed 140L whole)
                let other = Chosen.run ParameterOptions.standard whole
                Expect.isEmpty (Verify.graph chosen.Graph) "Verify.graph chosen.Graph"
                Expect.exists chosen.Graph.Types (fun own -> own.Codes = 280) "half a turn has room for 280 codes"
                Recheck.decisions chosen
                Expect.isLessThan (slowest chosen) (0.7 * slowest other) "one bit less takes half as long"

            testTheory "wide lookups are read bit by bit, and by one blind rotation what approximate rounding left" [ 11; 13; 16 ]
            <| fun wide ->
                let chosen =
                    Chosen.run ParameterOptions.standard (network [ 64; 32; 32; 10 ] 4 4 wide None)

                Expect.isEmpty (Verify.graph chosen.Graph) "Verify.graph chosen.Graph"
                Recheck.decisions chosen
                Expect.isLessThanOrEqual chosen.WorstPError (ParameterOptions.defaultPError * 1.0001) "chosen.WorstPError"
                let classes = chosen.Parameters.Value.Classes
                Expect.isTrue (classes |> Seq.forall (fun one -> not (isNull (box one.Wide)))) $"{classes}"

                for one in classes do
                    let cells =
                        CenteredModulusSwitch.LogModulus(chosen.Parameters.Value.BigKey, one) - 1

                    Expect.isLessThanOrEqual cells wide "entries of four bits are read at their width, not at the operand's"

                let back =
                    match ParameterText.read chosen.Graph with
                    | Ok(Some read) -> ChosenParameters.parameterSet read
                    | other -> failtestf "%A" other

                Expect.equal back chosen.Parameters.Value "back"

                let rounded =
                    Chosen.run ParameterOptions.standard (network [ 64; 32; 10 ] 4 4 wide (Some(10, RoundingMethod.Approximate)))

                for one in rounded.Parameters.Value.Classes do
                    Expect.isNull (box one.Wide) "one.Wide"

            testCase "a lookup that is too wide is named with a setting that works"
            <| fun () ->
                let chosen =
                    Chosen.run ParameterOptions.standard (network [ 64; 32; 10 ] 6 6 17 None)

                Expect.isTrue chosen.Parameters.IsNone "chosen.Parameters.IsNone"
                let nodes = chosen.Findings |> List.choose _.Node
                Expect.isTrue (nodes = [ "/relu32/Relu"; "/relu10/Relu" ]) $"{nodes}"
                let first = chosen.Findings.Head
                Expect.equal first.Code "CML5001" "first.Code"
                Expect.isFalse (Diagnostic.isError first) "Diagnostic.isError first"
                Expect.stringContains first.Message "17 bits" "first.Message"
                let prefix = "compile with `--rounding "
                Expect.stringStarts first.Cure prefix "first.Cure"
                let bits = int (first.Cure.Substring(prefix.Length, 1))

                let rounded = network [ 64; 32; 10 ] 6 6 17 (Some(bits, RoundingMethod.Approximate))

                Expect.isTrue
                    ((Chosen.run ParameterOptions.standard rounded).Parameters.IsSome)
                    "(Chosen.run ParameterOptions.standard rounded).Parameters.IsSome"

            testCase "a circuit without lookups gets a big key alone"
            <| fun () ->
                let builder = GraphBuilder<QuantOp, QuantType>("linear")
                let x = builder.Input("x", typed [| 1; 30 |] 5, RandomGraphs.coding -16L 15L)
                let weights = RandomGraphs.integers (Random 1) [| 30; 3 |] 15

                let y =
                    builder.Value(QuantOp.Linear(Linear.MatMul weights), [ x ], typed [| 1; 3 |] 13, [ "/fc" ])

                let output =
                    {
                        Name = "y"
                        Value = y
                        Coding = Some(RandomGraphs.coding -5000L 5000L)
                    }

                let chosen = Chosen.run ParameterOptions.standard (lower (builder.Build [ output ]))

                Expect.isTrue chosen.Parameters.IsSome "chosen.Parameters.IsSome"
                Expect.equal chosen.Parameters.Value.Classes.Length 0 "chosen.Parameters.Value.Classes.Length"
                Recheck.decisions chosen

            testCase "a bound for the whole run holds for all lookups together"
            <| fun () ->
                let circuit = network [ 16; 16; 8 ] 3 3 6 None

                let options =
                    { ParameterOptions.standard with
                        GlobalPError = Some 1e-6
                    }

                let chosen = Chosen.run options circuit
                Expect.isTrue chosen.Parameters.IsSome "chosen.Parameters.IsSome"
                Expect.isLessThanOrEqual chosen.RunPError (1e-6) "chosen.RunPError"
                Expect.isGreaterThan chosen.RunPError (1e-12) "chosen.RunPError"

                let both =
                    Chosen.run
                        { options with
                            PError = Some(Math.Pow(2.0, -64.0))
                        }
                        circuit

                Expect.isLessThanOrEqual both.WorstPError (Math.Pow(2.0, -64.0)) "both.WorstPError"

            testCase "more security never costs less"
            <| fun () ->
                let circuit = network [ 16; 16; 8 ] 3 3 6 None

                let seconds curve =
                    let chosen =
                        Chosen.run
                            { ParameterOptions.standard with
                                Curve = curve
                            }
                            circuit

                    Recheck.decisions chosen
                    chosen.Assignment.Value.Seconds

                Expect.isGreaterThanOrEqual (seconds SecurityCurve.bits132) (seconds SecurityCurve.bits128) "seconds SecurityCurve.bits132"

            testCase "a key switch in the Fourier domain is faster under less noise, and its circuit says so"
            <| fun () ->
                let circuit = network [ 16; 16; 8 ] 3 3 6 None

                let choose kind =
                    let chosen =
                        Chosen.run
                            { ParameterOptions.standard with
                                Switch = kind
                            }
                            circuit

                    Recheck.decisions chosen
                    chosen

                let lwe, fourier = choose KeySwitchKind.Lwe, choose KeySwitchKind.Fourier
                let seconds (chosen: Chosen.Chosen) = chosen.Assignment.Value.Seconds
                Expect.isLessThan (seconds fourier) (0.9 * seconds lwe) "seconds fourier"

                let rings (chosen: Chosen.Chosen) =
                    chosen.Parameters.Value.Classes |> Seq.map _.KeySwitchRing |> List.ofSeq

                Expect.allEqual (rings lwe) 0 "rings lwe"
                Expect.all (rings fourier) (fun ring -> ring = 512 || ring = 1024 || ring = 2048) "rings fourier"

                for chosen in [ lwe; fourier ] do
                    match ParameterText.read chosen.Graph with
                    | Ok(Some read) -> Expect.equal (ChosenParameters.parameterSet read) chosen.Parameters.Value "read"
                    | other -> failtest $"{other}"

            testCase "two mask words a step are taken where lookups come in batches, and the circuit says so"
            <| fun () ->
                let steps width =
                    let chosen =
                        Chosen.run ParameterOptions.standard (network [ width; width; width ] 3 3 5 None)

                    Recheck.decisions chosen

                    match ParameterText.read chosen.Graph with
                    | Ok(Some read) -> Expect.equal (ChosenParameters.parameterSet read) chosen.Parameters.Value "read"
                    | other -> failtest $"{other}"

                    chosen.Parameters.Value.Classes |> Seq.map _.WordsPerStep |> Seq.max

                Expect.equal (steps 256) 2 "256 lookups a layer"
                Expect.equal (steps 1) 1 "one lookup a layer"

            testCase "reports count what programs do"
            <| fun () ->
                let chosen =
                    Chosen.run ParameterOptions.standard (network [ 64; 32; 10 ] 4 4 11 (Some(5, RoundingMethod.Exact)))

                let program = Emit.program chosen.Parameters chosen.Graph
                let report = Report.create 2 chosen.Figures program
                Expect.equal report.Lookups 42 "report.Lookups"
                // at most one bootstrap for each of six dropped bits
                Expect.isTrue (report.Bootstraps > 42L && report.Bootstraps <= 42L * 7L) $"{report.Bootstraps} bootstraps"
                Expect.equal (report.Layers |> List.sumBy _.Bootstraps) report.Bootstraps "report.Layers |> List.sumBy _.Bootstraps"

                Expect.isTrue
                    ((report.Layers |> List.map _.Operation |> List.take 3) = [ "matmul"; "round exact, 6 bits dropped"; "lookup relu" ])
                    "as expected"

                Expect.isLessThanOrEqual
                    (abs (2.0 * report.PredictedSeconds / (report.Layers |> List.sumBy _.Seconds) - 1.0))
                    0.01
                    "seconds"

                Expect.equal report.MaxBits 11 "report.MaxBits"

            // Many kinds of lookups at once: the search has to stay fast.
            testCase "lookups of many widths share one big key"
            <| fun () ->
                let random = Random 3
                let builder = GraphBuilder<QuantOp, QuantType>("mixed")
                let mutable x = builder.Input("x", typed [| 1; 24 |] 4, RandomGraphs.coding -8L 7L)

                for layer, wide in List.indexed [ 4; 5; 6; 7; 8; 6; 7; 5; 8; 9 ] do
                    let product =
                        builder.Value(
                            QuantOp.Linear(Linear.MatMul(RandomGraphs.integers random [| 24; 24 |] (1 + layer))),
                            [ x ],
                            typed [| 1; 24 |] wide,
                            [ $"/fc{layer}" ]
                        )

                    x <- builder.Value(QuantOp.Lookup(zeroTable wide 4), [ product ], typed [| 1; 24 |] 4, [ $"/relu{layer}" ])

                let output =
                    {
                        Name = "y"
                        Value = x
                        Coding = Some(RandomGraphs.coding -8L 7L)
                    }

                let circuit = lower (builder.Build [ output ])
                let chosen = Chosen.run ParameterOptions.standard circuit
                Recheck.decisions chosen
                Expect.isGreaterThan chosen.Assignment.Value.Classes.Length 1 "chosen.Assignment.Value.Classes.Length"

            testCase "wide accumulators are rounded exactly by reading low bits from residues"
            <| fun () ->
                let circuit = network [ 64; 32; 10 ] 6 6 16 (Some(6, RoundingMethod.Exact))
                let read = reading circuit

                Expect.isTrue
                    (obj.ReferenceEquals(ReadBitsFromResidues.run read, read))
                    "obj.ReferenceEquals(ReadBitsFromResidues.run read, read)"

                let chosen = Chosen.run ParameterOptions.standard read
                Expect.isTrue chosen.Parameters.IsSome "chosen.Parameters.IsSome"
                Recheck.decisions chosen
                let plain = Chosen.run ParameterOptions.standard circuit

                if plain.Parameters.IsSome then
                    // less noise allows what was allowed before; the search is coarse
                    Expect.isLessThan
                        chosen.Assignment.Value.Seconds
                        (1.01 * plain.Assignment.Value.Seconds)
                        "chosen.Assignment.Value.Seconds"

            testCase "residues agree with their operand in the bit that is read from them"
            <| fun () ->
                let mutable found = 0

                for seed in 1..300 do
                    let circuit = reading (lower (RandomGraphs.graph seed))
                    let noiseless = RandomGraphs.inputs seed 4 (RandomGraphs.graph seed)

                    let check (node: Node<Op>) =
                        match node.Op with
                        | Op.Round(_, RoundingMethod.Exact, _) when node.Operands.Length > 1 ->
                            found <- found + 1

                            let shown =
                                { circuit with
                                    Outputs =
                                        node.Operands
                                        |> Array.map (fun value ->
                                            {
                                                Name = $"{value}"
                                                Value = value
                                                Coding = Some(RandomGraphs.coding -1L 1L)
                                            })
                                }

                            let codes = (Eval.graph shown noiseless).Outputs |> List.map _.Data

                            for bit, residue in List.indexed codes.Tail do
                                let low code = code &&& ((2L <<< bit) - 1L)
                                Expect.isTrue (Array.map low residue = Array.map low codes.Head) $"seed {seed} bit {bit}"
                        | _ -> ()

                    Array.iter check circuit.Nodes

                Expect.isGreaterThan found 5 "found"
        ]
