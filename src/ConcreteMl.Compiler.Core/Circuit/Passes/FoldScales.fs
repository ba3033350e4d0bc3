namespace ConcreteMl.Compiler.Core.Circuit.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Multiplies the factors of a Scale into the weights of the dense layer or convolution before it: one operation less on
/// ciphertexts, and weights whose low bits later passes see as they are.
[<RequireQualifiedAccess>]
module FoldScales =

    /// One factor for each index of an axis, when the factors depend on that axis alone.
    let private alongAxis (factors: Tensor) (shape: int[]) axis =
        let values = Tensor.toInt64s factors
        let offsets = Layout.offsets shape (Shape.broadcastStrides factors.Shape shape)
        let inner = Shape.count shape[axis + 1 ..]
        let own = Array.create shape[axis] None

        let agrees =
            offsets
            |> Seq.indexed
            |> Seq.forall (fun (element, offset) ->
                let index = element / inner % shape[axis]

                match own[index] with
                | Some factor -> factor = values[offset]
                | None ->
                    own[index] <- Some values[offset]
                    true)

        if agrees then Some(Array.map Option.get own) else None

    let private times (weights: Tensor) (factorOf: int -> int64) =
        Tensor.toInt64s weights
        |> Array.mapi (fun index weight -> weight * factorOf index)
        |> Tensor.ofIntegers weights.Shape

    /// The operation with the factors in its weights; None when they do not go in.
    let private folded (linear: Linear) (factors: Tensor) (shape: int[]) : Linear option =
        match linear with
        | Linear.MatMul weights when shape.Length >= 1 ->
            alongAxis factors shape (shape.Length - 1)
            |> Option.map (fun own -> Linear.MatMul(times weights (fun index -> own[index % own.Length])))
        | Linear.Conv(weights, geometry, group) ->
            alongAxis factors shape 1
            |> Option.map (fun own ->
                let taps = Shape.count weights.Shape[1..]
                Linear.Conv(times weights (fun index -> own[index / taps]), geometry, group))
        | _ -> None

    /// The sum that a scale multiplies and nothing else reads: its node, its operation and the factors.
    let private scaledSum (graph: Graph) (producers: Node<Op> option[]) (consumers: Node<Op> list[]) (node: Node<Op>) =
        let isOutput value =
            graph.Outputs |> Array.exists (fun port -> port.Value = value)

        match node.Op with
        | Op.Linear(Linear.Scale factors) ->
            let (ValueId operand) = node.Operands[0]

            match producers[operand] with
            | Some({ Op = Op.Linear linear } as sum) when consumers[operand].Length = 1 && not (isOutput node.Operands[0]) ->
                Some(sum, linear, factors)
            | _ -> None
        | _ -> None

    /// The graph with scales folded; the graph itself where there are none.
    let run (graph: Graph) : Graph =
        let producers = Graph.producers graph
        let consumers = Graph.consumers graph

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            scaledSum graph producers consumers node
            |> Option.bind (fun (sum, linear, factors) ->
                let result = graph.TypeOf node.Results[0]

                folded linear factors result.Shape
                |> Option.map (fun own ->
                    builder.Node(Op.Linear own, Array.map rename sum.Operands, [ result ], List.distinct (sum.Origin @ node.Origin))))

        let result = Rewrite.rewrite rule graph

        if obj.ReferenceEquals(result, graph) then
            graph
        else
            Rewrite.removeDead result

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        {
            Name = "fold-scales"
            Summary = "multiplies the factors after dense layers and convolutions into their weights"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
