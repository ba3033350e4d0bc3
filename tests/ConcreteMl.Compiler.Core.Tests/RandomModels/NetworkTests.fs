module ConcreteMl.Compiler.Core.Tests.RandomModels.NetworkTests

open System
open System.IO
open FsCheck
open FsCheck.FSharp
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Tfhe
open ConcreteMl.Tfhe.Programs
open ConcreteMl.Compiler.Core.Tests
open ConcreteMl.Compiler.Core.Tests.RandomModels.Networks

/// How many networks a test draws: the usual number, or that times CML_NETWORKS for a long search.
let private times usual =
    match Environment.GetEnvironmentVariable "CML_NETWORKS" |> Int32.TryParse with
    | true, factor -> usual * factor
    | false, _ -> usual

/// The same networks in every run, unless CML_SEED names others.
let private seed =
    match Environment.GetEnvironmentVariable "CML_SEED" |> UInt64.TryParse with
    | true, seed -> seed
    | false, _ -> 20260UL

// Splitting generators need an odd increment of many bits.
let private seedGamma = 0x9E3779B97F4A7C15UL

let private config count =
    Config.QuickThrowOnFailure.WithMaxTest(times count).WithQuietOnSuccess(true).WithReplay(seed, seedGamma)

let private compile (network: Network) (model: Onnx.Model) =
    Compile.run ignore (settings network model) Context.quiet model

let private require what holds =
    if not holds then
        failwith what

let private reprints what (stage: Stage) =
    let text = Compile.print false stage

    match Compile.parse what text with
    | Ok again -> require $"the {what} text prints otherwise" (Compile.print false again = text)
    | Error findings -> failwith $"""the {what} text is refused: {findings |> List.map Diagnostic.render |> String.concat "; "}"""

let private isRefusal (findings: Diagnostic list) =
    findings |> List.exists Diagnostic.isError
    && findings
       |> List.forall (fun finding -> (ConcreteMl.Compiler.Core.Base.Codes.Codes.tryFind finding.Code).IsSome)

let private lanesOf (batches: IntegerBatch list) count =
    Array.init count (fun lane -> batches |> List.map (IntegerBatch.sample lane) |> Array.ofList)

let private valuesOf (outputs: Tensor list) =
    outputs |> Seq.collect Tensor.toFloat64s |> Array.ofSeq

/// The passes of the float stage keep what the model computes, up to rounding in floats.
let private staysTheModel (network: Network) (model: Onnx.Model) (made: Compilation) =
    match Compile.toFloat Context.quiet model with
    | Error findings -> failwith $"%A{findings}"
    | Ok original ->
        for sample in samples network model 2 6 do
            let before = valuesOf (Float.Eval.graph original sample)
            let after = valuesOf (Float.Eval.graph made.Float sample)

            let close =
                Array.forall2 (fun before after -> abs (before - after) <= 1e-4 * (1.0 + abs before)) before after

            require $"the passes change the model from %A{before} to %A{after}" close

let private computesAlike (network: Network) (model: Onnx.Model) (made: Compilation) =
    let count = 12
    let real = samples network model 1 6 @ samples network model 2 (count - 6)
    let inputs = Client.quantizeInputs made.Quant real
    let quant = Quant.Eval.graph made.Quant inputs
    let circuit = Circuit.Eval.graph made.Circuit inputs
    let expected = lanesOf quant.Outputs count
    require "the circuit computes otherwise than the quantized graph" (lanesOf circuit.Outputs count = expected)
    let codes = lanesOf inputs count
    let clear = ClearExecutor(made.Program).Run codes
    require "the program computes otherwise than the circuit" (Array.ofSeq clear.Outputs = expected)

    if made.Program.IsExecutable then
        let simulated = SimulateExecutor(made.Program, 5UL).Run codes
        require "simulated lookups fail at the default bound" (simulated.Statistics.LookupFailures = 0L)

        if simulated.Statistics.OffByOnes = 0L then
            require "the simulated run differs" (Array.ofSeq simulated.Outputs = expected)

/// The compiler's client and the run time's give the same codes and the same numbers.
let private clientsAgree (network: Network) (model: Onnx.Model) (made: Compilation) =
    let client = ProgramClient made.Program
    let real = samples network model 2 6
    let codes = lanesOf (Client.quantizeInputs made.Quant real) real.Length
    let run = ClearExecutor(made.Program).Run codes

    let outputs =
        List.init made.Quant.Outputs.Length (fun output ->
            IntegerBatch.ofSamples
                (made.Quant.TypeOf made.Quant.Outputs[output].Value).Shape
                (run.Outputs |> Seq.map (fun sample -> sample[output]) |> Array.ofSeq))

    let numbers = Client.dequantizeOutputs made.Quant outputs

    for lane, sample in List.indexed real do
        for input, tensor in List.indexed sample do
            let quantized = client.Inputs[input].Quantize(Tensor.toFloat64s tensor)
            require "the clients quantize differently" (quantized.Codes = codes[lane][input])

        for output, tensor in List.indexed numbers[lane] do
            let made: int64[] = run.Outputs[lane][output]
            let dequantized = client.Outputs[output].Dequantize made
            require "the clients dequantize differently" (dequantized = Tensor.toFloat64s tensor)

