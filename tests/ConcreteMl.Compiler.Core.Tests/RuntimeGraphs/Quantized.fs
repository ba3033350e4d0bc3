/// Random graphs of real numbers, quantized: refused with a code, or near the model and simulated as computed in clear.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Quantized

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Tfhe.Programs
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes
open ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Graphs

[<RequireQualifiedAccess>]
type Fate =
    /// Of each output, the root of the mean squared error over the deviation of the float output.
    | Compiled of Errors: float list
    | Refused of Diagnostic list

let private samples (random: Random) (graph: RandomGraph) count =
    List.init count (fun _ ->
        [
            for input in graph.Inputs do
                let shape =
                    if graph.Style.Open then
                        Array.updateAt 0 1 input.Shape
                    else
                        input.Shape

                Values.tensor random Kind.Small Element.Float32 shape
        ])

let private settings bits calibration : Settings =
    {
        Quant = QuantOptions.uniform bits
        ImportQat = false
        Calibration = calibration
        Shapes = []
        PError = None
        GlobalPError = None
        Security = Settings.defaults.Security
        KeySwitch = Settings.defaults.KeySwitch
        ClientParts = false
    }

/// What hardly varies is judged by a twentieth of its size: quantized and calibrated, 0.998 to 1.002 is one number.
let private error (expected: float[]) (met: float[]) =
    let size = expected |> Array.averageBy (fun value -> value ** 2.0) |> sqrt
    let mean = Array.average expected

    let deviation =
        expected |> Array.averageBy (fun value -> (value - mean) ** 2.0) |> sqrt

    let distance =
        Array.map2 (fun wanted met -> (wanted - met) ** 2.0) expected met
        |> Array.average
        |> sqrt

    if distance = 0.0 then
        0.0
    else
        distance / List.max [ deviation; size / 20.0; 1e-3 ]

let private lanes (batches: IntegerBatch list) count =
    Array.init count (fun lane -> batches |> List.map (IntegerBatch.sample lane) |> Array.ofList)

/// Fails with the graph's seed where stages disagree.
let private compare seed (made: Compilation) (original: Float.Graph) (tested: Tensor list list) =
    let fail what = failwith $"graph {seed}: {what}"
    let inputs = Client.quantizeInputs made.Quant tested
    let quantized = (Quant.Eval.graph made.Quant inputs).Outputs
    let expected = lanes quantized tested.Length
    let codes = lanes inputs tested.Length
    let clear = ClearExecutor(made.Program).Run codes

    if Array.ofSeq clear.Outputs <> expected then
        fail "the program computes otherwise than the quantized graph"

    if made.Program.IsExecutable then
        let simulated = SimulateExecutor(made.Program, 5UL).Run codes

        if simulated.Statistics.LookupFailures > 0L then
            fail "simulated lookups fail at the default bound"

        if simulated.Statistics.OffByOnes = 0L && Array.ofSeq simulated.Outputs <> expected then
            fail "the simulated run differs"

    let real = tested |> List.map (Float.Eval.graph original)
    let numbers = Client.dequantizeOutputs made.Quant quantized

    [
        for output in 0 .. made.Quant.Outputs.Length - 1 do
            let all (runs: Tensor list list) =
                runs |> Seq.collect (fun run -> Tensor.toFloat64s run[output]) |> Array.ofSeq

            error (all real) (all numbers)
    ]

/// Compiles a graph at 4 to 6 bits.
let judge (graph: RandomGraph) : Fate =
    let random = Random(graph.Seed + 1)
    let calibration = samples random graph 60
    let model = graph.File graph.Outputs |> Build.decode

    match Compile.run ignore (settings (random.Next(4, 7)) calibration) Context.quiet model with
    | Error findings -> Fate.Refused findings
    | Ok made ->
        let original =
            match Compile.normalize (settings 4 calibration) Context.quiet model with
            | Ok original -> original
            | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "; ")

        Fate.Compiled(compare graph.Seed made original (List.truncate 12 calibration))
