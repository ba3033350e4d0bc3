namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Writes MaxPool and ArgMax as differences and functions of one value, which is what lookups compute.
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

    /// The largest of several values, as a balanced tree.
    let rec private largest (writer: GraphWriter) (values: ValueId list) =
        match values with
        | [ single ] -> single
        | _ ->
            values
            |> List.chunkBySize 2
            |> List.map (fun pair ->
                match pair with
                | [ a; b ] -> writer.Larger(a, b)
                | _ -> List.head pair)
            |> largest writer

    /// Axis after axis: the largest of what the cells of a window see.
    let private maxPool (graph: Graph) (node: Node<Op>) (window: Window) : (GraphWriter -> ValueId -> ValueId) option =
        match ValueType.tryShape (graph.TypeOf node.Operands[0]) with
        | Some shape when
            node.Results.Length = 1
            && Element.isFloat (graph.TypeOf node.Operands[0]).Element
            ->
            let spatial = Array.skip 2 shape
            let window = Windows.resolve window spatial
            let output = Windows.outputShape window spatial

            let plan =
                Array.init spatial.Length (fun axis -> Array.init window.Kernel[axis] (positions window spatial[axis] output[axis] axis))

            if plan |> Array.forall (Array.forall Option.isSome) then
                Some(fun writer x ->
                    plan
                    |> Array.indexed
                    |> Array.rev
                    |> Array.fold
                        (fun x (axis, cells) ->
                            cells
                            |> Array.map (fun cell -> writer.Gather(axis + 2, Option.get cell, x))
                            |> List.ofArray
                            |> largest writer)
                        x)
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
        | Some shape when Element.isFloat valueType.Element && shape.Length > 0 ->
            let rank = shape.Length
            let axis = if axis < 0 then axis + rank else axis

            // The axis goes last, behind at least one other.
            let order = Array.append (Array.removeAt axis [| 0 .. rank - 1 |]) [| axis |]

            Some(fun writer x ->
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

    let private run (graph: Graph) =
        let rule builder rename (node: Node<Op>) =
            let expansion =
                match node.Op with
                | Op.MaxPool(window, _) -> maxPool graph node window
                | Op.ArgMax(axis, keepDims, selectLast) -> argMax graph node axis keepDims selectLast
                | _ -> None

            expansion
            |> Option.map (fun expand -> [| expand (GraphWriter(builder, node.Origin)) (rename node.Operands[0]) |])

        Rewrite.rewrite rule graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "expand-selections"
            Summary = "Write MaxPool and ArgMax as differences and functions of one value."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
