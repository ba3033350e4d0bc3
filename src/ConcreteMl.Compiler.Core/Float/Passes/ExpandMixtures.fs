namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Writes operations on two encrypted values as sums, which are linear, and functions of one value, which are lookups:
/// products by squares, comparisons and maxima by differences.
[<RequireQualifiedAccess>]
module ExpandMixtures =

    open Reals

    let private indexOf (ValueId index) = index

    let private isReal (site: MixtureSite) (node: Node<Op>) =
        Element.isFloat (site.Graph.TypeOf node.Operands[0]).Element

    let private isInteger (site: MixtureSite) (node: Node<Op>) =
        Element.isInteger (site.Graph.TypeOf node.Operands[0]).Element

    /// Booleans count: or is at least one, and is two, exclusive or is one.
    let private logical (writer: GraphWriter) operation a b =
        let real value =
            writer.Unary(Unary.Cast Element.Float32, value)

        let sum = writer.Binary(Binary.Add, real a, real b)

        let above limit =
            writer.Binary(Binary.Greater, sum, writer.Scalar(sum, limit))

        match operation with
        | Binary.Or -> above 0.5
        | Binary.And -> above 1.5
        | _ -> writer.Binary(Binary.And, above 0.5, writer.Unary(Unary.Not, above 1.5))

    let private binary (writer: GraphWriter) operation magnitudes a b : ValueId option =
        match operation with
        | Binary.Max -> Some(writer.Larger(a, b))
        | Binary.Min -> Some(writer.Smaller(a, b))
        | Binary.Mul -> Some(writer.Product(a, b, magnitudes))
        | Binary.Equal
        | Binary.Greater
        | Binary.GreaterOrEqual
        | Binary.Less
        | Binary.LessOrEqual ->
            let difference = writer.Binary(Binary.Sub, a, b)
            Some(writer.Binary(operation, difference, writer.Scalar(difference, 0.0)))
        | Binary.Add
        | Binary.Sub
        | Binary.Div
        | Binary.Pow
        | Binary.Mod
        | Binary.Fmod
        | Binary.PRelu
        | Binary.And
        | Binary.Or
        | Binary.Xor
        | Binary.BitAnd
        | Binary.BitOr
        | Binary.BitXor
        | Binary.ShiftLeft
        | Binary.ShiftRight -> None

    /// Whole numbers up to here have codes of their own: nine bits (`WholeNumbers`).
    let private mostWhole = 511.0

    /// Whether products of whole numbers of these magnitudes are computed exactly.
    let private areSmall (magnitudeA: float, magnitudeB: float) =
        let sum = magnitudeA + magnitudeB
        sum * sum / 4.0 <= mostWhole

    /// The product of two values that are whole numbers where `whole`.
    let private product (writer: GraphWriter) whole magnitudes a b =
        if whole && areSmall magnitudes then
            writer.WholeProduct(a, b)
        else
            writer.Product(a, b, magnitudes)

    /// A choice between two values by a third, of whose ranges nothing is known: no + condition · (yes − no).
    let private chosen (writer: GraphWriter) magnitudes condition yes no =
        let element = (writer.TypeOf yes).Element

        let yes, no = asReal writer yes, asReal writer no
        let difference = writer.Binary(Binary.Sub, yes, no)
        let truth = writer.Unary(Unary.Cast (writer.TypeOf difference).Element, condition)

        writer.Binary(Binary.Add, no, writer.Product(truth, difference, magnitudes))
        |> typed writer element

    /// Elements of one value or the other, as a constant condition says: a movement.
    let private picked (writer: GraphWriter) (condition: Tensor) yes no =
        let shape =
            [ condition.Shape; writer.Shape yes; writer.Shape no ] |> Strided.commonShape

        let flags = Masks.spread shape condition |> Array.map (fun flag -> flag <> 0.0)

        Masks.select writer flags (Masks.broadcast writer shape yes) (Masks.broadcast writer shape no)

    /// x where it is positive, slope · x elsewhere.
    let private sloped (writer: GraphWriter) magnitudes x slope =
        let below = writer.Unary(Unary.Relu, writer.Unary(Unary.Neg, x))
        writer.Binary(Binary.Sub, writer.Unary(Unary.Relu, x), writer.Product(slope, below, (snd magnitudes, fst magnitudes)))

    /// A value between bounds, in the order of ONNX: the lower one first, then the upper one.
    let private clipped (writer: GraphWriter) hasLow hasHigh (operands: ValueId[]) =
        let element = (writer.TypeOf operands[0]).Element

        let operands = operands |> Array.map (asReal writer)

        let raised =
            if hasLow then
                writer.Larger(operands[0], operands[1])
            else
                operands[0]

        let bounded =
            if hasHigh then
                writer.Smaller(raised, Array.last operands)
            else
                raised

        typed writer element bounded

    /// a · b over the last axis of a and the second to last of b, whose elements are whole numbers where `whole`.
    let private matrixProduct (writer: GraphWriter) whole (magnitudeA, magnitudeB) a b =
        let rank = (writer.Shape b).Length

        let turned = Array.append [| 0 .. rank - 3 |] [| rank - 1; rank - 2 |]

        let left = writer.Unsqueeze(-2, a)
        let right = writer.Unsqueeze(-3, writer.Add(Op.Transpose turned, [ b ]))

        let summed parts =
            writer.Add(Op.ReduceSum(false, false), [ parts; writer.Integers [ -1 ] ])

        if whole && areSmall (magnitudeA, magnitudeB) then
            summed (writer.WholeProduct(left, right))
        else
            writer.Times(summed (writer.SquareDifference(left, right, (magnitudeA, magnitudeB))), magnitudeA * magnitudeB / 4.0)

    let private turned (writer: GraphWriter) transposed x =
        if transposed then
            writer.Add(Op.Transpose [| 1; 0 |], [ x ])
        else
            x

    let private gemm
        (site: MixtureSite)
        (writer: GraphWriter)
        (node: Node<Op>)
        (operands: ValueId[])
        magnitudes
        (alpha: float32, beta: float32, transA, transB)
        =
        let encrypted at =
            site.Encrypted[indexOf node.Operands[at]]

        let product =
            if encrypted 0 && encrypted 1 then
                matrixProduct writer false magnitudes (turned writer transA operands[0]) (turned writer transB operands[1])
            else
                writer.Add(Op.Gemm(1.0f, 1.0f, transA, transB), [ operands[0]; operands[1] ])

        let scaled = writer.Times(product, float alpha)

        if operands.Length > 2 then
            writer.Binary(Binary.Add, scaled, writer.Times(operands[2], float beta))
        else
            scaled

    let private hasRank atLeast (site: MixtureSite) (node: Node<Op>) =
        node.Operands[0..1]
        |> Array.forall (fun operand ->
            match ValueType.tryShape (site.Graph.TypeOf operand) with
            | Some shape -> shape.Length >= atLeast
            | None -> false)

    /// Whether the constants among a node's operands are ordinary numbers.
    let private hasFinite (site: MixtureSite) (node: Node<Op>) =
        node.Operands
        |> Array.forall (fun operand ->
            match site.Constants.TryGetValue operand with
            | true, tensor ->
                Tensor.toFloat64s tensor
                |> Array.forall (fun value -> abs value < Masks.absorbing)
            | _ -> true)

    let private expansion (site: MixtureSite) (node: Node<Op>) magnitudes : (GraphWriter -> ValueId[] -> ValueId option) option =
        let encrypted at =
            site.Encrypted[indexOf node.Operands[at]]

        let mixed = (MixtureSite.roots site node).Length > 1

        match node.Op with
        | Op.Binary(Binary.And | Binary.Or | Binary.Xor as operation) when mixed ->
            Some(fun writer operands -> Some(logical writer operation operands[0] operands[1]))
        | Op.Binary Binary.Div when mixed && isReal site node ->
            Some(fun writer operands ->
                let inverse = writer.Unary(Unary.Reciprocal, operands[1])
                binary writer Binary.Mul magnitudes operands[0] inverse)
        | Op.Binary Binary.PRelu when mixed && isReal site node ->
            Some(fun writer operands -> Some(sloped writer magnitudes operands[0] operands[1]))
        | Op.Clip(hasLow, hasHigh) when mixed -> Some(fun writer operands -> Some(clipped writer hasLow hasHigh operands))
        | Op.Where when mixed && not (encrypted 0) && hasRank 0 site node ->
            match site.Constants.TryGetValue node.Operands[0] with
            | true, condition -> Some(fun writer operands -> Some(picked writer condition operands[1] operands[2]))
            | _ -> None
        | Op.Where when mixed && hasFinite site node ->
            Some(fun writer operands -> Some(chosen writer magnitudes operands[0] operands[1] operands[2]))
        | Op.Binary Binary.Mul when mixed && isInteger site node ->
            Some(fun writer operands ->
                product writer true magnitudes (real writer operands[0]) (real writer operands[1])
                |> typed writer (writer.TypeOf operands[0]).Element
                |> Some)
        | Op.Binary operation when mixed && isReal site node ->
            Some(fun writer operands -> binary writer operation magnitudes operands[0] operands[1])
        | Op.Binary(Binary.Equal | Binary.Greater | Binary.GreaterOrEqual | Binary.Less | Binary.LessOrEqual as operation) when
            mixed && isInteger site node
            ->
            Some(fun writer operands -> binary writer operation magnitudes (real writer operands[0]) (real writer operands[1]))
        | Op.Binary(Binary.Max | Binary.Min as operation) when mixed && isInteger site node ->
            Some(fun writer operands ->
                binary writer operation magnitudes (real writer operands[0]) (real writer operands[1])
                |> Option.map (fun found -> writer.Unary(Unary.Cast (writer.TypeOf operands[0]).Element, found)))
        | Op.MatMul when encrypted 0 && encrypted 1 && isReal site node && hasRank 2 site node ->
            Some(fun writer operands -> Some(matrixProduct writer false magnitudes operands[0] operands[1]))
        | Op.MatMul when encrypted 0 && encrypted 1 && isInteger site node && hasRank 2 site node ->
            Some(fun writer operands ->
                matrixProduct writer true magnitudes (real writer operands[0]) (real writer operands[1])
                |> typed writer (writer.TypeOf operands[0]).Element
                |> Some)
        | Op.Gemm(alpha, beta, transA, transB) when
            isReal site node
            && hasRank 2 site node
            && (encrypted 0 && encrypted 1 || node.Operands.Length > 2 && encrypted 2)
            ->
            Some(fun writer operands -> Some(gemm site writer node operands magnitudes (alpha, beta, transA, transB)))
        | _ -> None

    /// The choice between encrypted values that a node is.
    let private choice (site: MixtureSite) (node: Node<Op>) =
        if (MixtureSite.roots site node).Length > 1 && hasFinite site node then
            Choices.ofNode site node
        else
            None

    /// The rewrite with factors of products scaled by their own quantizers, or by what these samples show.
    let run (samples: Tensor list list) (graph: Graph) : Graph =
        let graph = Choices.distributed graph
        let site = MixtureSite.ofGraph samples graph

        let needed =
            graph.Nodes
            |> Array.exists (fun node -> (expansion site node (1.0, 1.0)).IsSome)

        if not needed then
            graph
        else
            let choices = graph.Nodes |> Array.choose (choice site)
            let seen = MixtureSamples.ofSamples site (List.ofArray choices) samples

            let choiceOf =
                choices |> Array.map (fun choice -> choice.Result, choice) |> Map.ofArray

            let magnitudesOf (node: Node<Op>) =
                QuantizedFactors.magnitudes site.Producers node
                |> Option.defaultWith (fun () ->
                    if node.Results.Length = 1 then
                        seen.Magnitudes node.Results[0]
                    else
                        (1.0, 1.0))

            let rule builder rename (node: Node<Op>) =
                let writer = GraphWriter(builder, node.Origin)

                node.Results
                |> Array.tryHead
                |> Option.bind choiceOf.TryFind
                |> Option.bind (Choices.write site writer rename seen.Reach)
                |> Option.orElseWith (fun () ->
                    expansion site node (magnitudesOf node)
                    |> Option.bind (fun expand -> expand writer (Array.map rename node.Operands)))
                |> Option.map (fun result -> [| result |])

            Rewrite.rewrite rule graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "expand-mixtures"
            Summary = "Write products, comparisons and maxima of two encrypted values as sums and functions of one."
            Options = []
            Run = fun context graph -> Ok(run context.Samples graph)
        }
