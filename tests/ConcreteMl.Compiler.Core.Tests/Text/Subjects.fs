/// The stages as file tests see them: a text, what is wrong with it, what it computes, and what passes make of it.
module ConcreteMl.Compiler.Core.Tests.Text.Subjects

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

/// A graph of some stage with everything that a file test asks of it.
type Subject =
    {
        Text: string
        Findings: unit -> Diagnostic list
        /// The outputs, as numbers, on random inputs drawn with this seed.
        Outputs: int -> float[] list
        /// What the pipeline's step of this name makes of it; None when there is none.
        Apply: string -> Result<Subject, Diagnostic list> option
    }

/// Nothing is calibrated in a file test, and no parameters are chosen.
let private settings: Settings =
    {
        Quant =
            {
                ModelInputs = 5
                OpInputs = 4
                OpWeights = 4
                ModelOutputs = 5
                Rounding = None
                BinLoss = Quant.QuantOptions.standardBinLoss
                Exceptions = []
            }
        ImportQat = false
        Calibration = []
        Shapes = []
        PError = None
        GlobalPError = None
        Security = Settings.defaults.Security
        KeySwitch = Settings.defaults.KeySwitch
        ClientParts = true
    }

let private steps = Pipeline.all false @ Pipeline.all true

/// Whether the step of this name changes what a graph computes, by its nature.
let isLossy name =
    steps |> List.exists (fun step -> step.Name = name && step.Lossy)

/// The same samples for every run, about 0, for the inputs of a planned graph; other stages look at none.
let private samples (stage: Stage) : Tensor list list =
    match stage with
    | Stage.Planned graph ->
        let random = Random 7

        [
            for _ in 1..40 ->
                [
                    for port in graph.Inputs ->
                        let planned = graph.TypeOf port.Value

                        Array.init (Shape.count planned.Shape) (fun _ -> Math.Round(random.NextDouble() * 8.0 - 4.0, 2))
                        |> Float.Elements.ofFloat64s planned.Real planned.Shape
                ]
        ]
    | Stage.Onnx _
    | Stage.Float _
    | Stage.Quant _
    | Stage.Circuit _
    | Stage.Program _ -> []

/// The step of the pipeline that has this name, on a stage.
let private apply (ofStage: Stage -> Subject) (stage: Stage) name =
    let context =
        { Context.quiet with
            Samples = samples stage
        }

    steps
    |> List.tryFind (fun step -> step.Name = name)
    |> Option.map (fun step -> step.Run settings context stage |> Result.map ofStage)

// ---- circuit and quantized stage: exact integers

let private batches (seed: int) (ports: (int[] * (int64 * int64)) list) : Quant.IntegerBatch list =
    let random = Random seed
    let lanes = 5

    ports
    |> List.map (fun (shape, (low, high)) ->
        {
            Shape = shape
            Lanes = lanes
            Data = Array.init (Shape.count shape * lanes) (fun _ -> random.NextInt64(low, high + 1L))
        })

let private numbers (batches: Quant.IntegerBatch list) =
    batches |> List.map (fun batch -> batch.Data |> Array.map float)

let private ofCircuit ofStage (graph: Circuit.Graph) : Subject =
    let ports =
        graph.Inputs
        |> Array.map (fun port ->
            let valueType = graph.TypeOf port.Value
            valueType.Shape, valueType.Range)
        |> List.ofArray

    {
        Text = Mlir.print Circuit.Syntax.syntax PrintOptions.full graph
        Findings = fun () -> Circuit.Verify.graph graph
        Outputs = fun seed -> (Circuit.Eval.graph graph (batches seed ports)).Outputs |> numbers
        Apply = apply ofStage (Stage.Circuit graph)
    }

let private ofQuant ofStage (graph: Quant.Graph) : Subject =
    let ports =
        graph.Inputs
        |> Array.map (fun port ->
            let valueType = graph.TypeOf port.Value
            valueType.Shape, valueType.Range)
        |> List.ofArray

    {
        Text = Mlir.print Quant.Syntax.syntax PrintOptions.full graph
        Findings = fun () -> Quant.Verify.graph graph
        Outputs = fun seed -> (Quant.Eval.graph graph (batches seed ports)).Outputs |> numbers
        Apply = apply ofStage (Stage.Quant graph)
    }

// ---- planned stage: reals before codes are chosen, exact integers afterwards

let private ofPlanned ofStage (graph: Planned.Graph) : Subject =
    let outputs seed =
        match Planned.Passes.Tabulate.pass.Run Context.quiet graph with
        | Ok tables -> (ofQuant ofStage tables).Outputs seed
        | Error _ ->
            let random = Random seed

            graph.Inputs
            |> Array.map (fun port ->
                let planned = graph.TypeOf port.Value

                Array.init (Shape.count planned.Shape) (fun _ -> random.NextDouble() * 8.0 - 4.0)
                |> Float.Elements.ofFloat64s planned.Real planned.Shape)
            |> List.ofArray
            |> Planned.RealEval.outputs graph
            |> List.map Tensor.toFloat64s

    {
        Text = Mlir.print Planned.Syntax.syntax PrintOptions.full graph
        Findings = fun () -> Planned.Verify.graph graph
        Outputs = outputs
        Apply = apply ofStage (Stage.Planned graph)
    }

// ---- float stage

let private randomTensor (random: Random) (valueType: Float.ValueType) : Tensor =
    let shape =
        valueType.Dims
        |> Option.defaultValue [||]
        |> Array.map (fun dim ->
            match dim with
            | Float.Dim.Known size -> size
            | Float.Dim.Dynamic -> 2)

    Array.init (Shape.count shape) (fun _ -> random.NextDouble() * 8.0 - 4.0)
    |> Float.Elements.ofFloat64s valueType.Element shape

let private ofFloat ofStage (graph: Float.Graph) : Subject =
    let parts = (Stage.Float graph).ClientParts
    let first = parts.Before |> Option.defaultValue graph

    {
        Text = Mlir.print Float.Syntax.syntax PrintOptions.full graph
        Findings = fun () -> Float.Verify.graph graph
        Outputs =
            fun seed ->
                let random = Random seed

                first.Inputs
                |> Array.map (fun port -> randomTensor random (first.TypeOf port.Value))
                |> List.ofArray
                |> Float.Client.ClientParts.enter parts
                |> Float.Eval.graph graph
                |> Float.Client.ClientParts.leave parts
                |> List.map Tensor.toFloat64s
        Apply = apply ofStage (Stage.Float graph)
    }

let rec ofStage (stage: Stage) : Subject =
    match stage with
    | Stage.Float graph -> ofFloat ofStage graph
    | Stage.Planned graph -> ofPlanned ofStage graph
    | Stage.Quant graph -> ofQuant ofStage graph
    | Stage.Circuit graph -> ofCircuit ofStage graph
    | Stage.Onnx _
    | Stage.Program _ -> invalidOp "file tests are about graphs in MLIR's form"

/// The stage that a text holds.
let read (text: string) : Result<Subject, Diagnostic list> =
    match Mlir.stageOf text with
    | Some "float" -> Mlir.parse Float.Syntax.syntax text |> Result.map (Stage.Float >> ofStage)
    | Some "planned" -> Mlir.parse Planned.Syntax.syntax text |> Result.map (Stage.Planned >> ofStage)
    | Some "quant" -> Mlir.parse Quant.Syntax.syntax text |> Result.map (Stage.Quant >> ofStage)
    | Some "circuit" -> Mlir.parse Circuit.Syntax.syntax text |> Result.map (Stage.Circuit >> ofStage)
    | other -> failwith $"the text of a file test is a stage in MLIR's form, not {other}"
