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

    /// The elements that each cell of a pool sees, as numbers: by cell of the window and element of the result; −1 in the padding.
    let private windows (window: Window) (shape: int[]) (result: int[]) : int[][] =
        let spatial = shape[2..]
        let window = Windows.resolve window spatial

        let outStrides, strides, kernelStrides =
            Shape.strides result, Shape.strides shape, Shape.strides window.Kernel

        Array.init (Shape.count window.Kernel) (fun cell ->
            Array.init (Shape.count result) (fun element ->
                let mutable source = 0
                let mutable isInside = true

                for axis in 0 .. result.Length - 1 do
                    let at = element / outStrides[axis] % result[axis]

                    if axis < 2 then
                        source <- source + at * strides[axis]
                    else
                        let own = axis - 2
                        let offset = cell / kernelStrides[own] % window.Kernel[own]

                        let position =
                            at * window.Strides[own] - window.Pads[own] + offset * window.Dilations[own]

                        if position < 0 || position >= shape[axis] then
                            isInside <- false
                        else
                            source <- source + position * strides[axis]

                if isInside then source else -1))

    let rec private largest (writer: GraphWriter) (values: ValueId list) =
        match values with
        | [ single ] -> single
        | _ ->
            values
            |> List.chunkBySize 2
            |> List.map (fun pair ->
                match pair with
                | [ a; b ] -> writer.Binary(Binary.Max, a, b)
                | _ -> List.head pair)
            |> largest writer

    /// The largest of what each window sees beside its hidden elements.
    let pooled (site: Site) (writer: GraphWriter) (node: Node<Op>) window (masked: Masked) : Masked option =
        let shape, result = shapeOf site node.Operands[0], shapeOf site node.Results[0]

        if node.Results.Length > 1 || not (absorbed false masked) then
            None
        else
            let cells = windows window shape result

            let seen =
                Array.init (Shape.count result) (fun element ->
                    cells
                    |> Array.map (fun cell -> cell[element])
                    |> Array.filter (fun source -> source >= 0 && not masked.Mask[source]))

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

                let top = largest writer (List.init most pick)
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

            let flat =
                writer.Add(Op.Reshape true, [ masked.Base; writer.Integers [ picks.Length ] ])

            let sorted =
                writer.Add(Op.Reshape true, [ writer.Gather(0, picks, flat); writer.Integers shape ])

            let place = writer.Add(Op.ArgMax(axis, keepDims, selectLast), [ sorted ])
            let result = writer.Shape place

            // Lines in the order of their first element are the elements of the result in order.
            let lines = order |> Array.sortBy fst |> Array.map snd

            let position =
                Seq.init size id
                |> Seq.fold
                    (fun rest at ->
                        let own =
                            writer.Numbers(place, result, lines |> Array.map (fun line -> float line[at]))

                        let isHere = writer.Binary(Binary.Equal, place, writer.Scalar(place, float at))
                        writer.Add(Op.Where, [ isHere; own; rest ]))
                    (writer.Numbers(place, result, Array.zeroCreate lines.Length))

            if lines |> Array.forall (fun line -> line = [| 0 .. size - 1 |]) then
                Some place
            else
                Some position
