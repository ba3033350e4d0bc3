namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Does equal operations on the same values once.
[<RequireQualifiedAccess>]
module ShareValues =

    /// What tells values apart: the operation, the operands as they are named now, and the widths of the results.
    let private keyOf (graph: Graph) rename (node: Node<Op>) : struct (Op * ValueId list * int list) =
        struct (node.Op, node.Operands |> Array.map rename |> List.ofArray, [ for result in node.Results -> (graph.TypeOf result).Bits ])

    /// The graph in which equal operations are carried out once; the graph itself where there are none.
    let run (graph: Graph) : Graph =
        let known =
            Dictionary<struct (Op * ValueId list * int list), ValueId[]>(HashIdentity.Structural)

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            let key = keyOf graph rename node

            if not (known.ContainsKey key) then
                known.Add(key, Rewrite.keep graph builder rename node)

            Some known[key]

        let shared = Rewrite.rewrite rule graph

        if shared.Nodes.Length = graph.Nodes.Length then
            graph
        else
            shared

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        {
            Name = "share-values"
            Summary = "does equal operations on the same values once"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
