namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// A strided read of a flat operand: element (i, j, …) of the result is element Offset + i·Strides[0] + j·Strides[1] + ….
type View = { Offset: int; Strides: int[] }

/// Where the elements of a movement's result come from.
[<RequireQualifiedAccess>]
type Source =
    | Strided of View
    /// Per element of the result (row-major) the element of the operand, −1 for the code 0.
    | Listed of int[]

/// Operations that only move codes, as index maps: they act alike on codes, scales, zero points and float values.
[<RequireQualifiedAccess>]
module Moves =

    /// Calls `visit` with the coordinates of every element in order; the array is reused.
    let private walk (shape: int[]) (visit: int -> int[] -> unit) =
        let coordinates = Array.zeroCreate<int> shape.Length

        for element in 0 .. Shape.count shape - 1 do
            visit element coordinates
            let mutable axis = shape.Length - 1
            let mutable carry = true

            while carry && axis >= 0 do
                coordinates[axis] <- coordinates[axis] + 1

                if coordinates[axis] = shape[axis] then
                    coordinates[axis] <- 0
                    axis <- axis - 1
                else
                    carry <- false

    let private map (result: int[]) (source: int[] -> int) =
        let indices = Array.zeroCreate (Shape.count result)
        walk result (fun element coordinates -> indices[element] <- source coordinates)
        indices

    let private dot (strides: int[]) (coordinates: int[]) =
        let mutable sum = 0

        for axis in 0 .. strides.Length - 1 do
            sum <- sum + strides[axis] * coordinates[axis]

        sum

    /// For each element of `into` the element of `from` that NumPy's broadcasting reads.
    let broadcast (from: int[]) (into: int[]) =
        map into (dot (Shape.broadcastStrides from into))

    let private pad (before: int[]) (x: int[]) (result: int[]) =
        let strides = Shape.strides x

        map result (fun coordinates ->
            let mutable index = 0

            for axis in 0 .. x.Length - 1 do
                let own = coordinates[axis] - before[axis]

                if own < 0 || own >= x[axis] then
                    index <- -1
                elif index >= 0 then
                    index <- index + own * strides[axis]

            index)

    let private gather axis (indices: Tensor) (x: int[]) (result: int[]) =
        let strides = Shape.strides x
        let picks = Tensor.toInt64s indices
        let own = Shape.strides indices.Shape
        let rank = indices.Shape.Length

        map result (fun coordinates ->
            let mutable pick = 0

            for inner in 0 .. rank - 1 do
                pick <- pick + own[inner] * coordinates[axis + inner]

            let mutable index = int picks[pick] * strides[axis]

            for outer in 0 .. axis - 1 do
                index <- index + strides[outer] * coordinates[outer]

            for inner in axis + 1 .. x.Length - 1 do
                index <- index + strides[inner] * coordinates[inner + rank - 1]

            index)

    /// Where a movement takes the elements of its result from.
    let source (move: Move) (x: int[]) (result: int[]) : Source =
        let strides = Shape.strides x

        let strided offset steps =
            Source.Strided { Offset = offset; Strides = steps }

        match move with
        | Move.Reshape _ -> strided 0 (Shape.strides result)
        | Move.Transpose permutation -> strided 0 (permutation |> Array.map (fun axis -> strides[axis]))
        | Move.Slice(starts, _, steps) -> strided (dot strides starts) (Array.map2 (*) strides steps)
        | Move.Broadcast _ -> strided 0 (Shape.broadcastStrides x result)
        | Move.Pad(before, _) -> Source.Listed(pad before x result)
        | Move.Gather(axis, picks) -> Source.Listed(gather axis picks x result)

    /// For each element of the result the element of the operand that it is, −1 for the code 0.
    let indices (move: Move) (x: int[]) (result: int[]) : int[] =
        match source move x result with
        | Source.Strided view -> map result (fun coordinates -> view.Offset + dot view.Strides coordinates)
        | Source.Listed indices -> indices

    /// Whether some elements of the result are the code 0 whatever the operand is.
    let fills (move: Move) =
        match move with
        | Move.Pad _ -> true
        | Move.Reshape _
        | Move.Transpose _
        | Move.Slice _
        | Move.Gather _
        | Move.Broadcast _ -> false

    /// Whether an element of the operand may become several of the result.
    let repeats (move: Move) =
        match move with
        | Move.Gather _
        | Move.Broadcast _ -> true
        | Move.Reshape _
        | Move.Transpose _
        | Move.Slice _
        | Move.Pad _ -> false

    /// As `indices`, but each padding element names the operand's nearest element instead.
    let nearest (move: Move) (x: int[]) (result: int[]) : int[] =
        match move with
        | Move.Pad(before, _) ->
            let strides = Shape.strides x

            map result (fun coordinates ->
                let mutable index = 0

                for axis in 0 .. x.Length - 1 do
                    index <-
                        index
                        + strides[axis] * min (max (coordinates[axis] - before[axis]) 0) (x[axis] - 1)

                index)
        | other -> indices other x result

    /// For each element of a concatenation: which operand, and which of its elements.
    let concat axis (operands: int[][]) (result: int[]) : (int * int)[] =
        let starts = operands |> Array.scan (fun start shape -> start + shape[axis]) 0
        let strides = operands |> Array.map Shape.strides
        let sources = Array.zeroCreate (Shape.count result)

        walk result (fun element coordinates ->
            let operand =
                Array.findIndexBack (fun start -> start <= coordinates[axis]) starts[.. operands.Length - 1]

            sources[element] <- operand, dot strides[operand] coordinates - starts[operand] * strides[operand][axis])

        sources

    /// For each element of an operand the element of the sum over `axes` to which it contributes.
    let reduction (axes: int[]) (x: int[]) : int[] =
        let kept =
            x |> Array.mapi (fun axis size -> if Array.contains axis axes then 1 else size)

        let strides =
            Shape.strides kept
            |> Array.mapi (fun axis stride -> if Array.contains axis axes then 0 else stride)

        map x (dot strides)
