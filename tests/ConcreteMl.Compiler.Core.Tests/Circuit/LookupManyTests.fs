/// Lookups that read one value: joined, split again where that is faster, and run.
module ConcreteMl.Compiler.Core.Tests.Circuit.LookupManyTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Circuit.Passes
open ConcreteMl.Tfhe
open ConcreteMl.Tfhe.Programs
open ConcreteMl.Compiler.Core.Tests.Onnx

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

let private tablesOf (graph: ConcreteMl.Compiler.Core.Circuit.Graph) =
    graph.Nodes
    |> Array.choose (fun node ->
        match node.Op with
        | Op.Lookup _ -> Some 1
        | Op.LookupMany(tables, _) -> Some tables.Length
        | _ -> None)
    |> List.ofArray

/// `count` lookups of one input of `bits` bits; what they make is added up in pairs.
let private fan bits count : ConcreteMl.Compiler.Core.Circuit.Graph =
    let typed width : QuantType =
        {
            Shape = [| 1; 200 |]
            Bits = width
            Range = -(1L <<< (width - 1)), (1L <<< (width - 1)) - 1L
            Uniform = None
        }

    let table shift : Table =
        {
            Entries = Tensor.ofIntegers [| 1; 1 <<< bits |] (Array.init (1 <<< bits) (fun i -> int64 ((i + shift) % 4 - 2)))
            Index = Tensor.ofIntegers [||] [| 0L |]
            Function = $"saw{shift}"
            Window = None
        }

    let builder = GraphBuilder<QuantOp, QuantType>("fan")

    let x =
        builder.Input("x", typed bits, RandomGraphs.coding -(1L <<< (bits - 1)) ((1L <<< (bits - 1)) - 1L))

    let parts =
        [
            for shift in 1..count -> builder.Value(QuantOp.Lookup(table shift), [ x ], typed 2, [ $"/saw{shift}" ])
        ]

    let sums =
        List.pairwise parts
        |> List.map (fun (a, b) -> builder.Value(QuantOp.Linear(Linear.Combine [| 1L; 1L |]), [ a; b ], typed 3, [ "/sum" ]))

    sums
    |> List.mapi (fun index sum ->
        {
            Name = $"y{index}"
            Value = sum
            Coding = Some(RandomGraphs.coding -8L 7L)
        })
    |> builder.Build
    |> lower

/// A layer of which both relu and sigmoid are used.
let private twoActivations =
    let random = Random 5

    let weights rows columns =
        List.init (rows * columns) (fun _ -> float32 (Math.Round(2.0 * random.NextDouble() - 1.0, 3)))

    Build.graph
        [ Build.real "x" "batch 3" ]
        [
            Build.floats "w" [ 3L; 4L ] (weights 3 4)
            Build.floats "v" [ 8L; 2L ] (weights 8 2)
        ]
        [
            Build.node "MatMul" [ "x"; "w" ] [ "h" ] [] |> Build.named "fc"
            Build.node "Relu" [ "h" ] [ "a" ] [] |> Build.named "relu"
            Build.node "Sigmoid" [ "h" ] [ "b" ] [] |> Build.named "sigmoid"
            Build.node "Concat" [ "a"; "b" ] [ "c" ] [ Build.int "axis" 1L ]
            Build.node "MatMul" [ "c"; "v" ] [ "s" ] [] |> Build.named "last"
            Build.node "Relu" [ "s" ] [ "y" ] [] |> Build.named "end"
        ]
        [ Build.real "y" "batch 2" ]
    |> Build.model 17L
    |> Build.decode

