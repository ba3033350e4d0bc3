namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Makes one operation of the lookups that read the same value. Whether they stay together is decided with the parameters: several
/// tables take room in the modulus that a single one has for itself.
[<RequireQualifiedAccess>]
module JoinLookups =

    /// The lookups of each value that has several.
    let private together (graph: Graph) : Dictionary<ValueId, Node<Op>[]> =
        let result = Dictionary()

        graph.Nodes
        |> Array.filter (fun node ->
            match node.Op with
            | Op.Lookup _ -> true
            | _ -> false)
        |> Array.groupBy (fun node -> node.Operands[0])
        |> Array.iter (fun (operand, lookups) ->
            if lookups.Length > 1 then
                result.Add(operand, lookups))

        result

    let private tableOf (node: Node<Op>) =
        match node.Op with
        | Op.Lookup(table, _) -> [| table |]
        | _ -> [||]

    /// One operation for all lookups of an operand; `made` takes its results by those of the single lookups.
    let private join
        (graph: Graph)
        (made: Dictionary<ValueId, ValueId>)
        (builder: GraphBuilder<Op, ValueType>)
        operand
        (lookups: Node<Op>[])
        =
        let olds = lookups |> Array.map (fun lookup -> lookup.Results[0])
        let origin = lookups |> Seq.collect _.Origin |> Seq.distinct |> List.ofSeq
        let op = Op.LookupMany(Array.collect tableOf lookups, None)

        builder.Node(op, [ operand ], Array.map graph.TypeOf olds, origin)
        |> Array.iter2 (fun old own -> made.Add(old, own)) olds

    /// The graph with lookups joined; the graph itself where none read the same value.
    let run (graph: Graph) : Graph =
        let together = together graph
        let made = Dictionary<ValueId, ValueId>()

        let rule builder rename (node: Node<Op>) =
            match node.Op with
            | Op.Lookup _ when together.ContainsKey node.Operands[0] ->
                // All of them where the first one stands: the operand is there.
                if not (made.ContainsKey node.Results[0]) then
                    join graph made builder (rename node.Operands[0]) together[node.Operands[0]]

                Some [| made[node.Results[0]] |]
            | _ -> None

        if together.Count = 0 then
            graph
        else
            Rewrite.rewrite rule graph

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        {
            Name = "join-lookups"
            Summary = "makes one operation of the lookups that read the same value"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
