namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A weighted operation as dot products: every result element is one filter over one patch of the operand.
type FilterGroup =
    {
        /// [positions][weights of a filter]: the operand's elements, −1 where a cell is padding.
        Patches: int[][]
        /// [filters][weights of a filter]: flat indices into the weight tensor.
        Weights: int[][]
        /// [filters][positions]: elements of the result.
        Results: int[][]
        /// [filters]: indices into the bias.
        Channels: int[]
    }

[<RequireQualifiedAccess>]
module Filters =

    /// x [..., M, K] · W [..., K, O]: one group per weight matrix.
    let ofMatMul (weights: int[]) (x: int[]) (result: int[]) : FilterGroup[] =
        let rank = weights.Length
        let inner, columns = weights[rank - 2], weights[rank - 1]
        let rows = if x.Length = 1 then 1 else x[x.Length - 2]

        let batch =
            if x.Length = 1 then
                result[.. result.Length - 2]
            else
                result[.. result.Length - 3]

        let xBatch = if x.Length = 1 then [||] else x[.. x.Length - 3]

        let xMatrix, wMatrix =
            Moves.broadcast xBatch batch, Moves.broadcast weights[.. rank - 3] batch

        wMatrix
        |> Array.indexed
        |> Array.groupBy snd
        |> Array.map (fun (matrix, batches) ->
            let lines =
                batches
                |> Array.collect (fun (batch, _) -> Array.init rows (fun row -> batch, row))

            {
                Patches =
                    lines
                    |> Array.map (fun (batch, row) -> Array.init inner (fun k -> (xMatrix[batch] * rows + row) * inner + k))
                Weights = Array.init columns (fun column -> Array.init inner (fun k -> (matrix * inner + k) * columns + column))
                Results =
                    Array.init columns (fun column -> lines |> Array.map (fun (batch, row) -> (batch * rows + row) * columns + column))
                Channels = [| 0 .. columns - 1 |]
            })

    let private taps (kernel: int[]) =
        let strides = Shape.strides kernel
        Array.init (Shape.count kernel) (fun tap -> kernel |> Array.mapi (fun axis size -> tap / strides[axis] % size))

    /// x [N, C, spatial...] * W [O, C/group, kernel...]: one group per convolution group.
    let ofConv (weights: int[]) (geometry: Geometry) group (x: int[]) (result: int[]) : FilterGroup[] =
        let spatial, cells = x[2..], result[2..]
        let strides, cellStrides = Shape.strides spatial, Shape.strides cells
        let area, resultArea = Shape.count spatial, Shape.count cells
        let perGroup, filters = weights[1], weights[0] / group
        let offsets = taps weights[2..]

        let source cell (tap: int[]) =
            let mutable index = 0

            for axis in 0 .. spatial.Length - 1 do
                let position =
                    cell / cellStrides[axis] % cells[axis] * geometry.Strides[axis]
                    + tap[axis] * geometry.Dilations[axis]
                    - geometry.PadsBegin[axis]

                if position < 0 || position >= spatial[axis] then
                    index <- -1
                elif index >= 0 then
                    index <- index + position * strides[axis]

            index

        let cellSources =
            Array.init resultArea (fun cell -> offsets |> Array.map (source cell))

        let size = perGroup * offsets.Length

        let places =
            Array.init (x[0] * resultArea) (fun place -> place / resultArea, place % resultArea)

        Array.init group (fun own ->
            let patch (image, cell) =
                Array.init size (fun k ->
                    let spot = cellSources[cell].[k % offsets.Length]

                    if spot < 0 then
                        -1
                    else
                        (image * x[1] + own * perGroup + k / offsets.Length) * area + spot)

            let channels = Array.init filters (fun filter -> own * filters + filter)

            {
                Patches = places |> Array.map patch
                Weights =
                    channels
                    |> Array.map (fun filter -> Array.init size (fun k -> filter * size + k))
                Results =
                    channels
                    |> Array.map (fun filter ->
                        places
                        |> Array.map (fun (image, cell) -> (image * weights[0] + filter) * resultArea + cell))
                Channels = channels
            })

    /// The groups of a weighted plan operation; none for others.
    let ofPlan (op: PlanOp option) (x: int[]) (result: int[]) : FilterGroup[] =
        match op with
        | Some(PlanOp.MatMul weights) -> ofMatMul weights.Values.Shape x result
        | Some(PlanOp.Conv(weights, geometry, group)) -> ofConv weights.Values.Shape geometry group x result
        | _ -> [||]

    /// One number per weight of a filter from one per element of the operand, when all patches agree on it (padding aside).
    let tryPerWeight (values: float[]) (group: FilterGroup) : float[] option =
        let size = group.Patches[0].Length
        let result = Array.create size nan
        let mutable agrees = true

        for patch in group.Patches do
            for k in 0 .. size - 1 do
                if patch[k] >= 0 then
                    let value = values[patch[k]]

                    if System.Double.IsNaN result[k] then
                        result[k] <- value
                    elif result[k] <> value then
                        agrees <- false

        if agrees then
            Some(
                result
                |> Array.map (fun value -> if System.Double.IsNaN value then 0.0 else value)
            )
        else
            None

    /// Σ weights · values over each patch: what offsets of the operand add to each result element.
    let offsets (values: float[]) (filters: float[][]) (group: FilterGroup) (result: float[]) =
        if Array.exists ((<>) 0.0) values then
            for filter in 0 .. filters.Length - 1 do
                group.Patches
                |> Array.iteri (fun position patch ->
                    let mutable sum = 0.0

                    for k in 0 .. patch.Length - 1 do
                        if patch[k] >= 0 then
                            sum <- sum + filters[filter].[k] * values[patch[k]]

                    let element = group.Results[filter].[position]
                    result[element] <- result[element] + sum)