[<Tests>]
let tests =
    testSequenced
    <| testList
        "Circuit.LookupMany"
        [
            testCase "joined circuits compute the same and make legal programs"
            <| fun () ->
                let mutable joins = 0

                for seed in 1..300 do
                    let circuit = lower (RandomGraphs.forked seed)
                    let joined = JoinLookups.run circuit

                    if not (obj.ReferenceEquals(joined, circuit)) then
                        joins <- joins + 1
                        Expect.isEmpty (Verify.graph joined) "Verify.graph joined"
                        let lanes = 4
                        let inputs = inputs seed lanes circuit
                        let expected = (CircuitEval.graph circuit inputs).Outputs
                        Build.same expected (CircuitEval.graph joined inputs).Outputs

                        for way in LookupPieces.candidates joined do
                            Expect.isEmpty (Verify.graph way) "Verify.graph way"
                            Build.same expected (CircuitEval.graph way inputs).Outputs

                        let program = Emit.program None joined
                        Expect.isEmpty (ProgramVerifier.Verify program) "ProgramVerifier.Verify program"

                        let outputs =
                            Array.init lanes (fun lane -> expected |> List.map (IntegerBatch.sample lane) |> Array.ofList)

                        Build.same outputs (Array.ofSeq (ClearExecutor(program).Run(samples inputs lanes).Outputs))

                Expect.isGreaterThan joins 20 "joins"

            testCase "narrow lookups share a bootstrap, and none where one at a time is faster"
            <| fun () ->
                let choose graph =
                    Chosen.run ParameterOptions.standard graph

                for bits, count, together in [ 3, 2, [ 2 ]; 2, 4, [ 4 ]; 4, 2, [ 2 ] ] do
                    let apart = choose (fan bits count)
                    let chosen = choose (JoinLookups.run (fan bits count))
                    Build.same together (tablesOf chosen.Graph)

                    Expect.all
                        (chosen.Assignment.Value.Classes |> Array.map _.Extension)
                        ((=) 0)
                        "chosen.Assignment.Value.Classes |> Array.map _.Extension"

                    Recheck.decisions chosen

                    let cost (graph: Chosen.Chosen) =
                        ProgramCost.Of(Emit.program graph.Parameters graph.Graph)

                    Expect.equal ((cost apart).Bootstraps) (int64 (200 * count)) "(cost apart).Bootstraps"
                    Expect.equal ((cost chosen).Bootstraps) 200 "(cost chosen).Bootstraps"
                    Expect.equal ((cost chosen).Lookups) (int64 (200 * count)) "(cost chosen).Lookups"

                    Expect.isLessThan
                        chosen.Assignment.Value.Seconds
                        (0.75 * apart.Assignment.Value.Seconds)
                        "chosen.Assignment.Value.Seconds"

                for bits, count in [ 4, 5; 5, 2; 5, 4; 7, 3 ] do
                    let apart = choose (fan bits count)
                    let chosen = choose (JoinLookups.run (fan bits count))
                    Recheck.decisions chosen

                    Expect.isLessThanOrEqual
                        chosen.Assignment.Value.Objective
                        apart.Assignment.Value.Objective
                        "chosen.Assignment.Value.Objective"

            testCase "lookups that share a rotation fail as often as predicted, and once"
            <| fun () ->
                let options =
                    { ParameterOptions.standard with
                        PError = Some 0.02
                    }

                let circuit = JoinLookups.run (fan 4 2)
                let chosen = Chosen.run options circuit
                Build.same [ 2 ] (tablesOf chosen.Graph)
                let program = Emit.program chosen.Parameters chosen.Graph
                let lanes = 100

                let result =
                    SimulateExecutor(program, 11UL).Run(samples (inputs 3 lanes circuit) lanes)

                let part = result.Statistics.Parts[0]
                Expect.equal part.Bootstraps (int64 (200 * lanes)) "part.Bootstraps"
                let failure = chosen.Failures |> Array.find (fun failure -> failure.Node = 0)
                let rate = float part.LookupFailures / float part.Bootstraps
                let deviation = 4.0 * sqrt (failure.PError / float part.Bootstraps)
                Expect.isLessThanOrEqual (abs (rate - (failure.PError))) (deviation + 0.1 * failure.PError) "rate"

            testCase "two activations of one layer take one bootstrap each element, encrypted too"
            <| fun () ->
                let random = Random 6

                let settings: Settings =
                    {
                        Quant =
                            { QuantOptions.uniform 2 with
                                ModelInputs = 2
                                ModelOutputs = 2
                            }
                        ImportQat = false
                        Calibration =
                            [
                                for _ in 1..20 ->
                                    [
                                        Tensor.ofFloat32 [| 1; 3 |] (Array.init 3 (fun _ -> float32 (2.0 * random.NextDouble() - 1.0)))
                                    ]
                            ]
                        Shapes = []
                        PError = None
                        GlobalPError = None
                        Security = Settings.defaults.Security
                        KeySwitch = Settings.defaults.KeySwitch
                        ClientParts = false
                    }

                match Compile.run ignore settings Context.quiet twoActivations with
                | Error findings -> failwithf "%A" findings
                | Ok made ->
                    // four elements by two tables, and two lookups at the end
                    let report = made.Cost.Report

                    Expect.equal
                        (struct (report.Lookups, report.Bootstraps))
                        (struct (10L, 6L))
                        "struct (report.Lookups, report.Bootstraps)"

                    let layer = report.Layers |> List.find (fun layer -> layer.Lookups = 8L)
                    Expect.equal layer.Bootstraps 4L "layer.Bootstraps"
                    Expect.equal layer.Operation "lookup relu(x), sigmoid(x)" "layer.Operation"
                    Expect.equal layer.Strategy "one bootstrap for 2 tables" "layer.Strategy"

                    let codes = Client.quantizeInputs made.Quant (List.truncate 2 settings.Calibration)

                    let samples = samples codes 2
                    let quant = Quant.Eval.graph made.Quant codes

                    let expected =
                        Array.init 2 (fun lane -> quant.Outputs |> List.map (IntegerBatch.sample lane) |> Array.ofList)

                    Build.same expected (Array.ofSeq (ClearExecutor(made.Program).Run(samples).Outputs))
                    Build.same expected (Array.ofSeq (SimulateExecutor(made.Program, 3UL).Run(samples).Outputs))

                    use key =
                        ClientKey.Generate(Option.get (CircuitFigures.ofGraph made.Circuit).Parameters, SeedSource.OperatingSystem)

                    use evaluation = KeyGenerator.CreateEvaluationKey key
                    let client = ProgramClient made.Program
                    let observer = LookupObserver(made.Program, key)
                    let executor = EncryptedExecutor(made.Program, evaluation)

                    for sample, codes in Array.zip samples expected do
                        let outputs = executor.Run(client.Encrypt(key, sample), null, observer)
                        Build.same codes (client.Decrypt(key, outputs))

                    Expect.equal observer.Statistics.LookupFailures 0 "observer.Statistics.LookupFailures"
                    Expect.equal observer.Statistics.Bootstraps 12L "observer.Statistics.Bootstraps"
        ]
