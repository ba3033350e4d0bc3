namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Tfhe.Programs

/// The floors of the compiler, top to bottom.
[<RequireQualifiedAccess>]
type StageKind =
    | Onnx
    | Float
    | Planned
    | Quant
    | Circuit
    | Program

    /// The command line's name of the stage.
    override this.ToString() =
        match this with
        | Onnx -> "onnx"
        | Float -> "float"
        | Planned -> "planned"
        | Quant -> "quant"
        | Circuit -> "circuit"
        | Program -> "program"

/// What a step receives and gives: one of the stages of a compilation.
[<RequireQualifiedAccess>]
type Stage =
    | Onnx of Onnx.Model
    | Float of Float.Graph
    | Planned of Planned.Graph
    | Quant of Quant.Graph
    | Circuit of Circuit.Graph
    | Program of TfheProgram

    member this.Kind =
        match this with
        | Onnx _ -> StageKind.Onnx
        | Float _ -> StageKind.Float
        | Planned _ -> StageKind.Planned
        | Quant _ -> StageKind.Quant
        | Circuit _ -> StageKind.Circuit
        | Program _ -> StageKind.Program

    /// How many nodes, or instructions, it has.
    member this.NodeCount: int =
        match this with
        | Onnx model -> model.Graph.Nodes.Length
        | Float graph -> graph.Nodes.Length
        | Planned graph -> graph.Nodes.Length
        | Quant graph -> graph.Nodes.Length
        | Circuit graph -> graph.Nodes.Length
        | Program program -> program.Instructions.Count

    /// What the graph says of itself as a whole; nothing for models and programs.
    member this.Attributes: Map<string, Attribute> =
        match this with
        | Float graph -> graph.Attributes
        | Planned graph -> graph.Attributes
        | Quant graph -> graph.Attributes
        | Circuit graph -> graph.Attributes
        | Onnx _
        | Program _ -> Map.empty

    /// What the client does itself, before and behind this graph.
    member this.ClientParts: Float.Client.ClientParts =
        Float.Client.ClientParts.read this.Attributes

    /// The name of the model that it belongs to.
    member this.GraphName: string =
        match this with
        | Onnx model -> model.Graph.Name
        | Float graph -> graph.Name
        | Planned graph -> graph.Name
        | Quant graph -> graph.Name
        | Circuit graph -> graph.Name
        | Program program -> program.Name

/// How a stage holds the graph that passes work on.
type StageOf<'Graph> =
    {
        Kind: StageKind
        /// The graph; None when the stage is another one.
        Read: Stage -> 'Graph option
        Write: 'Graph -> Stage
    }

[<RequireQualifiedAccess>]
module Stage =

    let onnx: StageOf<Onnx.Model> =
        {
            Kind = StageKind.Onnx
            Write = Stage.Onnx
            Read =
                fun stage ->
                    match stage with
                    | Stage.Onnx model -> Some model
                    | _ -> None
        }

    let float: StageOf<Float.Graph> =
        {
            Kind = StageKind.Float
            Write = Stage.Float
            Read =
                fun stage ->
                    match stage with
                    | Stage.Float graph -> Some graph
                    | _ -> None
        }

    let planned: StageOf<Planned.Graph> =
        {
            Kind = StageKind.Planned
            Write = Stage.Planned
            Read =
                fun stage ->
                    match stage with
                    | Stage.Planned graph -> Some graph
                    | _ -> None
        }

    let quant: StageOf<Quant.Graph> =
        {
            Kind = StageKind.Quant
            Write = Stage.Quant
            Read =
                fun stage ->
                    match stage with
                    | Stage.Quant graph -> Some graph
                    | _ -> None
        }

    let circuit: StageOf<Circuit.Graph> =
        {
            Kind = StageKind.Circuit
            Write = Stage.Circuit
            Read =
                fun stage ->
                    match stage with
                    | Stage.Circuit graph -> Some graph
                    | _ -> None
        }

    let program: StageOf<TfheProgram> =
        {
            Kind = StageKind.Program
            Write = Stage.Program
            Read =
                fun stage ->
                    match stage with
                    | Stage.Program program -> Some program
                    | _ -> None
        }

    /// Whether two stages hold the same object: what a pass returns that changed nothing.
    let same (a: Stage) (b: Stage) =
        match a, b with
        | Stage.Onnx a, Stage.Onnx b -> obj.ReferenceEquals(a, b)
        | Stage.Float a, Stage.Float b -> obj.ReferenceEquals(a, b)
        | Stage.Planned a, Stage.Planned b -> obj.ReferenceEquals(a, b)
        | Stage.Quant a, Stage.Quant b -> obj.ReferenceEquals(a, b)
        | Stage.Circuit a, Stage.Circuit b -> obj.ReferenceEquals(a, b)
        | Stage.Program a, Stage.Program b -> obj.ReferenceEquals(a, b)
        | (Stage.Onnx _ | Stage.Float _ | Stage.Planned _ | Stage.Quant _ | Stage.Circuit _ | Stage.Program _), _ -> false

    let private programFindings (program: TfheProgram) =
        ProgramVerifier.Verify program
        |> Seq.map (fun finding -> Diagnostic.error "CML6303" finding.Origin (string finding) "a legal program" "")
        |> List.ofSeq

    let private shaped (graph: Graph<'Op, 'Type>) (shapeOf: 'Type -> int[]) =
        let ports (ports: Port[]) =
            [ for port in ports -> port.Name, shapeOf (graph.TypeOf port.Value) ]

        Float.Client.ClientParts.verify graph.Attributes (ports graph.Inputs) (ports graph.Outputs)

    /// What is wrong with the client's parts in the attributes of a stage's graph (CML9011).
    let verifyClient (stage: Stage) : Diagnostic list =
        match stage with
        | Stage.Float graph -> shaped graph (Float.ValueType.tryShape >> Option.defaultValue [||])
        | Stage.Planned graph -> shaped graph _.Shape
        | Stage.Quant graph -> shaped graph _.Shape
        | Stage.Circuit graph -> shaped graph _.Shape
        | Stage.Onnx _
        | Stage.Program _ -> []

    /// What is illegal about a stage; empty when it is legal.
    let verify (stage: Stage) : Diagnostic list =
        match stage with
        | Stage.Onnx _ -> []
        | Stage.Float graph -> Float.Verify.graph graph
        | Stage.Planned graph -> Planned.Verify.graph graph
        | Stage.Quant graph -> Quant.Verify.graph graph
        | Stage.Circuit graph -> Circuit.Verify.graph graph
        | Stage.Program program -> programFindings program
        |> List.append (verifyClient stage)
        |> List.filter Diagnostic.isError
