namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Drops what no output needs.
[<RequireQualifiedAccess>]
module RemoveDeadNodes =

    /// A max-pooling whose indices nothing reads, without them: with them it cannot be computed on encrypted data.
    let private withoutIndices (graph: Graph) : Graph =
        let consumers = Graph.consumers graph

        let isRead (ValueId index as value) =
            not consumers[index].IsEmpty
            || graph.Outputs |> Array.exists (fun port -> port.Value = value)

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            match node.Op, node.Results with
            | Op.MaxPool _, [| maxima; indices |] when not (isRead indices) ->
                Some
                    [|
                        builder.Value(node.Op, Array.map rename node.Operands, graph.TypeOf maxima, node.Origin)
                        ValueId -1
                    |]
            | _ -> None

        Rewrite.rewrite rule graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "remove-dead-nodes"
            Summary = "Drop nodes, and indices of max-pooling, that reach no output."
            Options = []
            Run = fun _ graph -> Ok(Rewrite.removeDead graph |> withoutIndices)
        }
