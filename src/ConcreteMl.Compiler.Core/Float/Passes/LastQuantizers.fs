namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Client

/// Quantizers behind a softmax or an arg-maximum whose results leave: as divisions, roundings and clips the client computes them, and
/// what stands before them as far as it may.
[<RequireQualifiedAccess>]
module LastQuantizers =

    let private index (ValueId value) = value

    /// What the client rounds with: the modes that are operations of their own.
    let private roundingOf (quant: FakeQuant) =
        match EvalQuant.rounding quant with
        | Rounding.HalfEven -> Some Unary.Round
        | Rounding.Floor -> Some Unary.Floor
        | Rounding.Ceiling -> Some Unary.Ceil
        | Rounding.TowardZero
        | Rounding.AwayFromZero
        | Rounding.HalfAwayFromZero
        | Rounding.HalfTowardZero -> None

    let private constants (graph: Graph) : ValueId -> Tensor option =
        let producers = Graph.producers graph

        fun value ->
            match producers[index value] with
            | Some { Op = Op.Constant tensor } -> Some tensor
            | _ -> None

    /// The rounding, scale, zero point and bits of a quantizer that can be written out.
    let private parts (constant: ValueId -> Tensor option) (node: Node<Op>) =
        match node.Op with
        | Op.Quant quant when (constant node.Operands[0]).IsNone ->
            match roundingOf quant, node.Operands[1..] |> Array.map constant with
            | Some rounding, [| Some scale; Some zero; Some bits |] when bits.Count = 1 ->
                Some(quant, rounding, scale, zero, (Tensor.toFloat64s bits)[0])
            | _ -> None
        | _ -> None

    /// Quantizers of results: what reads them is the client's, or another of them.
    let private last (graph: Graph) : HashSet<int> =
        let constant = constants graph
        let consumers = Graph.consumers graph
        let mine = HashSet<int>()

        let size value =
            graph.TypeOf value
            |> ValueType.tryShape
            |> Option.map Shape.count
            |> Option.defaultValue System.Int32.MaxValue

        // what the client sums is sent to it, so that it has to be little
        let mayTake (node: Node<Op>) =
            match ClientRule.role node.Op with
            | ClientRule.Role.Work
            | ClientRule.Role.Movement -> true
            | ClientRule.Role.Sum -> size node.Operands[0] <= ClientRule.mostSummed
            | ClientRule.Role.Never -> (parts constant node).IsSome

        let isMine (node: Node<Op>) =
            node.Results |> Array.forall (index >> mine.Contains)

        for node in Array.rev graph.Nodes do
            if
                mayTake node
                && node.Results
                   |> Array.forall (fun result -> consumers[index result] |> List.forall isMine)
            then
                for result in node.Results do
                    mine.Add(index result) |> ignore

        mine

    /// Of these values those behind a sum, as of a softmax, or an arg-maximum. Before other quantizers stands one function of each
    /// element at most, which is one lookup with them; results that leave without it have all bits of a sum of products, which cost
    /// more: 4.0 instead of 2.7 s for a multilayer perceptron of 8 bits.
    let private behindSums (graph: Graph) (mine: HashSet<int>) : HashSet<int> =
        let found = HashSet<int>()

        let gathers (node: Node<Op>) =
            match node.Op with
            | Op.ReduceSum _
            | Op.ArgMax _ -> true
            | _ -> node.Operands |> Array.exists (index >> found.Contains)

        for node in graph.Nodes do
            if node.Results |> Array.forall (index >> mine.Contains) && gathers node then
                for result in node.Results do
                    found.Add(index result) |> ignore

        found

    /// clip(round(x / scale) + zero), less the zero point, times the scale: in the order of `EvalQuant.codes`.
    let private spelled (writer: GraphWriter) (quant, rounding, scale: Tensor, zero: Tensor, bits) x =
        let low, high = EvalQuant.range quant bits

        let like (tensor: Tensor) =
            writer.Numbers(x, tensor.Shape, Tensor.toFloat64s tensor)

        let scale, zero = like scale, like zero
        let ratio = writer.Binary(Binary.Div, x, scale)

        let whole =
            if EvalQuant.isOfFiles quant.RoundingMode then
                writer.Unary(rounding, writer.Binary(Binary.Add, ratio, zero))
            else
                writer.Binary(Binary.Add, writer.Unary(rounding, ratio), zero)

        let codes =
            writer.Add(Op.Clip(true, true), [ whole; writer.Scalar(x, float low); writer.Scalar(x, float high) ])

        writer.Binary(Binary.Mul, writer.Binary(Binary.Sub, codes, zero), scale)

    /// The graph with its last quantizers written out; the same object where there are none.
    let rewrite (graph: Graph) : Graph =
        let constant, last = constants graph, last graph |> behindSums graph

        let rule builder rename (node: Node<Op>) =
            parts constant node
            |> Option.filter (fun _ -> last.Contains(index node.Results[0]))
            |> Option.map (fun found ->
                [|
                    spelled (GraphWriter(builder, node.Origin)) found (rename node.Operands[0])
                |])

        Rewrite.rewrite rule graph

    let private roundings (graph: Graph) =
        graph.Nodes
        |> Array.filter (fun node ->
            match node.Op with
            | Op.Unary(Unary.Round | Unary.Floor | Unary.Ceil) -> true
            | _ -> false)
        |> Array.length

    /// The graph cut where encryption has to begin and may end (`CutClientParts`), its last quantizers among what the client does;
    /// where they would stay in the circuit, they stay quantizers.
    let cut (graph: Graph) : Graph =
        let written, plain = rewrite graph, CutClientParts.run graph

        if obj.ReferenceEquals(written, graph) then
            plain
        else
            let found = CutClientParts.run written
            if roundings found > roundings plain then plain else found
