namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Drops operations that change nothing, and joins movements that follow each other.
[<RequireQualifiedAccess>]
module DropIdentities =

    let private isIdentity (permutation: int[]) =
        permutation = Array.init permutation.Length id

    let private fullPermutation rank (permutation: int[]) =
        if permutation.Length = 0 then
            Array.init rank (fun axis -> rank - 1 - axis)
        else
            permutation

    let private all (test: int -> bool) (value: Tensor option) =
        match value with
        | Some tensor -> Elements.integers tensor |> Array.forall test
        | None -> false

    /// True when the first result equals the first operand whatever that is.
    let private changesNothing (graph: Graph) (constant: ValueId -> Tensor option) (node: Node<Op>) =
        let sameShape () =
            let before = ValueType.tryShape (graph.TypeOf node.Operands[0])
            before.IsSome && before = ValueType.tryShape (graph.TypeOf node.Results[0])

        let operand index =
            Array.tryItem index node.Operands |> Option.bind constant

        match node.Op with
        | Op.Unary(Unary.Cast element) -> (graph.TypeOf node.Operands[0]).Element = element
        | Op.Clip(false, false) -> true
        | Op.Concat _ -> node.Operands.Length = 1
        | Op.Transpose permutation ->
            sameShape ()
            && isIdentity (fullPermutation (ValueType.tryShape (graph.TypeOf node.Operands[0])).Value.Length permutation)
        | Op.Reshape _
        | Op.Flatten _
        | Op.Squeeze
        | Op.Unsqueeze
        | Op.Expand -> sameShape ()
        | Op.Slice ->
            sameShape ()
            && (node.Operands.Length < 5 || all (fun step -> step > 0) (operand 4))
        | Op.Pad _ -> all ((=) 0) (operand 1)
        | Op.ReduceSum(_, noop) -> noop && node.Operands.Length = 1
        | _ -> false

    let private isView op =
        match op with
        | Op.Reshape _
        | Op.Flatten _
        | Op.Squeeze
        | Op.Unsqueeze -> true
        | _ -> false

    /// Two transposes, or two views, as one; reads past the movement before.
    let private joined (graph: Graph) (producers: Node<Op> option[]) (node: Node<Op>) : (ValueId * Choice<int[], int[]>) option =
        let before =
            match node.Operands with
            | [||] -> None
            | operands ->
                let (ValueId source) = operands[0]
                producers[source]

        match node.Op, before, ValueType.tryShape (graph.TypeOf node.Results[0]) with
        | Op.Transpose second, Some({ Op = Op.Transpose first } as inner), Some shape ->
            let first = fullPermutation shape.Length first
            let second = fullPermutation shape.Length second
            Some(inner.Operands[0], Choice1Of2(second |> Array.map (fun axis -> first[axis])))
        | op, Some inner, Some shape when isView op && isView inner.Op -> Some(inner.Operands[0], Choice2Of2 shape)
        | _ -> None

    let private once (graph: Graph) =
        let producers = Graph.producers graph

        let constant (ValueId index) =
            match producers[index] with
            | Some { Op = Op.Constant value } -> Some value
            | _ -> None

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            if changesNothing graph constant node then
                Some [| rename node.Operands[0] |]
            else
                joined graph producers node
                |> Option.map (fun (source, movement) ->
                    let result = graph.TypeOf node.Results[0]

                    match movement with
                    | Choice1Of2 permutation ->
                        [|
                            builder.Value(Op.Transpose permutation, [ rename source ], result, node.Origin)
                        |]
                    | Choice2Of2 shape ->
                        let target = Tensor.ofInt64 [| shape.Length |] (Array.map int64 shape)

                        let operand =
                            builder.Value(Op.Constant target, [], ValueType.ofTensor target, node.Origin)

                        [|
                            builder.Value(Op.Reshape true, [ rename source; operand ], result, node.Origin)
                        |])

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        {
            Name = "drop-identities"
            Summary = "Drop operations that change nothing and join movements that follow each other."
            Options = []
            // joining may uncover further identities; every round shortens the graph
            Run = fun _ graph -> Ok(Rewrite.untilSame once graph)
        }