/// Compiles a network and compares all stages; the findings where it is refused.
let judge (network: Network) : Result<unit, Diagnostic list> =
    let model = onnx network
    reprints "onnx" (Stage.Onnx model)

    match compile network model with
    | Ok made ->
        reprints "float" (Stage.Float made.Float)
        reprints "quant" (Stage.Quant made.Quant)
        reprints "circuit" (Stage.Circuit made.Circuit)
        staysTheModel network model made
        computesAlike network model made
        clientsAgree network model made
        Ok()
    | Error findings ->
        require $"%A{findings}" (isRefusal findings)
        Error findings

/// The error of 8 bits on the calibration samples, over the deviation of the float outputs; the worst output's.
/// None where accumulators are too wide.
let private errorAt8Bits (network: Network) =
    let network =
        { network with
            Bits = 8
            Rounding = None
        }

    let model = onnx network
    let settings = settings network model

    let steps =
        Pipeline.float
        @ (Pipeline.encrypted false |> List.takeWhile (fun step -> step.Name <> "lower"))

    match Compile.toFloat Context.quiet model, Driver.run ignore settings Context.quiet steps (Stage.Onnx model) with
    | Ok original, Ok(Stage.Quant graph) ->
        let codes = Client.quantizeInputs graph settings.Calibration
        let made = Client.dequantizeOutputs graph (Quant.Eval.graph graph codes).Outputs
        let expected = settings.Calibration |> List.map (Float.Eval.graph original)

        Seq.init graph.Outputs.Length (fun output -> Quant.Networks.relativeError expected made output)
        |> Seq.max
        |> Some
    | _ -> None

let private bytesOf (program: TfheProgram) =
    use stream = new MemoryStream()
    ProgramFormat.Write(program, stream)
    stream.ToArray()

/// Runs one sample encrypted under fresh keys, every lookup watched; the codes, and what was counted.
let private encrypted (program: TfheProgram) (codes: int64[][]) =
    use key =
        ClientKey.Generate(Option.ofObj program.Parameters |> Option.get, SeedSource.OperatingSystem)

    use evaluation = KeyGenerator.CreateEvaluationKey key
    let client = ProgramClient program
    let observer = LookupObserver(program, key)
    let inputs = client.Encrypt(key, codes)
    let outputs = EncryptedExecutor(program, evaluation).Run(inputs, null, observer)
    client.Decrypt(key, outputs), observer.Statistics

[<Tests>]
let tests =
    testSequenced
    <| testList
        "RandomModels.Network"
        [
            testCase "random networks compile, print both ways and compute alike in every stage"
            <| fun () ->
                let mutable accepted = 0
                let mutable refused = 0

                let property (network: Network) =
                    match judge network with
                    | Ok() -> accepted <- accepted + 1
                    | Error _ -> refused <- refused + 1

                Check.One(config 150, Prop.forAll (arbitrary 8 5) property)
                Expect.isGreaterThan accepted (9 * refused) "accepted"

            testCase "random networks of 8 bits are near the model"
            <| fun () ->
                let networks =
                    Gen.sampleWithSeed (Rnd(seed, seedGamma)) 30 (times 80) (generator 6 5)

                let errors = networks |> Array.ofSeq |> Array.choose errorAt8Bits |> Array.sort
                Expect.isGreaterThan errors.Length (times 70) "errors.Length"
                // Jumps turn small errors into large ones, and where outputs are nearly constant all errors are large.
                Expect.isLessThan (errors[errors.Length / 2]) 0.02 "errors[errors.Length / 2]"
                Expect.isLessThan (errors[errors.Length * 9 / 10]) 0.06 "errors[errors.Length * 9 / 10]"

            testCase "a random network compiles to the same bytes every time"
            <| fun () ->
                let texts (made: Compilation) =
                    Compile.print false (Stage.Quant made.Quant), Compile.print false (Stage.Circuit made.Circuit)

                let property (network: Network) =
                    match compile network (onnx network), compile network (onnx network) with
                    | Ok once, Ok again -> texts once = texts again && bytesOf once.Program = bytesOf again.Program
                    | Error once, Error again -> once = again
                    | _ -> false

                Check.One(config 20, Prop.forAll (arbitrary 8 5) property)

            testCase "random networks compute encrypted what they compute in clear"
            <| fun () ->
                let mutable runs = 0

                let property (network: Network) =
                    let model = onnx network

                    match compile network model with
                    | Ok made when
                        made.Program.IsExecutable
                        && made.Cost.Report.PredictedSeconds + made.Cost.Report.KeySeconds < 1.5
                        ->
                        runs <- runs + 1

                        let codes =
                            Client.quantizeInputs made.Quant (samples network model 2 1)
                            |> List.map (IntegerBatch.sample 0)
                            |> Array.ofList

                        let clear = ClearExecutor(made.Program).Run([| codes |])
                        let outputs, counted = encrypted made.Program codes
                        require "an encrypted lookup fails" (counted.LookupFailures = 0L)

                        if counted.OffByOnes = 0L then
                            require "the encrypted run differs" (outputs = clear.Outputs[0])
                    | Ok _ -> ()
                    | Error findings -> require $"%A{findings}" (isRefusal findings)

                Check.One(config 24, Prop.forAll (arbitrary 6 3) property)
                Expect.isGreaterThan runs 10 "runs"
        ]
