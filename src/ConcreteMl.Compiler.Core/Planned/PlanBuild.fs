namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned.Plan

/// Float graph to plan: which integers are needed where, and which lookups lead to them. Everything that cannot be carried out is
/// reported at once, node by node.
[<RequireQualifiedAccess>]
module PlanBuild =

    let private index (ValueId value) = value

    let private opName (op: FloatOp) =
        match op with
        | FloatOp.Binary binary -> sprintf "%A" binary
        | FloatOp.MaxPool _ -> "MaxPool"
        | FloatOp.ArgMax _ -> "ArgMax"
        | FloatOp.Where -> "Where"
        | FloatOp.Clip _ -> "Clip"
        | other -> (sprintf "%A" other).Split([| ' '; '\n' |])[0]

    let private unsupported (builder: PlanBuilder) (node: FloatNode) =
        let cure =
            match node.Op with
            | FloatOp.MaxPool _ -> "use AveragePool, or a convolution with stride"
            | FloatOp.ArgMax _ -> "let the client take the maximum of the scores"
            | _ -> "leave this step to the client"

        builder.Refuse(
            "CML3011",
            node.Origin,
            $"{opName node.Op} on encrypted data",
            "one of the operations that `ops` lists for encrypted data",
            cure
        )

    /// Add or Sub of values with different sources.
    let private combine (builder: PlanBuilder) (node: FloatNode) second =
        let result = index node.Results[0]
        let operands = node.Operands |> Array.map (index >> integers builder Need.Inside)

        builder.Add(
            PlanOp.Combine [| 1; second |],
            List.ofArray operands,
            builder.Sources.Shapes[result],
            builder.Sources.Graph.Types[result].Element,
            node.Origin
        )

    let private mixing (builder: PlanBuilder) (node: FloatNode) : int option =
        match node.Op with
        | FloatOp.Gemm(alpha, beta, transA, transB) -> Some(PlanLinear.gemm builder node (alpha, beta, transA, transB))
        | FloatOp.MatMul -> Some(PlanLinear.matMul builder node)
        | FloatOp.Conv(window, group) -> Some(PlanWindows.conv builder node window group)
        | FloatOp.AveragePool(window, includePad) -> Some(PlanWindows.averagePool builder node window includePad)
        | FloatOp.ReduceSum(keep, noop) -> Some(PlanMoves.reduceSum builder node keep noop)
        | FloatOp.Binary FloatBinary.Add -> Some(combine builder node 1)
        | FloatOp.Binary FloatBinary.Sub -> Some(combine builder node -1)
        | FloatOp.Concat axis -> Some(PlanMoves.concat builder node axis)
        | FloatOp.Reshape _
        | FloatOp.Flatten _
        | FloatOp.Squeeze
        | FloatOp.Unsqueeze -> Some(PlanMoves.reshape builder node)
        | FloatOp.Transpose permutation -> Some(PlanMoves.transpose builder node permutation)
        | FloatOp.Slice -> Some(PlanMoves.slice builder node)
        | FloatOp.Gather axis -> Some(PlanMoves.gather builder node axis)
        | FloatOp.Pad(mode, hasValue) -> Some(PlanMoves.pad builder node mode hasValue)
        | FloatOp.Expand -> Some(PlanMoves.expand builder node)
        | _ -> None

    /// An element-wise operation whose operands have different sources.
    let private refuseSources (builder: PlanBuilder) (node: FloatNode) =
        builder.Refuse(
            "CML3010",
            node.Origin,
            $"{opName node.Op} of two values that depend on different encrypted values",
            "one encrypted source (Add and Sub take two)",
            "make one operand a constant, or compute both from the same value"
        )

    let private visit (builder: PlanBuilder) (node: FloatNode) =
        let sources = builder.Sources
        let result = index node.Results[0]
        let encrypted = Sources.encrypted sources node

        let ready =
            encrypted
            |> Array.forall (fun value -> sources.Anchors[value] >= 0 && builder.IsPlanned sources.Anchors[value])

        if sources.Constants[result].IsSome || not ready then
            ()
        elif sources.Anchors[result] = -1 then
            refuseSources builder node
        elif sources.Anchors[result] = result then
            match mixing builder node with
            | Some planned -> builder.Anchor result <- planned
            | None -> unsupported builder node

    /// The plan of a graph whose nodes a builder has visited.
    let private planOf (graph: FloatGraph) (builder: PlanBuilder) : Plan =
        let outputs =
            graph.Outputs
            |> Array.map (fun port -> port.Name, integers builder Need.Output (index port.Value))

        {
            Name = graph.Name
            Nodes = builder.Nodes.ToArray()
            Inputs = graph.Inputs |> Array.map _.Name
            Outputs = outputs
            Attributes = graph.Attributes
        }

    /// The plan of a graph, or every reason why there is none (CML3010 to CML3013).
    let run (graph: FloatGraph) : Result<PlanGraph, Diagnostic list> =
        match Sources.analyse graph with
        | Error findings -> Error findings
        | Ok sources ->
            let builder = PlanBuilder sources

            for port in graph.Inputs do
                let value = index port.Value
                builder.Anchor value <- builder.Input(port.Name, sources.Shapes[value], graph.Types[value].Element)

            graph.Nodes |> Array.iter (visit builder)

            if builder.Findings.Count > 0 then
                Error(List.ofSeq builder.Findings)
            else
                Ok(Plan.toGraph (planOf graph builder))
