namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Client

/// A table that is looked up by the client's own indices (an embedding) becomes a product of their one-hot encoding, which the client
/// makes, with the table, which stays with the server. An index beyond the table marks nothing.
[<RequireQualifiedAccess>]
module EncodeGathers =

    let private index (ValueId value) = value

    /// The tensors of constants, and the values that the client can compute before it encrypts.
    let private sources (graph: Graph) =
        let constants = Dictionary<int, Tensor>()
        let mine = HashSet(graph.Inputs |> Seq.map (fun port -> index port.Value))

        let shapeOf value =
            ValueType.tryShape graph.Types[value] |> Option.defaultValue [||]

        for node in graph.Nodes do
            match node.Op with
            | Op.Constant value -> constants[index node.Results[0]] <- value
            | _ ->
                let operands = node.Operands |> Array.map index

                let known value : ClientRule.Operand =
                    {
                        Constant =
                            match constants.TryGetValue value with
                            | true, tensor -> Some tensor
                            | _ -> None
                        Shape = shapeOf value
                    }

                if
                    node.Results.Length = 1
                    && operands
                       |> Array.forall (fun value -> constants.ContainsKey value || mine.Contains value)
                    && ClientRule.allows node.Op [ for value in operands -> known value ]
                then
                    mine.Add(index node.Results[0]) |> ignore

        constants, mine

    /// The table with the looked-up axis first and all others as one.
    let private matrix axis (table: Tensor) =
        let others =
            [|
                for at in 0 .. table.Rank - 1 do
                    if at <> axis then
                        at
            |]

        match Eval.op (Op.Transpose(Array.append [| axis |] others)) [ table ] with
        | [ turned ] -> turned.Reshape [| table.Shape[axis]; Shape.count table.Shape / table.Shape[axis] |]
        | _ -> invalidOp "a transposition has one result"

    let private encoded (writer: GraphWriter) size (element: Element) indices =
        let whole = writer.Unary(Unary.Cast Element.Int64, indices)
        let wrapped = writer.Wrapped(whole, size)
        let rank = (writer.Shape wrapped).Length
        let places = writer.Numbers(wrapped, [| size |], Array.init size float)
        let met = writer.Binary(Binary.Equal, writer.Unsqueeze(rank, wrapped), places)
        writer.Unary(Unary.Cast element, met)

    /// The product in the shape of the lookup: the axes before the looked-up one, those of the indices, those behind.
    let private looked (writer: GraphWriter) axis (table: Tensor) indices =
        let shape = writer.Shape indices
        let axis = if axis < 0 then axis + table.Rank else axis
        let oneHot = encoded writer table.Shape[axis] table.Element indices
        let rows = Shape.count shape
        let size = table.Shape[axis]
        let flat = writer.Add(Op.Reshape true, [ oneHot; writer.Integers [ rows; size ] ])
        let product = writer.Add(Op.MatMul, [ flat; writer.Constant(matrix axis table) ])
        let before, behind = Array.take axis table.Shape, Array.skip (axis + 1) table.Shape

        let apart =
            writer.Add(Op.Reshape true, [ product; writer.Integers(Array.concat [ shape; before; behind ]) ])

        if axis = 0 then
            apart
        else
            let order =
                [|
                    yield! [ shape.Length .. shape.Length + axis - 1 ]
                    yield! [ 0 .. shape.Length - 1 ]
                    yield! [ shape.Length + axis .. shape.Length + table.Rank - 2 ]
                |]

            writer.Add(Op.Transpose order, [ apart ])

    let private run (graph: Graph) =
        let constants, mine = sources graph

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            match node.Op, node.Operands with
            | Op.Gather axis, [| table; indices |] ->
                match constants.TryGetValue(index table) with
                | true, table when Element.isFloat table.Element && mine.Contains(index indices) && table.Count > 0 ->
                    let writer = GraphWriter(builder, node.Origin)
                    Some [| looked writer axis table (rename indices) |]
                | _ -> None
            | _ -> None

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        Pass.rewrite "encode-gathers" "Look tables up by products with one-hot encodings of the client's indices." run
