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

    /// The planned graph of a float graph (batch 1, static shapes). `importQat` tells whether its own quantizers are kept.
    /// Refuses with CML3010 to CML3013 (operations), CML3020 (quantizers that nobody asked for) and CML3021 (none where some should be).
    let run importQat (graph: FloatGraph) : Result<Graph, Diagnostic list> =
        let graph = Rewrite.removeDead graph

        match quantizers graph, importQat with
        | [||], true -> Error [ missing graph ]
        | [||], false -> PlanBuild.run graph
        | _, true -> PlanBuild.run graph
        | nodes, false -> nodes |> Array.truncate 20 |> Array.map unexpected |> List.ofArray |> Error
