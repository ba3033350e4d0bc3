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

/// Weighted operations taken apart into filters.
[<RequireQualifiedAccess>]
module Filters =

    /// The weights of each column of a matrix.
    let private columnWeights matrix inner columns =
        Array.init columns (fun column -> Array.init inner (fun k -> (matrix * inner + k) * columns + column))

    /// x [..., M, K] · W [..., K, O]: one group per weight matrix.
    let ofMatMul (weights: int[]) (x: int[]) (result: int[]) : FilterGroup[] =
        let rank = weights.Length
        let inner, columns = weights[rank - 2], weights[rank - 1]
        // a vector is one row, and its result has no axis of rows
        let axes, rows = if x.Length = 1 then 1, 1 else 2, x[x.Length - 2]
        let batch = result[.. result.Length - 1 - axes]
        let xMatrix = Moves.broadcast x[.. x.Length - 1 - axes] batch

        Moves.broadcast weights[.. rank - 3] batch
        |> Array.indexed
        |> Array.groupBy snd
        |> Array.map (fun (matrix, batches) ->
            let lines = Array.allPairs (Array.map fst batches) [| 0 .. rows - 1 |]

            {
                Patches =
                    lines
                    |> Array.map (fun (batch, row) -> Array.init inner (fun k -> (xMatrix[batch] * rows + row) * inner + k))
                Weights = columnWeights matrix inner columns
                Results =
                    Array.init columns (fun column -> lines |> Array.map (fun (batch, row) -> (batch * rows + row) * columns + column))
                Channels = [| 0 .. columns - 1 |]
            })

    let private taps (kernel: int[]) =
        let strides = Shape.strides kernel
        Array.init (Shape.count kernel) (fun tap -> kernel |> Array.mapi (fun axis size -> tap / strides[axis] % size))

    /// For every cell of the result the operand's cells under the kernel; -1 where they are padding.
    let private cellSources (kernel: int[]) (geometry: Geometry) (spatial: int[]) (cells: int[]) : int[][] =
        let strides, cellStrides = Shape.strides spatial, Shape.strides cells
        let offsets = taps kernel

        let source cell (tap: int[]) =
            Shape.offsetOf spatial strides (fun axis ->
                cell / cellStrides[axis] % cells[axis] * geometry.Strides[axis]
                + tap[axis] * geometry.Dilations[axis]
                - geometry.PadsBegin[axis])

        Array.init (Shape.count cells) (fun cell -> offsets |> Array.map (source cell))

    /// x [N, C, spatial...] * W [O, C/group, kernel...]: one group per convolution group.
    let ofConv (weights: int[]) (geometry: Geometry) group (x: int[]) (result: int[]) : FilterGroup[] =
        let cellSources = cellSources weights[2..] geometry x[2..] result[2..]
        let area, resultArea = Shape.count x[2..], cellSources.Length
        let taps = Shape.count weights[2..]
        let perGroup, filters = weights[1], weights[0] / group
        let places = Array.allPairs [| 0 .. x[0] - 1 |] [| 0 .. resultArea - 1 |]

        let weightsOf filter =
            Array.init (perGroup * taps) (fun k -> filter * perGroup * taps + k)

        let resultsOf filter =
            places
            |> Array.map (fun (image, cell) -> (image * weights[0] + filter) * resultArea + cell)

        let patch own (image, cell) =
            Array.init (perGroup * taps) (fun k ->
                let spot = cellSources[cell].[k % taps]
                let channel = image * x[1] + own * perGroup + k / taps
                if spot < 0 then -1 else channel * area + spot)

        Array.init group (fun own ->
            let channels = Array.init filters (fun filter -> own * filters + filter)

            {
                Patches = places |> Array.map (patch own)
                Weights = channels |> Array.map weightsOf
                Results = channels |> Array.map resultsOf
                Channels = channels
            })

    /// The groups of a weighted plan operation; none for others.
    let ofPlan (op: PlanOp option) (x: int[]) (result: int[]) : FilterGroup[] =
        match op with
        | Some(PlanOp.MatMul weights) -> ofMatMul weights.Values.Shape x result
        | Some(PlanOp.Conv(weights, geometry, group)) -> ofConv weights.Values.Shape geometry group x result
        | _ -> [||]

    let private orZero value =
        if System.Double.IsNaN value then 0.0 else value

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

        if agrees then Some(Array.map orZero result) else None

    /// The bias of a filter; 0 without biases.
    let internal bias (weights: Weights) (group: FilterGroup) filter =
        weights.Bias
        |> Option.map (fun bias -> bias[group.Channels[filter]])
        |> Option.defaultValue 0.0

    /// The bias of every result element of a weighted operation on an operand of shape `x`; 0 for other operations.
    let internal biases (op: PlanOp option) (x: int[]) (result: int[]) : float[] =
        let found = Array.zeroCreate<float>(Shape.count result)

        match op with
        | Some(PlanOp.MatMul weights)
        | Some(PlanOp.Conv(weights, _, _)) ->
            for group in ofPlan op x result do
                group.Results
                |> Array.iteri (fun filter -> Array.iter (fun element -> found[element] <- bias weights group filter))
        | _ -> ()

        found

    /// The weights of a weighted operation, and the operation with codes in their place; None for other operations.
    let internal tryWeighted (op: PlanOp option) : (Weights * (Tensor -> Linear)) option =
        match op with
        | Some(PlanOp.MatMul weights) -> Some(weights, Linear.MatMul)
        | Some(PlanOp.Conv(weights, geometry, group)) -> Some(weights, (fun codes -> Linear.Conv(codes, geometry, group)))
        | _ -> None

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
