namespace ConcreteMl.Compiler.Core.Float.Passes

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Maxima and arg-maxima of what is not masked.
[<RequireQualifiedAccess>]
module internal MaskedMaxima =

    open Masks

    /// Whether the masks of all hidden elements point away from what is looked for: down where the largest is, up where the smallest is.
    let private absorbed up (masked: Masked) =
        Array.forall2 (fun hidden fill -> not hidden || (if up then fill > 0.0 else fill < 0.0)) masked.Mask masked.Fill

    /// The larger (smaller) of two values, of which hidden elements never win.
    let extreme (site: Site) (writer: GraphWriter) rename (node: Node<Op>) operation : Masked option =
        let shape = shapeOf site node.Results[0]
        let a, hiddenA, fillA = over site rename shape node.Operands[0]
        let b, hiddenB, fillB = over site rename shape node.Operands[1]
        let up = operation = Binary.Min

        let fits value =
            maskedOf site value |> Option.forall (absorbed up)

        if
            writer.Shape a <> shape
            || writer.Shape b <> shape
            || not (fits node.Operands[0] && fits node.Operands[1])
        then
            None
        else
            let left = select writer (Array.map not hiddenA) a b
            let right = select writer (Array.map not hiddenB) b a

            Some
                {
                    Base = writer.Binary(operation, left, right)
                    Mask = Array.map2 (&&) hiddenA hiddenB
                    Fill =
                        Array.map3
                            (fun hidden a b -> if hidden then (if up then min a b else max a b) else 0.0)
                            (Array.map2 (&&) hiddenA hiddenB)
                            fillA
                            fillB
                }

    /// For each element of a pool's result the elements that it sees, in the order of the window's cells.
    let private seenBy (window: Window) (shape: int[]) (result: int[]) : int[][] =
        let spatial, windows = shape[2..], result[2..]
        let window = Windows.resolve window spatial
        let positions = Windows.positions window spatial windows
        let cells, count = Shape.count window.Kernel, Shape.count windows

        Array.init (Shape.count result) (fun element ->
            let channel = element / count * Shape.count spatial

            Array.sub positions (element % count * cells) cells
            |> Array.filter (fun position -> position >= 0)
            |> Array.map (fun position -> channel + position))

    /// The largest of what each window sees beside its hidden elements.
    let pooled (site: Site) (writer: GraphWriter) (node: Node<Op>) window (masked: Masked) : Masked option =
        let shape, result = shapeOf site node.Operands[0], shapeOf site node.Results[0]

        if node.Results.Length > 1 || not (absorbed false masked) then
            None
        else
            let seen =
                seenBy window shape result
                |> Array.map (Array.filter (fun source -> not masked.Mask[source]))

            let hidden = seen |> Array.map Array.isEmpty
            let most = seen |> Array.map Array.length |> Array.max

            if most = 0 then
                None
            else
                let flat =
                    writer.Add(Op.Reshape true, [ masked.Base; writer.Integers [ Shape.count shape ] ])

                let pick place =
                    seen
                    |> Array.map (fun own ->
                        if own.Length = 0 then
                            0
                        else
                            own[min place (own.Length - 1)])
                    |> fun picks -> writer.Gather(0, picks, flat)

                let top =
                    writer.Tree((fun (a, b) -> writer.Binary(Binary.Max, a, b)), List.init most pick)

                let least = masked.Fill |> Array.min

                Some
                    {
                        Base = writer.Add(Op.Reshape true, [ top; writer.Integers result ])
                        Mask = hidden
                        Fill = hidden |> Array.map (fun hidden -> if hidden then least else 0.0)
                    }

    /// The position of the largest among the elements that are not hidden: these stand first in every line, in their order (last,
    /// where the last of equals counts); the place of the largest then names its position.
    let argMax (site: Site) (writer: GraphWriter) (node: Node<Op>) axis keepDims selectLast (masked: Masked) : ValueId option =
        let shape = shapeOf site node.Operands[0]
        let axis = if axis < 0 then axis + shape.Length else axis
        let strides = Shape.strides shape
        let size, stride = shape[axis], strides[axis]

        let order =
            Array.init (Shape.count shape) (fun element -> element - (element / stride % size) * stride)
            |> Array.distinct
            |> Array.map (fun first ->
                let shown =
                    [| 0 .. size - 1 |]
                    |> Array.filter (fun place -> not masked.Mask[first + place * stride])

                if shown.Length = 0 then
                    first, [||]
                elif selectLast then
                    first, Array.append (Array.create (size - shown.Length) (Array.last shown)) shown
                else
                    first, Array.append shown (Array.create (size - shown.Length) shown[0]))

        if
            not (absorbed false masked)
            || order |> Array.exists (fun (_, own) -> own.Length = 0)
        then
            None
        else
            let picks = Array.zeroCreate (Shape.count shape)

            order
            |> Array.iter (fun (first, own) ->
                own
                |> Array.iteri (fun place source -> picks[first + place * stride] <- first + source * stride))

            let place =
                writer.Add(Op.ArgMax(axis, keepDims, selectLast), [ rearranged writer picks masked.Base ])

            let result = writer.Shape place

            // Lines in the order of their first element are the elements of the result in order.
            let lines = order |> Array.sortBy fst |> Array.map snd

            if lines |> Array.forall (fun line -> line = [| 0 .. size - 1 |]) then
                Some place
            else
                Seq.init size id
                |> Seq.fold
                    (fun rest at ->
                        let own =
                            writer.Numbers(place, result, lines |> Array.map (fun line -> float line[at]))

                        let isHere = writer.Binary(Binary.Equal, place, writer.Scalar(place, float at))
                        writer.Add(Op.Where, [ isHere; own; rest ]))
                    (writer.Numbers(place, result, Array.zeroCreate lines.Length))
                |> Some
