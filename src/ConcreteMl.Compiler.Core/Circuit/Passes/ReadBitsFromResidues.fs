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

    /// The operation with weights reduced; None when they stay.
    let private reducedOp bits (linear: Linear) : Linear option =
        let reduced (weights: Tensor) =
            let values = Tensor.toInt64s weights
            let smaller = Array.map (reduce bits) values

            if smaller = values then
                weights
            else
                Tensor.ofIntegers weights.Shape smaller

        let own = Linear.mapWeights reduced linear
        if own = linear then None else Some own

    /// A sum of the graph that is being made.
    type private Sum =
        {
            Linear: Linear
            Operands: ValueId[]
            Origin: Origin
        }

    /// The sums by their results, and congruent values that were made, by value and number of bits.
    type private Found =
        {
            Sums: Dictionary<ValueId, Sum>
            Residues: Dictionary<struct (ValueId * int), ValueId>
        }

    /// A value congruent to `value` modulo 2^bits with smaller weights; the value itself when there is none.
    let rec private residue (found: Found) (builder: GraphBuilder<Op, ValueType>) bits value : ValueId =
        match found.Residues.TryGetValue(struct (value, bits)), found.Sums.TryGetValue value with
        | (true, known), _ -> known
        | _, (false, _) -> value
        | _, (true, sum) ->
            let operands = sum.Operands |> Array.map (residue found builder bits)

            let result =
                match reducedOp bits sum.Linear with
                | None when operands = sum.Operands -> value
                | own -> builder.Value(Op.Linear(Option.defaultValue sum.Linear own), operands, builder.TypeOf value, sum.Origin)

            found.Residues.Add(struct (value, bits), result)
            result

    /// The values that the bits of a rounding are read from, as long as they are others than the operand.
    let private residues found (builder: GraphBuilder<Op, ValueType>) drop operand =
        let elements = Shape.count (builder.TypeOf operand).Shape

        Seq.init (min drop (MostElements / max 1 elements)) (fun bit -> residue found builder (bit + 1) operand)
        |> Seq.takeWhile ((<>) operand)
        |> Array.ofSeq

    let private rule (graph: Graph) found (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
        match node.Op with
        | Op.Round(drop, RoundingMethod.Exact, _) when node.Operands.Length = 1 ->
            let operand = rename node.Operands[0]

            match residues found builder drop operand with
            | [||] -> None
            | residues -> Some(builder.Node(node.Op, Array.append [| operand |] residues, [ graph.TypeOf node.Results[0] ], node.Origin))
        | Op.Linear linear ->
            let results = Rewrite.keep graph builder rename node

            found.Sums.Add(
                results[0],
                {
                    Linear = linear
                    Operands = Array.map rename node.Operands
                    Origin = node.Origin
                }
            )

            Some results
        | Op.Round _
        | Op.Lookup _
        | Op.LookupMany _
        | Op.Reencode
        | Op.Constant _ -> None

    let private isRounded (node: Node<Op>) =
        match node.Op with
        | Op.Round(_, RoundingMethod.Exact, _) -> node.Operands.Length = 1
        | _ -> false

    /// The graph with residues for its exact roundings; the graph itself where none has smaller weights.
    let run (graph: Graph) : Graph =
        let found =
            {
                Sums = Dictionary()
                Residues = Dictionary()
            }

        if not (Array.exists isRounded graph.Nodes) then
            graph
        else
            let result = Rewrite.rewrite (rule graph found) graph

            if result.Nodes.Length = graph.Nodes.Length then
                graph
            else
                result

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        {
            Name = "read-bits-from-residues"
            Summary = "lets exact rounding read low bits from sums with weights reduced modulo powers of two"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
