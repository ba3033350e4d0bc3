namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// From an ONNX model to the float graph: every node read by its own opset and reduced to the vocabulary.
[<RequireQualifiedAccess>]
module Import =

    /// What the vocabulary holds itself, or nearly so.
    let private plain: Map<string, Importer> =
        [
            ImportElementwise.all
            ImportLinear.all
            ImportPool.all
            ImportQuant.all
            ImportShape.all
            ImportSoftmax.all
        ]
        |> List.concat
        |> Map.ofList

    /// What is written out in it; a name that stands in `plain` too is extended.
    let private expanded: (string * Importer) list =
        [
            Attentions.all
            Einsum.all
            Fusions.all
            Indexing.all
            Losses.all
            Normalizations.all
            Recurrence.all
            Resizing.all
            Sampling.all
            Selections.all plain
            Spatial.all plain
        ]
        |> List.concat

    let private importers: Map<string * string, Importer> =
        [
            for name, importer in Map.toList plain @ expanded do
                ("", name), importer

            for name, importer in ImportMl.all @ ImportMlFeatures.all @ ImportSvm.all @ ImportTrees.all do
                ("ai.onnx.ml", name), importer

            for name, importer in Fusions.microsoft plain @ Normalizations.microsoft do
                ("com.microsoft", name), importer

            yield! ImportQuant.exporters
            yield! ImportCodes.all
        ]
        |> Map.ofList

    /// Domain and name of every operator that can be imported.
    let supported = importers |> Map.keys |> List.ofSeq

    let private unsupported (opset: int) (node: Onnx.Node) =
        let domain = if node.Domain = "" then "ai.onnx" else node.Domain

        Diagnostic.error
            "CML1100"
            node.Name
            $"the operator {node.OpType} (domain {domain}, opset {opset}) is not supported"
            "an operator that `concreteml ops` lists"
            "Replace the layer by supported operators, or run that part of the model outside."

    /// The type of a graph input with its batch bound; Error names the dimension that stays open.
    let private inputType (bindBatch: bool) (input: Onnx.ValueInfo) : Result<ValueType, Diagnostic> =
        let refuse code message expected cure =
            Error(Diagnostic.error code input.Name message expected cure)

        match input.Type with
        | Onnx.ValueType.Other kind -> refuse "CML1102" $"the input is a {kind}" "a tensor" "Pass tensors to the model."
        | Onnx.ValueType.Missing ->
            refuse "CML1106" "the input has no type" "a tensor of declared shape" "Declare the input's type and shape."
        | Onnx.ValueType.Tensor(Error name, _) ->
            refuse
                "CML1102"
                $"the input's element type is {name}"
                "booleans, integers or floats of 16, 32 or 64 bits"
                "Convert the input before it enters the model."
        | Onnx.ValueType.Tensor(Ok _, None) when bindBatch ->
            refuse "CML1106" "the input has no declared shape" "a tensor of declared shape" "Declare the input's shape."
        | Onnx.ValueType.Tensor(Ok element, shape) ->
            let batch =
                shape
                |> Option.bind Array.tryHead
                |> Option.bind (fun dim ->
                    match dim with
                    | Onnx.Dimension.Named name when bindBatch -> Some name
                    | _ -> None)

            let dim axis (dimension: Onnx.Dimension) =
                match dimension with
                | Onnx.Dimension.Known size -> Dim.Known(int size)
                | Onnx.Dimension.Named name when batch = Some name -> Dim.Known 1
                | Onnx.Dimension.Unknown when bindBatch && axis = 0 -> Dim.Known 1
                | Onnx.Dimension.Named _
                | Onnx.Dimension.Unknown -> Dim.Dynamic

            let dims = shape |> Option.map (Array.mapi dim)

            match dims |> Option.bind (Array.tryFindIndex ((=) Dim.Dynamic)) with
            | Some axis when bindBatch ->
                refuse
                    "CML1106"
                    $"axis {axis} of the input has no fixed size"
                    "fixed sizes of all axes but the batch"
                    "Export the model with fixed sizes (only the batch may stay open)."
            | _ -> Ok { Element = element; Dims = dims }

    /// Inputs with a known value count as initializers.
    let private declareInputs
        (options: ImportOptions)
        (known: Map<string, Tensor>)
        (scope: ImportScope)
        (graph: Onnx.Graph)
        : Diagnostic list =
        [
            for input in Onnx.Inputs.real graph do
                match Map.tryFind input.Name known, lazy (inputType options.BindBatch input) with
                | Some tensor, _ ->
                    let constant: Onnx.NamedTensor = { Name = input.Name; Value = Ok tensor }
                    scope.Bind(input.Name, Binding.Initializer constant)
                | None, Lazy(Ok valueType) -> scope.Input(input.Name, valueType)
                | None, Lazy(Error diagnostic) ->
                    scope.Bind(input.Name, Binding.Failed)
                    diagnostic
        ]

    let private readsFailure (scope: ImportScope) (node: Onnx.Node) =
        node.Inputs
        |> Array.exists (fun name -> scope.TryFind name = Some Binding.Failed)

    /// Operators that act alike on codes and on the values that they stand for, when one scale serves all.
    let private movements =
        set
            [
                "Flatten"
                "Gather"
                "GlobalMaxPool"
                "MaxPool"
                "Reshape"
                "Slice"
                "Split"
                "Squeeze"
                "Transpose"
                "Unsqueeze"
            ]

    /// Carries what is known of codes through a movement: the same movement of the values that they stand for.
    let private follow (scope: ImportScope) (view: NodeScope) (importer: Importer) (values: ValueId[]) =
        let name = view.Node.Inputs[0]

        match view.TryInput 0 with
        | Some x when view.Node.Domain = "" && movements.Contains view.Node.OpType ->
            match view.TryCodes x with
            | Some codes when codes.Scale.Count = 1 && codes.Zero.Count = 1 ->
                match ImportQuant.settle view codes with
                | Some real ->
                    scope.Bind(name, Binding.Value real)
                    let moved = importer view
                    scope.Bind(name, Binding.Value x)

                    for at in 0 .. values.Length - 1 do
                        if view.Type(values[at]).Element = view.Type(x).Element then
                            view.Remember(values[at], { codes with Settled = Some moved[at] })
                | None -> ()
            | _ -> ()
        | _ -> ()

    /// Imports one node; its outputs count as failed when it is refused.
    let private visit (model: Onnx.Model) (scope: ImportScope) (used: HashSet<string>) (node: Onnx.Node) : Diagnostic list =
        let fail diagnostics =
            node.Outputs |> Array.iter (fun name -> scope.Bind(name, Binding.Failed))
            diagnostics

        let opset = Onnx.Opset.ofNode model node

        match Map.tryFind (node.Domain, node.OpType) importers with
        | None -> fail [ unsupported opset node ]
        | Some _ when readsFailure scope node -> fail []
        | Some importer ->
            try
                let view = NodeScope(scope, node, opset)
                let values = Elements.guarded (fun () -> importer view)

                if node.Inputs.Length > 0 then
                    follow scope view importer values

                for at in 0 .. node.Outputs.Length - 1 do
                    let name = node.Outputs[at]

                    if at < values.Length then
                        scope.Bind(name, Binding.Value values[at])
                    elif used.Contains name then
                        view.RefuseAttribute($"output {at} ({name}) is used", $"only the first {values.Length} of its outputs")

                []
            with
            | :? ImportException as refusal -> fail [ refusal.Diagnostic ]
            // Constants are computed when an importer asks for them.
            | :? EvalException as problem ->
                fail
                    [
                        Diagnostic.error
                            "CML1105"
                            node.Name
                            $"{node.OpType} cannot be computed: {problem.Message}"
                            "operands whose types and shapes fit together"
                            "Check the model with its exporter's own checker, and export it again."
                    ]

    let private outputs (scope: ImportScope) (graph: Onnx.Graph) : Result<Port, Diagnostic> list =
        [
            for output in graph.Outputs do
                let port value =
                    Ok
                        {
                            Port.Name = output.Name
                            Value = value
                            Coding = None
                        }

                match scope.TryFind output.Name with
                | Some(Binding.Value value) -> port value
                | Some(Binding.Initializer { Value = Ok tensor }) ->
                    match scope.Node(Op.Constant tensor, [], 1, []) with
                    | Ok values -> port values[0]
                    | Error problem -> invalidOp problem
                | Some(Binding.Initializer { Value = Error name }) ->
                    Error(
                        Diagnostic.error
                            "CML1102"
                            output.Name
                            $"the output is a constant of {name}"
                            "booleans, integers or floats of 16, 32 or 64 bits"
                            "Remove the output."
                    )
                | Some Binding.Failed
                | None ->
                    Error(
                        Diagnostic.error
                            "CML1105"
                            output.Name
                            "the output is not defined by any node"
                            "a value of the graph"
                            "Check the model with its exporter's own checker, and export it again."
                    )
        ]

    let private graphOf (scope: ImportScope) known (options: ImportOptions) (model: Onnx.Model) : Result<Graph, Diagnostic list> =
        let graph = model.Graph

        let used =
            HashSet<string>(Seq.append (graph.Nodes |> Seq.collect _.Inputs) (graph.Outputs |> Seq.map _.Name))

        used.Remove "" |> ignore
        let unbound = declareInputs options known scope graph

        for initializer in graph.Initializers do
            scope.Bind(initializer.Name, Binding.Initializer initializer)

        match unbound @ (graph.Nodes |> List.ofArray |> List.collect (visit model scope used)) with
        | [] ->
            let ports = outputs scope graph

            match
                ports
                |> List.choose (fun port ->
                    match port with
                    | Error problem -> Some problem
                    | Ok _ -> None)
            with
            | [] -> ports |> List.choose Result.toOption |> scope.Build |> Rewrite.removeDead |> Ok
            | problems -> Error problems
        | problems -> Error problems

    let private refusedOperators (model: Onnx.Model) =
        model.Graph.Nodes
        |> Array.filter (fun node -> not (importers.ContainsKey(node.Domain, node.OpType)))
        |> Array.map (fun node -> unsupported (Onnx.Opset.ofNode model node) node)
        |> List.ofArray

    /// Labels that are texts: the graph computes their index.
    let private textLabels (model: Onnx.Model) : Diagnostic list =
        [
            for node in model.Graph.Nodes do
                match Onnx.Attributes.tryFind "classlabels_strings" node with
                | Some(Onnx.Attribute.Texts texts) when node.Domain = "ai.onnx.ml" && node.OpType <> "ZipMap" && texts.Length > 0 ->
                    let listed =
                        texts |> Array.truncate 20 |> Array.mapi (fun index text -> $"{index} = {text}")

                    Diagnostic.warning
                        "CML1108"
                        node.Name
                        $"""labels that are texts become their index ({String.concat ", " listed})"""
                        "integer labels"
                        "Look the text up by the index that the model returns."
                | _ -> ()
        ]

    /// As `model`, for a model some of whose inputs have a known value: they are constants of the graph.
    let knowing
        (known: Map<string, Tensor>)
        (context: Context)
        (options: ImportOptions)
        (model: Onnx.Model)
        : Result<Graph, Diagnostic list> =
        let bindings =
            if options.BindBatch then
                Onnx.Bindings.sample
            else
                Onnx.Bindings.none

        match List.partition Diagnostic.isError (snd (Onnx.ShapeInference.run bindings model)) with
        | [], warnings ->
            warnings @ textLabels model |> List.iter context.Warn
            graphOf (ImportScope model.Graph.Name) known options model
        | errors, _ -> Error(refusedOperators model @ errors)

    /// The float graph of a model. Errors, all findings at once: those of shape inference (CML1031, CML1032), CML1100 operators, CML1101 attributes, CML1102 element
    /// types, CML1104 operands that must be constant, CML1105 shapes and types that do not fit, CML1106 open
    /// dimensions, CML1107 training mode; and those of inlining the model's functions.
    let model (context: Context) (options: ImportOptions) (model: Onnx.Model) : Result<Graph, Diagnostic list> =
        knowing Map.empty context options model

    /// The values of a refused model that would have to be known when it is read (CML1104), such as axes or sizes.
    let wanted (known: Map<string, Tensor>) (options: ImportOptions) (model: Onnx.Model) : string list =
        let scope = ImportScope model.Graph.Name
        graphOf scope known options model |> ignore
        scope.Wanted |> List.ofSeq
