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
        /// What a pass or conversion of this name makes of it; None when the stage has none of that name.
        Apply: string -> Result<Subject, Diagnostic list> option
    }

let private apply (passes: Pass<'Graph, 'Graph> list) (next: 'Graph -> Subject) graph name =
    passes
    |> List.tryFind (fun pass -> pass.Name = name)
    |> Option.map (fun pass -> pass.Run Context.quiet graph |> Result.map next)

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

let rec ofCircuit (graph: Circuit.Graph) : Subject =
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
        Apply = apply [ Circuit.Passes.ShareLookups.pass ] ofCircuit graph
    }

let ofQuant (graph: Quant.Graph) : Subject =
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
        Apply =
            fun name ->
                if name = "lower" then
                    Some(Circuit.Lower.run Context.quiet graph |> Result.map ofCircuit)
                else
                    None
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

let rec ofFloat (graph: Float.Graph) : Subject =
    {
        Text = Mlir.print Float.Syntax.syntax PrintOptions.full graph
        Findings = fun () -> Float.Verify.graph graph
        Outputs =
            fun seed ->
                let random = Random seed

                graph.Inputs
                |> Array.map (fun port -> randomTensor random (graph.TypeOf port.Value))
                |> List.ofArray
                |> Float.Eval.graph graph
                |> List.map Tensor.toFloat64s
        Apply = apply Float.Passes.Standard.all ofFloat graph
    }

/// The stage that a text holds.
let read (text: string) : Result<Subject, Diagnostic list> =
    match Mlir.stageOf text with
    | Some "float" -> Mlir.parse Float.Syntax.syntax text |> Result.map ofFloat
    | Some "quant" -> Mlir.parse Quant.Syntax.syntax text |> Result.map ofQuant
    | Some "circuit" -> Mlir.parse Circuit.Syntax.syntax text |> Result.map ofCircuit
    | other -> failwith $"the text of a file test is a stage in MLIR's form, not {other}"
