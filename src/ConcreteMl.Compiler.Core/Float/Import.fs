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
            ImportIntegers.all
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
            CausalConvolution.all
            Distances.all
            Einsum.all
            Fusions.all
            Grams.all
            Images.all
            Indexing.all
            Indexing.extended plain
            LinearAttention.all
            Losses.all
            Normalizations.all
            Rankings.all
            Recurrence.all
            Regions.all
            Resizing.all
            Sampling.all
            Selections.all plain
            Spatial.all plain
            Spectra.all
        ]
        |> List.concat

    /// Operators of ONNX Runtime that are written out.
    let private runtime: (string * Importer) list =
        [
            Distances.microsoft
            Fusions.microsoft plain
            GroupedAttentions.microsoft
            ImportIntegers.microsoft
            Normalizations.microsoft
            Recurrence.microsoft
            RuntimeAttentions.microsoft
            RuntimeCodes.microsoft
        ]
        |> List.concat

    let private importers: Map<string * string, Importer> =
        [
            for name, importer in Map.toList plain @ expanded do
                ("", name), importer

            for name, importer in
                List.concat
                    [
                        ImportMl.all
                        ImportMlFeatures.all
                        ImportSvm.all
                        ImportTrees.all
                        ImportTreeEnsemble.all
                    ] do
                ("ai.onnx.ml", name), importer

            for name, importer in runtime do
                ("com.microsoft", name), importer

            yield! ImportQuant.exporters
            yield! ImportCodes.all
        ]
        |> Map.ofList

    /// What folds away while a model is read: control flow, sequences and optionals.
    // A list: ahead-of-time compilers do not make the types of another map.
    let private folded: ((string * string) * FoldedImporter) list =
        [
            for name, importer in ControlFlow.all @ Sequences.all do
                ("", name), importer

            for name, importer in FlexAttention.all do
                ("ai.onnx.preview", name), importer
        ]

    let private tryFolded (key: string * string) =
        folded |> List.tryFind (fun (known, _) -> known = key) |> Option.map snd

    /// Domain and name of every operator that can be imported.
    let supported: (string * string) list =
        List.ofSeq importers.Keys @ List.map fst folded

    let private isSupported (node: Onnx.Node) =
        importers.ContainsKey(node.Domain, node.OpType)
        || (tryFolded (node.Domain, node.OpType)).IsSome

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

    /// Binds the outputs of a node to what its importer gave.
    let private bindOutputs (scope: ImportScope) (view: NodeScope) (used: HashSet<string>) (values: Binding[]) =
        let node = view.Node

        for at in 0 .. node.Outputs.Length - 1 do
            let name = node.Outputs[at]

            if at < values.Length then
                scope.Bind(name, values[at])
            elif used.Contains name then
                view.RefuseAttribute($"output {at} ({name}) is used", $"only the first {values.Length} of its outputs")

    /// Imports one node; its outputs count as failed when it is refused.
    let rec private visit (model: Onnx.Model) (scope: ImportScope) (used: HashSet<string>) (node: Onnx.Node) : Diagnostic list =
        let fail diagnostics =
            node.Outputs |> Array.iter (fun name -> scope.Bind(name, Binding.Failed))
            diagnostics

        let opset = Onnx.Opset.ofNode model node
        let key = node.Domain, node.OpType
        let view = NodeScope(scope, node, opset)

        let importing (action: unit -> Binding[]) =
            try
                UnreadAttributes.refusing view (fun () -> Elements.guarded action)
                |> bindOutputs scope view used

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

        if not (isSupported node) then
            fail [ Unsupported.operator opset node ]
        elif readsFailure scope node then
            fail []
        else
            match tryFolded key with
            | Some importer -> importing (fun () -> importer (body model scope used) view)
            | None ->
                importing (fun () ->
                    let importer = importers[key]
                    let values = importer view

                    if node.Inputs.Length > 0 then
                        follow scope view importer values

                    Array.map Binding.Value values)

    /// Imports the nodes of a graph inside a node; ImportException with the first finding.
    and private body (model: Onnx.Model) (scope: ImportScope) (used: HashSet<string>) : BodyImporter =
        fun graph inputs ->
            scope.Inside(fun () ->
                for initializer in graph.Initializers do
                    scope.Bind(initializer.Name, Binding.Initializer initializer)

                List.iteri (fun at binding -> scope.Bind(graph.Inputs[at].Name, binding)) inputs

                for node in graph.Nodes do
                    visit model scope used node
                    |> List.tryHead
                    |> Option.iter (fun diagnostic -> raise (ImportException diagnostic))

                graph.Outputs |> Array.map (bodyOutput scope))

    and private bodyOutput (scope: ImportScope) (output: Onnx.ValueInfo) : Binding =
        match scope.TryFind output.Name with
        | Some(Binding.Initializer { Value = Ok tensor }) ->
            match scope.Node(Op.Constant tensor, [], 1, []) with
            | Ok values -> Binding.Value values[0]
            | Error problem -> invalidOp problem
        | Some(Binding.Value _ | Binding.Sequence _ | Binding.Absent | Binding.Failed as binding) -> binding
        | Some(Binding.Initializer { Value = Error _ })
        | None -> Binding.Failed

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
                | Some(Binding.Sequence _ | Binding.Absent) ->
                    Error(
                        Diagnostic.error
                            "CML1102"
                            output.Name
                            "the output is a sequence or an optional"
                            "a tensor"
                            "Join the tensors (ConcatFromSequence), or name each as an output."
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

    /// All names that nodes read or graphs give, those of graphs inside nodes included.
    let rec private namesRead (graph: Onnx.Graph) : string seq =
        seq {
            yield! graph.Outputs |> Seq.map _.Name

            for node in graph.Nodes do
                yield! node.Inputs

                for inner in Onnx.Attributes.graphs node do
                    yield! namesRead inner
        }

    let private graphOf (scope: ImportScope) known (options: ImportOptions) (model: Onnx.Model) : Result<Graph, Diagnostic list> =
        let graph = model.Graph

        let used = HashSet<string>(namesRead graph)

        used.Remove "" |> ignore

        for info in Seq.append graph.Inputs graph.ValueInfos do
            match info.Type with
            | Onnx.ValueType.Tensor(Error name, _) -> scope.Narrow[info.Name] <- name
            | _ -> ()

        let unbound = ImportInputs.declare options known scope graph

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
        |> Array.filter (isSupported >> not)
        |> Array.map (fun node -> Unsupported.operator (Onnx.Opset.ofNode model node) node)
        |> List.ofArray

    let private ofNumbers known (context: Context) (options: ImportOptions) (model: Onnx.Model) : Result<Graph, Diagnostic list> =
        let bindings =
            if options.BindBatch then
                { Onnx.Bindings.sample with
                    Names = ImportInputs.namedSizes options model.Graph
                }
            else
                Onnx.Bindings.none

        match List.partition Diagnostic.isError (snd (Onnx.ShapeInference.run bindings model)) with
        | [], warnings ->
            warnings |> List.iter context.Warn
            let mayMiss = lazy (options.BindBatch && ImportInputs.holdMissing context.Samples)

            graphOf (ImportScope(model.Graph.Name, options.BindBatch, mayMiss)) known options model
        | errors, _ -> Error(refusedOperators model @ errors)

    /// As `model`, for a model some of whose inputs have a known value: they are constants of the graph.
    let knowing
        (known: Map<string, Tensor>)
        (context: Context)
        (options: ImportOptions)
        (model: Onnx.Model)
        : Result<Graph, Diagnostic list> =
        Onnx.TextCodes.ofModel model
        |> Result.bind (fun coding ->
            ImportTexts.warnings model coding.Labels |> List.iter context.Warn

            ofNumbers known context options coding.Model
            |> Result.map (ImportTexts.withTexts coding.Texts >> ImportTexts.withLabels coding.Labels))

    /// The float graph of a model. Errors, all findings at once: those of shape inference (CML1031, CML1032), CML1100 operators, CML1101 attributes, CML1102 element
    /// types, CML1104 operands that must be constant, CML1105 shapes and types that do not fit, CML1106 open
    /// dimensions, CML1107 training mode; and those of inlining the model's functions.
    let model (context: Context) (options: ImportOptions) (model: Onnx.Model) : Result<Graph, Diagnostic list> =
        knowing Map.empty context options model

    /// The values of a refused model that would have to be known when it is read (CML1104), such as axes or sizes.
    let wanted (known: Map<string, Tensor>) (options: ImportOptions) (model: Onnx.Model) : string list =
        let scope = ImportScope(model.Graph.Name, options.BindBatch, lazy false)

        Onnx.TextCodes.ofModel model
        |> Result.bind (fun coding -> graphOf scope known options coding.Model)
        |> ignore

        scope.Wanted |> List.ofSeq
