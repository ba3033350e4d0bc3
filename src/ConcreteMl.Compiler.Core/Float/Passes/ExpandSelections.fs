namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Writes MaxPool, ArgMax and the reading of constant tables as differences and functions of one value, which is what lookups compute.
[<RequireQualifiedAccess>]
module ExpandSelections =

    /// Position of cell `cell` of every window along one axis; a cell in the padding is replaced by one inside the same window.
    let private positions (window: Window) (size: int) (count: int) axis cell =
        let rank = window.Kernel.Length

        let at output cell =
            output * window.Strides[axis] - window.Pads[axis]
            + cell * window.Dilations[axis]

        let isInside position = position >= 0 && position < size

        Array.init count (fun output ->
            let own = at output cell

            if isInside own then
                Some own
            else
                Seq.init window.Kernel[axis] (at output) |> Seq.tryFind isInside)
        |> fun found ->
            if Array.forall Option.isSome found && rank > 0 then
                Some(Array.map Option.get found)
            else
                None

    /// Axis after axis: the largest of what the cells of a window see.
    let private maxPool (graph: Graph) (node: Node<Op>) (window: Window) : (GraphWriter -> ValueId -> ValueId) option =
        match ValueType.tryShape (graph.TypeOf node.Operands[0]) with
        | Some shape when
            node.Results.Length = 1
            && (graph.TypeOf node.Operands[0]).Element <> Element.Bool
            ->
            let element = (graph.TypeOf node.Operands[0]).Element
            let spatial = Array.skip 2 shape
            let window = Windows.resolve window spatial
            let output = Windows.outputShape window spatial

            let plan =
                Array.init spatial.Length (fun axis -> Array.init window.Kernel[axis] (positions window spatial[axis] output[axis] axis))

            if plan |> Array.forall (Array.forall Option.isSome) then
                Some(fun writer x ->
                    let x = Reals.asReal writer x

                    plan
                    |> Array.indexed
                    |> Array.rev
                    |> Array.fold
                        (fun x (axis, cells) ->
                            cells
                            |> Array.map (fun cell -> writer.Gather(axis + 2, Option.get cell, x))
                            |> List.ofArray
                            |> fun cells -> writer.Tree(writer.Larger, cells))
                        x
                    |> Reals.typed writer element)
            else
                None
        | _ -> None

    /// Every pair of candidates is compared once; the one that wins all its comparisons is the largest.
    let private winner (writer: GraphWriter) selectLast (x: ValueId) : ValueId =
        let shape = writer.Shape x
        let size = Array.last shape
        let axis = shape.Length - 1

        let pairs =
            [|
                for i in 0 .. size - 1 do
                    for j in i + 1 .. size - 1 do
                        i, j
            |]

        let difference =
            writer.Binary(Binary.Sub, writer.Gather(axis, Array.map fst pairs, x), writer.Gather(axis, Array.map snd pairs, x))

        let comparison = if selectLast then Binary.Greater else Binary.GreaterOrEqual

        let real value =
            writer.Unary(Unary.Cast (writer.TypeOf x).Element, value)

        let firstWins = real (writer.Binary(comparison, difference, writer.Scalar(x, 0.0)))

        // A win of the first counts for it; a loss counts for the second, which starts with all its comparisons won.
        let score =
            Array.init (pairs.Length * size) (fun at ->
                let i, j = pairs[at / size]

                if at % size = i then 1.0
                elif at % size = j then -1.0
                else 0.0)

        let wins =
            writer.Add(Op.MatMul, [ firstWins; writer.Numbers(x, [| pairs.Length; size |], score) ])

        // As second of a pair, candidate c is compared c times.
        let threshold =
            Array.init size (fun candidate -> float (size - 1 - candidate) - 0.5)

        let isLargest =
            real (writer.Binary(Binary.Greater, wins, writer.Numbers(x, [| size |], threshold)))

        writer.Add(Op.MatMul, [ isLargest; writer.Numbers(x, [| size; 1 |], Array.init size float) ])

    let private argMax (graph: Graph) (node: Node<Op>) axis keepDims selectLast : (GraphWriter -> ValueId -> ValueId) option =
        let valueType = graph.TypeOf node.Operands[0]

        match ValueType.tryShape valueType with
        | Some shape when valueType.Element <> Element.Bool && shape.Length > 0 ->
            let rank = shape.Length
            let axis = if axis < 0 then axis + rank else axis

            // The axis goes last, behind at least one other.
            let order = Array.append (Array.removeAt axis [| 0 .. rank - 1 |]) [| axis |]

            Some(fun writer x ->
                let x = Reals.asReal writer x

                let last =
                    if axis = rank - 1 then
                        x
                    else
                        writer.Add(Op.Transpose order, [ x ])

                let matrix = if rank = 1 then writer.Unsqueeze(0, last) else last

                let index =
                    if shape[axis] = 1 then
                        writer.Times(matrix, 0.0)
                    else
                        winner writer selectLast matrix

                // Rounded, because a cast truncates: quantized, the sum is close to a whole number only.
                let kept = Array.mapi (fun at size -> if at = axis then 1 else size) shape
                let result = if keepDims then kept else Array.removeAt axis shape

                let shaped =
                    writer.Add(
                        Op.Reshape true,
                        [
                            writer.Unary(Unary.Cast Element.Int64, writer.Unary(Unary.Round, index))
                            writer.Integers result
                        ]
                    )

                shaped)
        | _ -> None

    /// A table of more rows than this is read by a matrix product of the positions, one-hot; of fewer, by choices one behind the
    /// other: they are part of one function, but each value of it asks all of them. 256 rows are what a lookup of 8 bits tells apart.
    let private mostChoices = 256

    /// Rows of a constant table at positions that are encrypted: a function of each position.
    let private rows (table: Tensor) (writer: GraphWriter) (positions: ValueId) : ValueId =
        let count, width = table.Shape[0], Shape.count table.Shape[1..]
        let values = Tensor.toFloat64s table
        let shape = writer.Shape positions

        let wrapped = writer.Wrapped(positions, count)

        let row at =
            Array.sub values (at * width) width
            |> Elements.ofFloat64s table.Element table.Shape[1..]
            |> writer.Constant

        let column =
            writer.Add(
                Op.Reshape true,
                [
                    wrapped
                    writer.Integers(Array.append shape (Array.create (table.Rank - 1) 1))
                ]
            )

        if count <= mostChoices then
            let choose rest at =
                let isHere = writer.Binary(Binary.Equal, column, writer.Scalar(column, float at))
                writer.Add(Op.Where, [ isHere; row at; rest ])

            [ count - 2 .. -1 .. 0 ]
            |> List.fold choose (row (count - 1))
            |> fun chosen ->
                if count = 1 then
                    writer.Add(Op.Expand, [ chosen; writer.Integers(Array.append shape table.Shape[1..]) ])
                else
                    chosen
        else
            let flat =
                writer.Add(Op.Reshape true, [ wrapped; writer.Integers [ Shape.count shape; 1 ] ])

            let oneHot =
                writer.Unary(
                    Unary.Cast Element.Float32,
                    writer.Binary(Binary.Equal, flat, writer.Numbers(flat, [| count |], Array.init count float))
                )

            let product =
                writer.Add(
                    Op.MatMul,
                    [
                        oneHot
                        writer.Constant(Tensor.ofFloat32 [| count; width |] (Array.map float32 values))
                    ]
                )

            writer.Unary(
                Unary.Cast table.Element,
                writer.Add(Op.Reshape true, [ product; writer.Integers(Array.append shape table.Shape[1..]) ])
            )

    let private gather (graph: Graph) (constants: System.Collections.Generic.Dictionary<ValueId, Tensor>) (node: Node<Op>) axis =
        match constants.TryGetValue node.Operands[0], ValueType.tryShape (graph.TypeOf node.Operands[1]) with
        | (true, table), Some _ when
            not (constants.ContainsKey node.Operands[1])
            && table.Rank > 0
            && table.Count > 0
            && axis % table.Rank = 0
            ->
            Some(rows table)
        | _ -> None

    let private run (graph: Graph) =
        let constants = System.Collections.Generic.Dictionary<ValueId, Tensor>()

        let rule builder rename (node: Node<Op>) =
            match node.Op with
            | Op.Constant value -> constants[node.Results[0]] <- value
            | _ -> ()

            let expansion =
                match node.Op with
                | Op.MaxPool(window, _) -> maxPool graph node window
                | Op.ArgMax(axis, keepDims, selectLast) -> argMax graph node axis keepDims selectLast
                | Op.Gather axis -> gather graph constants node axis
                | _ -> None

            let source =
                match node.Op with
                | Op.Gather _ -> 1
                | _ -> 0

            expansion
            |> Option.map (fun expand -> [| expand (GraphWriter(builder, node.Origin)) (rename node.Operands[source]) |])

        Rewrite.rewrite rule graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "expand-selections"
            Summary = "Write MaxPool, ArgMax and reading of tables as differences and functions of one value."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
