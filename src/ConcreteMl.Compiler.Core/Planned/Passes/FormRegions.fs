namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned

/// Float to planned: which integers are needed where, and which functions lead to them.
[<RequireQualifiedAccess>]
module FormRegions =

    let private quantizers (graph: FloatGraph) =
        graph.Nodes
        |> Array.filter (fun node ->
            match node.Op with
            | FloatOp.Quant _ -> true
            | _ -> false)

    let private unexpected (node: FloatNode) =
        Diagnostic.error
            "CML3020"
            (node.Origin |> List.tryLast |> Option.defaultValue "the model")
            "the model brings its own quantizers"
            "a float model"
            "compile it with --import-qat, or export it without quantizers"

    let private missing (graph: FloatGraph) =
        Diagnostic.error
            "CML3021"
            graph.Name
            "the model has no quantizers"
            "Quant nodes, as quantization-aware training exports them"
            "compile it without --import-qat"

    let private isEmpty (valueType: ConcreteMl.Compiler.Core.Float.ValueType) =
        match valueType.Dims with
        | Some dims -> Array.contains (ConcreteMl.Compiler.Core.Float.Dim.Known 0) dims
        | None -> false

    let private emptyPort name =
        Diagnostic.error
            "CML3014"
            name
            "the value has no elements"
            "inputs and outputs that hold something"
            "correct the bounds of the operation that makes it, or remove it"

    let private emptyInside name =
        Diagnostic.error
            "CML3014"
            name
            "a value inside the model has no elements"
            "values that hold something"
            "correct the bounds of the operation that makes it, or remove it"

    let private empty (graph: FloatGraph) =
        [
            for port in Array.append graph.Inputs graph.Outputs do
                if isEmpty (graph.TypeOf port.Value) then
                    emptyPort port.Name

            for node in graph.Nodes do
                match node.Op with
                | FloatOp.Constant _ -> ()
                | _ when node.Results |> Array.exists (graph.TypeOf >> isEmpty) ->
                    emptyInside (node.Origin |> List.tryLast |> Option.defaultValue graph.Name)
                | _ -> ()
        ]

    /// The planned graph of a float graph (batch 1, static shapes). `importQat` tells whether its own quantizers are kept.
    /// Refuses with CML3010 to CML3013 (operations), CML3014 (nothing to compute), CML3020 (quantizers that nobody asked for) and CML3021 (none where some should be).
    let run importQat (graph: FloatGraph) : Result<Graph, Diagnostic list> =
        let graph = Rewrite.removeDead graph

        // Quantized weights alone: their values are what is to be quantized, with activations that are calibrated.
        let graph =
            if importQat || quantizers graph = [||] then
                graph
            else
                ConcreteMl.Compiler.Core.Float.Passes.FoldConstants.weights graph

        match empty graph, quantizers graph, importQat with
        | _ :: _ as findings, _, _ -> Error findings
        | _, [||], true -> Error [ missing graph ]
        | _, [||], false -> PlanBuild.run graph
        | _, _, true -> PlanBuild.run graph
        | _, nodes, false -> nodes |> Array.truncate 20 |> Array.map unexpected |> List.ofArray |> Error
