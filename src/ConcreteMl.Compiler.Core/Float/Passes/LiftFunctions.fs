namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Moves functions of one value above what repeats values (a nearest upsampling, an expansion): each value is then looked up once, and a
/// quantizer behind stands beside the function whose codes it gives.
[<RequireQualifiedAccess>]
module LiftFunctions =

    /// The graph with what the rule asks of it.
    type private Site =
        {
            Graph: Graph
            Producers: Node<Op> option[]
            Consumers: Node<Op> list[]
        }

        member this.Constant(ValueId index) =
            match this.Producers[index] with
            | Some { Op = Op.Constant value } -> Some value
            | _ -> None

        member this.Shape(value: ValueId) =
            ValueType.tryShape (this.Graph.TypeOf value)

    let private isFunction op =
        match op with
        | Op.Unary _
        | Op.Binary _
        | Op.Clip _
        | Op.Quant _ -> true
        | _ -> false

    /// Whether every position of an axis of this length is among the indices.
    let private coversAll length (indices: Tensor) =
        let positions =
            Tensor.toInt64s indices
            |> Array.map (fun index -> if index < 0L then index + int64 length else index)

        (Array.distinct positions).Length = length

    /// The operand of a movement that repeats all of it, and leaves nothing out.
    let private repeated (site: Site) (movement: Node<Op>) : ValueId option =
        let source = movement.Operands[0]

        let repeats =
            match movement.Op, site.Shape source, Array.tryItem 1 movement.Operands |> Option.bind site.Constant with
            | Op.Gather axis, Some shape, Some indices -> coversAll shape[if axis < 0 then axis + shape.Length else axis] indices
            | Op.Expand, Some _, Some _ -> true
            | _ -> false

        if repeats && (site.Constant source).IsNone then
            Some source
        else
            None

    /// The repeating movement whose result a function reads, and nothing else, with what it repeats.
    let private applicable (site: Site) (node: Node<Op>) : (Node<Op> * ValueId) option =
        match node.Operands |> Array.filter (site.Constant >> Option.isNone) with
        | [| ValueId index as value |] when
            isFunction node.Op
            && site.Shape value = site.Shape node.Results[0]
            && site.Consumers[index].Length = 1
            && not (site.Graph.Outputs |> Array.exists (fun port -> port.Value = value))
            && node.Operands
               |> Array.choose site.Constant
               |> Array.forall (fun constant -> constant.Count = 1)
            ->
            site.Producers[index]
            |> Option.bind (fun movement -> repeated site movement |> Option.map (fun source -> movement, source))
        | _ -> None

    let private once (graph: Graph) =
        let site =
            {
                Graph = graph
                Producers = Graph.producers graph
                Consumers = Graph.consumers graph
            }

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            applicable site node
            |> Option.map (fun (movement, source) ->
                let operand value =
                    match site.Constant value with
                    | Some constant when constant.Rank > 0 ->
                        let scalar = constant.Reshape [||]
                        builder.Value(Op.Constant scalar, [], ValueType.ofTensor scalar, node.Origin)
                    | Some _ -> rename value
                    | None -> rename source

                let result = graph.TypeOf node.Results[0]

                let computed =
                    builder.Value(
                        node.Op,
                        Array.map operand node.Operands,
                        ValueType.ofShape result.Element (site.Shape source).Value,
                        node.Origin
                    )

                [|
                    builder.Value(
                        movement.Op,
                        Array.append [| computed |] (Array.map rename movement.Operands[1..]),
                        result,
                        movement.Origin
                    )
                |])

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        {
            Name = "lift-functions"
            Summary = "Move functions of one value above gathers and expansions that repeat values."
            Options = []
            // every round carries functions above one movement more
            Run = fun _ graph -> Ok(Rewrite.untilSame once graph)
        }
