namespace ConcreteMl.Compiler.Core.Quant.Planning

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Post-training quantization of weighted operations: weight codes per output channel that minimize the output's error over
/// calibration, given the codes that arrive there; biases and mean errors go into the result's meaning.
[<RequireQualifiedAccess>]
module PtqWeights =

    /// Rows (samples times positions) that decide weights.
    let private enoughRows = 4096

    /// Accumulators are kept narrow enough for a lookup of this many bits.
    let private widestLookup = 16

    /// How much of the target is the covariance with the real output, rather than the real weights on the arriving codes.
    let private trust rows size =
        0.7 * float rows / (float rows + 4.0 * float size)

    /// Sampled (position, lane) pairs, evenly spread and deterministic.
    let private pairs positions lanes =
        let total = positions * lanes
        let count = min total enoughRows
        Array.init count (fun index -> let place = int (int64 index * int64 total / int64 count) in place % positions, place / positions)

    let private rows (batch: IntegerBatch) (group: FilterGroup) (places: (int * int)[]) : float[][] =
        places
        |> Array.map (fun (position, lane) ->
            group.Patches[position]
            |> Array.map (fun element ->
                if element < 0 then
                    0.0
                else
                    float batch.Data[element * batch.Lanes + lane]))

    /// Covariance of every operand code with the wanted output of one filter.
    let private covariance (moments: Moments) (rows: float[][]) (wanted: float[]) =
        let mean = Array.average wanted
        let sums = Array.zeroCreate<float> moments.Size

        rows
        |> Array.iteri (fun index row ->
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(
                ReadOnlySpan<float>(row),
                (wanted[index] - mean),
                ReadOnlySpan<float>(sums),
                Span<float>(sums)
            ))

        sums |> Array.map (fun sum -> sum / float rows.Length)

    let private leastScale (reference: float[]) lanes (elements: int[]) =
        let mutable low, high = Double.PositiveInfinity, Double.NegativeInfinity

        for element in elements do
            for position in element * lanes .. (element + 1) * lanes - 1 do
                low <- min low reference[position]
                high <- max high reference[position]

        max 1e-30 ((high - low) * 1.1 / float (1L <<< widestLookup))

    /// The weight codes of one filter, given what its scale has to agree with.
    let private filter (options: QuantOptions) (encounter: Encounter option) moments target least element weights : WeightCodes =
        let free = WeightSearch.solve moments target options.OpWeights least None weights

        match encounter with
        | Some {
                   Factor = factor
                   Other = other
                   Known = true
               } when other[element] > 0.0 && free.Scale > 0.0 ->
            let scales = Meet.candidates factor[element] other[element] free.Scale
            WeightSearch.solve moments target options.OpWeights least (Some scales) weights
        | _ -> free

    /// The codes of all filters of a group: one array per filter.
    let private solveGroup (conversion: Conversion) (x: Emitted) (reference: float[]) encounter (real: float[][]) (group: FilterGroup) =
        let lanes = x.Batch.Lanes
        let places = pairs group.Patches.Length lanes
        let rows = rows x.Batch group places
        let plain = WeightSearch.moments group.Patches[0].Length rows
        let moments = WeightSearch.regularized plain
        let trust = trust rows.Length plain.Size

        Array.Parallel.init group.Results.Length (fun index ->
            let results = group.Results[index]

            let wanted =
                places
                |> Array.map (fun (position, lane) -> reference[results[position] * lanes + lane])

            let weights = real[index]
            let own = WeightSearch.apply moments weights

            let drift =
                Array.map2 (-) (covariance plain rows wanted) (WeightSearch.apply plain weights)

            let target = Array.map2 (fun own drift -> own + trust * drift) own drift
            filter conversion.Options encounter moments target (leastScale reference lanes results) results[0] weights)

    /// Moves the mean error over calibration of each channel into its offset.
    let private correctBias (reference: float[]) (batch: IntegerBatch) (scale: float[]) (offset: float[]) (group: FilterGroup) =
        for results in group.Results do
            let mutable sum = 0.0

            for element in results do
                for position in element * batch.Lanes .. (element + 1) * batch.Lanes - 1 do
                    sum <-
                        sum + reference[position]
                        - scale[element] * float batch.Data[position]
                        - offset[element]

            let mean = sum / float (results.Length * batch.Lanes)

            for element in results do
                offset[element] <- offset[element] + mean

    let private parts (op: PlanOp) =
        match op with
        | PlanOp.MatMul weights -> Some(weights, Linear.MatMul)
        | PlanOp.Conv(weights, geometry, group) -> Some(weights, (fun codes -> Linear.Conv(codes, geometry, group)))
        | _ -> None

    /// Emits a weighted operation. The operand's scale must be one per weight of a filter (`Filters.tryPerWeight`).
    let emit (conversion: Conversion) (node: PlanNode) index (x: Emitted) (scales: float[][]) (groups: FilterGroup[]) : Emitted option =
        match parts node.Op, conversion.Reference index with
        | Some(weights, operation), Some reference ->
            let values = Tensor.toFloat64s weights.Values
            let codes = Array.zeroCreate<int64> values.Length
            let count = Shape.count node.Shape
            let scale, offset = Array.zeroCreate<float> count, Array.zeroCreate<float> count
            let encounter = Meet.encounter conversion index

            groups
            |> Array.iteri (fun own group ->
                let real =
                    group.Weights
                    |> Array.map (Array.mapi (fun k place -> values[place] * scales[own].[k]))

                let solved = solveGroup conversion x reference encounter real group

                let effective =
                    Array.init solved.Length (fun filter ->
                        group.Weights[filter]
                        |> Array.mapi (fun k place ->
                            codes[place] <- solved[filter].Codes[k]
                            let operand = scales[own].[k]

                            if operand = 0.0 then
                                values[place]
                            else
                                float solved[filter].Codes[k] * solved[filter].Scale / operand))

                Filters.offsets x.Offset effective group offset

                group.Results
                |> Array.iteri (fun filter elements ->
                    for element in elements do
                        scale[element] <- solved[filter].Scale

                        offset[element] <-
                            offset[element]
                            + (weights.Bias
                               |> Option.map (fun bias -> bias[group.Channels[filter]])
                               |> Option.defaultValue 0.0)))

            let linear = operation (Tensor.ofIntegers weights.Values.Shape codes)
            let id, batch = conversion.Emitter.Linear(linear, [ x.Id, x.Batch ], node.Origin)
            groups |> Array.iter (correctBias reference batch scale offset)

            Some
                {
                    Id = id
                    Batch = batch
                    Scale = scale
                    Offset = offset
                    Worst = LinearRange.worst linear [ x.Batch.Shape ] [ x.Worst ]
                }
        | _ -> None
