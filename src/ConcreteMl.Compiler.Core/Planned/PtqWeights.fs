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


    /// The real weights that the codes of a group stand for; weights of operands that are always 0 stay as they are.
    let private effective (values: float[]) (scales: float[]) (group: FilterGroup) (solved: WeightCodes[]) =
        Array.init solved.Length (fun filter ->
            group.Weights[filter]
            |> Array.mapi (fun k place ->
                if scales[k] = 0.0 then
                    values[place]
                else
                    float solved[filter].Codes[k] * solved[filter].Scale / scales[k]))

    /// The real weights of a group's filters as factors of the operand's codes.
    let private onCodes (values: float[]) (scales: float[]) (group: FilterGroup) =
        group.Weights
        |> Array.map (Array.mapi (fun k place -> values[place] * scales[k]))

    /// Weights that are whole numbers already.
    let private asTheyAre (real: float[]) : WeightCodes =
        {
            Codes = Array.map int64 real
            Scale = 1.0
            Error = 0.0
        }

    /// The codes of every group's filters. Where the result meets itself, all filters have the largest of their scales.
    let private solutions
        (conversion: Conversion)
        index
        (x: Emitted)
        reference
        (real: float[][][])
        (scales: float[][])
        (groups: FilterGroup[])
        =
        let encounter = Meet.encounter conversion index
        let room = conversion.Room index

        let solve scale =
            Array.map3 (FilterCodes.solveGroup conversion index room x reference encounter scale) scales real groups

        let free = solve None

        if conversion.SelfMeetings[index] then
            solve (Some(free |> Array.concat |> Array.map _.Scale |> Array.max))
        else
            free

    /// Writes the codes of a group's filters into the weights, and what its results mean.
    let private write (weights: Weights) (group: FilterGroup) (solved: WeightCodes[]) (codes: int64[]) (scale: float[]) (offset: float[]) =
        for filter, own in Array.indexed solved do
            Array.iter2 (fun place code -> codes[place] <- code) group.Weights[filter] own.Codes

            // a filter without weights gives a constant, whose scale must not count beside others
            let step = if Array.forall ((=) 0L) own.Codes then 0.0 else own.Scale
            let bias = Filters.bias weights group filter

            for element in group.Results[filter] do
                scale[element] <- step
                offset[element] <- offset[element] + bias

    /// Emits a weighted operation. The operand's scale must be one per weight of a filter (`Filters.tryPerWeight`).
    let emit (conversion: Conversion) (node: PlanNode) index (x: Emitted) (scales: float[][]) (groups: FilterGroup[]) : Emitted option =
        match Filters.tryWeighted node.Op, conversion.Reference index with
        | Some(weights, operation), Some reference ->
            let values = Tensor.toFloat64s weights.Values
            let real = Array.map2 (onCodes values) scales groups
            let exact = WeightAgreement.isExact conversion index x

            let solved =
                if exact then
                    real |> Array.map (Array.map asTheyAre)
                else
                    solutions conversion index x reference real scales groups

            let codes = Array.zeroCreate<int64> values.Length
            let count = Shape.count node.Shape
            let scale, offset = Array.zeroCreate<float> count, Array.zeroCreate<float> count

            for own, group in Array.indexed groups do
                Filters.offsets x.Offset (effective values scales[own] group solved[own]) group offset
                write weights group solved[own] codes scale offset

            let linear = operation (Tensor.ofIntegers weights.Values.Shape codes)
            let result = Conversion.linear conversion x linear scale offset node.Origin

            if not exact then
                groups |> Array.iter (correctBias reference result.Batch scale offset)

            Some result
        | _ -> None
