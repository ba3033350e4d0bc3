namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Tfhe.Programs

/// A stage, and the step that left it; None for the stage that a compilation began with.
type ReachedStage = { Stage: Stage; Step: string option }

/// Everything that a compilation brings.
type Compilation =
    {
        /// The last graph of each stage, top down; stages above the one that it began with are absent.
        Stages: ReachedStage list
        Program: TfheProgram
        Cost: Cost
    }

    /// The last graph of a stage; None for a stage above the one that the compilation began with.
    member this.TryFind(stage: StageOf<'Graph>) : 'Graph option =
        List.tryPick (fun reached -> stage.Read reached.Stage) this.Stages

    member private this.Find(stage: StageOf<'Graph>) : 'Graph =
        match this.TryFind stage with
        | Some graph -> graph
        | None -> invalidOp $"the compilation began below the {stage.Kind} stage"

    /// The normalized float graph; InvalidOperationException when the compilation began below it.
    member this.Float: Float.Graph = this.Find Stage.float

    /// The quantized graph; InvalidOperationException when the compilation began below it.
    member this.Quant: Quant.Graph = this.Find Stage.quant

    /// The circuit with its parameters.
    member this.Circuit: Circuit.Graph = this.Find Stage.circuit

/// What C# calls: each entry takes and gives whole stages.
[<RequireQualifiedAccess>]
module Compile =

    /// Whether a file's bytes are ONNX's textual syntax and no protobuf.
    let isOnnxText (bytes: byte[]) =
        let start = bytes[.. min bytes.Length 4096 - 1]

        not (Array.exists (fun each -> each < 9uy) start)
        && Mlir.stageOf (System.Text.Encoding.UTF8.GetString start) = Some "onnx"

    /// Decodes and checks a file's bytes, protobuf or text; external data is looked for in `folder`. The model with its warnings, or
    /// all findings.
    let decode (name: string) (folder: string option) (bytes: byte[]) : Result<Onnx.Model * Diagnostic list, Diagnostic list> =
        (if isOnnxText bytes then
             Onnx.Text.parse (System.Text.Encoding.UTF8.GetString bytes)
         else
             Onnx.Decode.bytes name folder bytes)
        |> Result.map Onnx.Order.model
        |> Result.bind (fun model ->
            match List.partition Diagnostic.isError (Onnx.Check.run model) with
            | [], warnings -> Ok(model, warnings)
            | errors, warnings -> Error(errors @ warnings))

    /// The float graph as it is imported, with the shapes that the model declares: for running it unquantized. A model some of whose
    /// operators must know how many samples there are (TopK, say) is bound to one.
    let toFloat (context: Context) (model: Onnx.Model) : Result<Float.Graph, Diagnostic list> =
        let import sizes model =
            Float.Import.model context { BindBatch = false; Sizes = sizes } model

        Onnx.Inline.functions model
        |> Result.bind (fun model ->
            match import Map.empty model with
            | Error findings when
                findings
                |> List.exists (fun finding -> finding.Code = "CML1106" || finding.Code = "CML1104")
                ->
                import (Float.ImportInputs.oneSample model) model
            | result -> result)

    /// As `toFloat`; sizes that the model leaves open and needs are those of this sample.
    let toFloatLike (sample: Tensor list) (context: Context) (model: Onnx.Model) : Result<Float.Graph, Diagnostic list> =
        match toFloat context model with
        | Error findings when
            findings
            |> List.exists (fun finding -> finding.Code = "CML1106" || finding.Code = "CML1104")
            ->
            Onnx.Inline.functions model
            |> Result.bind (fun model ->
                let sizes = Float.ImportInputs.sampleSizes model [ sample ]
                Float.Import.model context { BindBatch = false; Sizes = sizes } model)
            |> Result.mapError (fun _ -> findings)
        | result -> result

    /// The normalized float graph, bound to one sample: what is quantized, and what a dump shows.
    let normalize settings (context: Context) (model: Onnx.Model) : Result<Float.Graph, Diagnostic list> =
        Driver.run ignore settings context Pipeline.float (Stage.Onnx model)
        |> Result.map (fun stage ->
            match stage with
            | Stage.Float graph -> graph
            | other -> invalidOp $"the float steps end in {other.GetType().Name}")

    /// The stage behind the step that cuts off the client's parts; the stage itself, where it is behind that step.
    let untilCut settings (context: Context) (steps: Step list) (stage: Stage) : Result<Stage, Diagnostic list> =
        match steps |> List.tryFindIndex (fun step -> step.Pass = Pipeline.cut) with
        | Some last -> Driver.run ignore settings context (List.take (last + 1) steps) stage
        | None -> Ok stage

    // The newest stage of each way of holding one, top down.
    let private last (stages: ReachedStage list) =
        let newest (holds: Stage -> bool) =
            stages |> List.tryFind (fun reached -> holds reached.Stage) |> Option.toList

        [
            newest _.IsOnnx
            newest _.IsFloat
            newest _.IsPlanned
            newest _.IsQuant
            newest _.IsCircuit
            newest _.IsProgram
        ]
        |> List.concat

    /// The way from any stage through steps of one's own choice, which have to end in a program (CML7005). `watch` sees, verifies
    /// and judges every step.
    let runWith (watch: Watch) settings (context: Context) (steps: Step list) (stage: Stage) : Result<Compilation, Diagnostic list> =
        let mutable seen = [ { Stage = stage; Step = None } ]

        let observe (record: StepRecord) =
            seen <-
                {
                    Stage = record.Result
                    Step = Some record.Name
                }
                :: seen

            watch.Observe record

        Driver.runWith { watch with Observe = observe } settings context steps stage
        |> Result.bind (fun reached ->
            let stages = last seen

            match reached, stages |> List.tryPick (_.Stage >> Stage.circuit.Read) with
            | Stage.Program program, Some circuit ->
                Ok
                    {
                        Stages = stages
                        Program = program
                        Cost = Cost.create circuit program
                    }
            | other, _ ->
                Error
                    [
                        Diagnostic.error
                            "CML7005"
                            (string other.Kind)
                            $"the steps end in the {other.Kind} stage"
                            "steps that end in a program, with the circuit stage among them"
                            "`Pipeline.from` gives the steps that are left for a stage."
                    ])

    /// The whole way. `observe` sees the result of every step.
    let run (observe: StepRecord -> unit) settings (context: Context) (model: Onnx.Model) : Result<Compilation, Diagnostic list> =
        runWith (Watch.observe observe) settings context (Pipeline.all settings.ImportQat) (Stage.Onnx model)

    /// The text of a stage; programs are listed by the API.
    let print elide (stage: Stage) : string =
        let options = if elide then PrintOptions.elided else PrintOptions.full

        match stage with
        | Stage.Float graph -> Mlir.print Float.Syntax.syntax options graph
        | Stage.Planned graph -> Mlir.print Planned.Syntax.syntax options graph
        | Stage.Quant graph -> Mlir.print Quant.Syntax.syntax options graph
        | Stage.Circuit graph -> Mlir.print Circuit.Syntax.syntax options graph
        | Stage.Onnx model when elide -> Onnx.Text.printElided false model
        | Stage.Onnx model -> Onnx.Text.print false model
        | Stage.Program _ -> invalidOp "the run time lists programs"

    let private mark = "// after "

    /// The text of a stage with a first line that names the step which left it: a compilation that goes on from the text begins
    /// behind that step.
    let printAfter elide (step: string) (stage: Stage) : string =
        match stage with
        | Stage.Onnx _ -> print elide stage
        | _ -> $"{mark}{step}\n{print elide stage}"

    /// The step that a text names in its first line; None when it names none.
    let stepOf (text: string) : string option =
        if text.StartsWith(mark, System.StringComparison.Ordinal) then
            let line = text[mark.Length ..]
            let stop = line.IndexOfAny [| '\n'; '\r' |]
            Some((if stop < 0 then line else line[.. stop - 1]).Trim())
        else
            None

    /// The stage that a text holds, in MLIR's generic form or in ONNX's textual syntax; or every error of the text.
    let parse (name: string) (text: string) : Result<Stage, Diagnostic list> =
        let verified verify wrap graph =
            match verify graph |> List.filter Diagnostic.isError with
            | [] -> Ok(wrap graph)
            | findings -> Error findings

        let client (stage: Stage) =
            match Stage.verifyClient stage with
            | [] -> Ok stage
            | findings -> Error findings

        (match Mlir.stageOf text with
         | Some "float" ->
             Mlir.parse Float.Syntax.syntax text
             |> Result.bind (verified Float.Verify.graph Stage.Float)
         | Some "planned" ->
             Mlir.parse Planned.Syntax.syntax text
             |> Result.bind (verified Planned.Verify.graph Stage.Planned)
         | Some "quant" ->
             Mlir.parse Quant.Syntax.syntax text
             |> Result.bind (verified Quant.Verify.graph Stage.Quant)
         | Some "circuit" ->
             Mlir.parse Circuit.Syntax.syntax text
             |> Result.bind (verified Circuit.Verify.graph Stage.Circuit)
         | Some "onnx" -> Onnx.Text.parse text |> Result.map Stage.Onnx
         | _ ->
             Error
                 [
                     Diagnostic.error
                         "CML6024"
                         name
                         "the text is no stage of a compilation"
                         "a dump of the float, planned, quant or circuit stage, or ONNX's textual syntax"
                         "Print one with `concreteml dump`."
                 ])
        |> Result.bind client
