namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

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

    /// For each element of the result the element of the operand that it is, −1 for padding; None for other operations.
    let indices (linear: Linear) (x: int[]) (result: int[]) : int[] option =
        match linear with
        | Linear.Reshape _ -> Some [| 0 .. Shape.count x - 1 |]
        | Linear.Transpose permutation ->
            let strides = Shape.strides x
            Some(map result (dot (permutation |> Array.map (fun axis -> strides[axis]))))
        | Linear.Slice(starts, _, steps) ->
            let strides = Shape.strides x
            let first = dot strides starts
            let moved = Array.map2 (*) strides steps
            Some(map result (fun coordinates -> first + dot moved coordinates))
        | Linear.Pad(before, _) -> Some(pad before x result)
        | Linear.Gather(axis, picks) -> Some(gather axis picks x result)
        | Linear.Broadcast _ -> Some(broadcast x result)
        | Linear.MatMul _
        | Linear.Conv _
        | Linear.SumPool _
        | Linear.ReduceSum _
        | Linear.Combine _
        | Linear.Scale _
        | Linear.Shift _
        | Linear.Concat _ -> None

    /// As `indices`, but each padding element names the operand's nearest element instead.
    let nearest (linear: Linear) (x: int[]) (result: int[]) : int[] option =
        match linear with
        | Linear.Pad(before, _) ->
            let strides = Shape.strides x

            map result (fun coordinates ->
                let mutable index = 0

                for axis in 0 .. x.Length - 1 do
                    index <-
                        index
                        + strides[axis] * min (max (coordinates[axis] - before[axis]) 0) (x[axis] - 1)

                index)
            |> Some
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
