namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Post-training quantization of weighted operations: weight codes per output channel that minimize the output's error over
/// calibration, given the codes that arrive there; biases and mean errors go into the result's meaning.
[<RequireQualifiedAccess>]
module PtqWeights =

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

    let private parts (op: PlanOp option) =
        match op with
        | Some(PlanOp.MatMul weights) -> Some(weights, Linear.MatMul)
        | Some(PlanOp.Conv(weights, geometry, group)) -> Some(weights, (fun codes -> Linear.Conv(codes, geometry, group)))
        | _ -> None

    /// The real weights that the codes of a group stand for; weights of operands that are always 0 stay as they are.
    let private effective (values: float[]) (scales: float[]) (group: FilterGroup) (solved: WeightCodes[]) =
        Array.init solved.Length (fun filter ->
            group.Weights[filter]
            |> Array.mapi (fun k place ->
                if scales[k] = 0.0 then
                    values[place]
                else
                    float solved[filter].Codes[k] * solved[filter].Scale / scales[k]))

    /// Emits a weighted operation. The operand's scale must be one per weight of a filter (`Filters.tryPerWeight`).
    let emit (conversion: Conversion) (node: PlanNode) index (x: Emitted) (scales: float[][]) (groups: FilterGroup[]) : Emitted option =
        match parts node.Op, conversion.Reference index with
        | Some(weights, operation), Some reference ->
            let values = Tensor.toFloat64s weights.Values
            let codes = Array.zeroCreate<int64> values.Length
            let count = Shape.count node.Shape
            let scale, offset = Array.zeroCreate<float> count, Array.zeroCreate<float> count
            let encounter = Meet.encounter conversion index

            let room = conversion.Room index

            let exact = WeightAgreement.isExact conversion index x

            let solve scale =
                groups
                |> Array.mapi (fun own group ->
                    let real =
                        group.Weights
                        |> Array.map (Array.mapi (fun k place -> values[place] * scales[own].[k]))

                    if exact then
                        real
                        |> Array.map (fun real ->
                            {
                                Codes = Array.map int64 real
                                Scale = 1.0
                                Error = 0.0
                            })
                    else
                        FilterCodes.solveGroup conversion index room x reference encounter scale scales[own] real group)

            let solutions =
                let free = solve None

                if not exact && conversion.SelfMeetings[index] then
                    solve (Some(free |> Array.concat |> Array.map _.Scale |> Array.max))
                else
                    free

            groups
            |> Array.iteri (fun own group ->
                let solved = solutions[own]

                group.Weights
                |> Array.iteri (fun filter places -> places |> Array.iteri (fun k place -> codes[place] <- solved[filter].Codes[k]))

                Filters.offsets x.Offset (effective values scales[own] group solved) group offset

                group.Results
                |> Array.iteri (fun filter elements ->
                    // a filter without weights gives a constant, whose scale must not count beside others
                    let step =
                        if Array.forall ((=) 0L) solved[filter].Codes then
                            0.0
                        else
                            solved[filter].Scale

                    for element in elements do
                        scale[element] <- step

                        offset[element] <-
                            offset[element]
                            + (weights.Bias
                               |> Option.map (fun bias -> bias[group.Channels[filter]])
                               |> Option.defaultValue 0.0)))

            let linear = operation (Tensor.ofIntegers weights.Values.Shape codes)
            let id, batch = conversion.Emitter.Linear(linear, [ x.Id, x.Batch ], node.Origin)

            if not exact then
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
