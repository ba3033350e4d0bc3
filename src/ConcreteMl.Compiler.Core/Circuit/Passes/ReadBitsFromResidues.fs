namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Exact rounding reads low bits one by one, and bit t of a weighted sum depends on its weights modulo 2^(t+1) alone. Where
/// reducing the weights makes them smaller, the bit is read from a sum with reduced weights: it carries less noise, so that wide
/// accumulators can be rounded and their operands may be noisier.
[<RequireQualifiedAccess>]
module ReadBitsFromResidues =

    /// Elements of all residues of one rounding, at most: they are in memory together.
    [<Literal>]
    let private MostElements = 30000

    /// The representative of least magnitude modulo 2^bits; of the two at half way, the one of the weight's own sign.
    let reduce bits (weight: int64) =
        let modulus = 1L <<< bits
        let rest = ((weight % modulus) + modulus) % modulus

        if 2L * rest > modulus || 2L * rest = modulus && weight < 0L then
            rest - modulus
        else
            rest

    let private reduced bits (weights: Tensor) =
        let values = Tensor.toInt64s weights
        let smaller = Array.map (reduce bits) values

        if smaller = values then
            None
        else
            Some(Tensor.ofIntegers weights.Shape smaller)

    /// The operation with weights reduced; None when they stay.
    let private reducedOp bits (linear: Linear) : Linear option =
        match linear with
        | Linear.MatMul weights -> reduced bits weights |> Option.map Linear.MatMul
        | Linear.Conv(weights, geometry, group) ->
            reduced bits weights
            |> Option.map (fun own -> Linear.Conv(own, geometry, group))
        | Linear.Scale factors -> reduced bits factors |> Option.map Linear.Scale
        | Linear.Combine multipliers ->
            let smaller = Array.map (reduce bits) multipliers

            if smaller = multipliers then
                None
            else
                Some(Linear.Combine smaller)
        | Linear.SumPool _
        | Linear.ReduceSum _
        | Linear.Shift _
        | Linear.Reshape _
        | Linear.Transpose _
        | Linear.Slice _
        | Linear.Concat _
        | Linear.Pad _
        | Linear.Gather _
        | Linear.Broadcast _ -> None

    /// A value congruent to `value` modulo 2^bits with smaller weights; the value itself when there is none.
    let rec private residue
        (known: Dictionary<struct (ValueId * int), ValueId>)
        (made: Dictionary<ValueId, Node<Op>>)
        (builder: GraphBuilder<Op, ValueType>)
        bits
        value
        : ValueId =
        match known.TryGetValue(struct (value, bits)), made.TryGetValue value with
        | (true, found), _ -> found
        | _, (false, _) -> value
        | _, (true, node) ->
            let result =
                match node.Op with
                | Op.Linear linear ->
                    let operands = node.Operands |> Array.map (residue known made builder bits)

                    match reducedOp bits linear with
                    | None when operands = node.Operands -> value
                    | own -> builder.Value(Op.Linear(Option.defaultValue linear own), operands, builder.TypeOf value, node.Origin)
                | Op.Lookup _
                | Op.LookupMany _
                | Op.Round _
                | Op.Reencode
                | Op.Constant _ -> value

            known.Add(struct (value, bits), result)
            result

    let run (graph: Graph) : Graph =
        let known = Dictionary()
        let made = Dictionary()

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            let remember (results: ValueId[]) (operands: ValueId[]) =
                made.Add(
                    results[0],
                    { node with
                        Results = results
                        Operands = operands
                    }
                )

                results

            match node.Op with
            | Op.Round(drop, RoundingMethod.Exact, _) when node.Operands.Length = 1 ->
                let operand = rename node.Operands[0]
                let elements = Shape.count (builder.TypeOf operand).Shape

                let residues =
                    Seq.init (min drop (MostElements / max 1 elements)) (fun bit -> residue known made builder (bit + 1) operand)
                    |> Seq.takeWhile ((<>) operand)
                    |> Array.ofSeq

                if Array.isEmpty residues then
                    None
                else
                    let operands = Array.append [| operand |] residues
                    Some(builder.Node(node.Op, operands, [ graph.TypeOf node.Results[0] ], node.Origin))
            | Op.Linear _ ->
                let results = Rewrite.keep graph builder rename node
                Some(remember results (Array.map rename node.Operands))
            | Op.Round _
            | Op.Lookup _
            | Op.LookupMany _
            | Op.Reencode
            | Op.Constant _ -> None

        let isRounded =
            graph.Nodes
            |> Array.exists (fun node ->
                match node.Op with
                | Op.Round(_, RoundingMethod.Exact, _) -> node.Operands.Length = 1
                | _ -> false)

        if not isRounded then
            graph
        else
            let result = Rewrite.rewrite rule graph

            if result.Nodes.Length = graph.Nodes.Length then
                graph
            else
                result

    let pass: Pass<Graph, Graph> =
        {
            Name = "read-bits-from-residues"
            Summary = "lets exact rounding read low bits from sums with weights reduced modulo powers of two"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
