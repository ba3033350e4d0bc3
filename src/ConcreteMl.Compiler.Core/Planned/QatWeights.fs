namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Weighted operations of imported quantized networks: the file's weight codes, unchanged.
[<RequireQualifiedAccess>]
module QatWeights =

    /// Weights without a quantizer of their own are read as codes of at most this size.
    let private mostCode = 127

    /// The scale of every weight, in the plan's order; from the file, or recovered filter by filter where values alone show it.
    let private scales (weights: Weights) (groups: FilterGroup[]) : float[] option =
        let values = Tensor.toFloat64s weights.Values

        match weights.Steps with
        | Some steps -> Some(Tensor.toFloat64s steps)
        | None ->
            let result = Array.create values.Length nan

            for group in groups do
                for places in group.Weights do
                    match FileQuantizers.commonStep mostCode (places |> Array.map (fun place -> values[place])) with
                    | Some step -> places |> Array.iter (fun place -> result[place] <- step)
                    | None -> ()

            if Array.exists Double.IsNaN result then
                None
            else
                Some result

    /// Steps for weights that the file holds as plain numbers: the largest of each filter becomes the largest code. With 8 bits, an
    /// error of 1/254 of the largest weight at most, they lose less than the activations that they meet.
    let private roundedScales (weights: Weights) (groups: FilterGroup[]) : float[] =
        let values = Tensor.toFloat64s weights.Values
        let result = Array.zeroCreate<float> values.Length

        for group in groups do
            for places in group.Weights do
                let largest =
                    places |> Array.fold (fun most place -> max most (abs values[place])) 0.0

                places
                |> Array.iter (fun place -> result[place] <- max result[place] (largest / float mostCode))

        result |> Array.map (fun step -> if step > 0.0 then step else 1.0)

    /// Products of scales as multiples of the least one: with their sign and rounded, and their magnitude.
    let private factorsOf least (operand: float[]) (scale: float[]) =
        Array.map2
            (fun (x: float) w ->
                let factor = abs (x * w) / least
                float (sign (x * w)) * Math.Round factor, factor)
            operand
            scale

    /// Codes of one filter and the scale of its accumulator: operand and weight scales may differ within the filter by whole factors.
    let private filterCodes (operand: float[]) (scale: float[]) (values: float[]) : (int64[] * float) option =
        let products = Array.map2 (fun x w -> abs (x * w)) operand scale

        let used =
            Array.zip products values
            |> Array.filter (fun (product, value) -> product > 0.0 && value <> 0.0)

        let agrees (whole, factor) value =
            value = 0.0 || abs (abs whole - factor) < 1e-4 * factor && factor < 1e6

        if used.Length = 0 then
            let any = Array.tryHead products |> Option.filter (fun product -> product > 0.0)
            Some(Array.zeroCreate values.Length, Option.defaultValue 1.0 any)
        else
            let least = used |> Array.map fst |> Array.min
            let factors = factorsOf least operand scale

            if Array.forall2 agrees factors values then
                Some(Array.mapi (fun k value -> int64 (Math.Round(value / scale[k] * fst factors[k]))) values, least)
            else
                None

    let private refuse (findings: System.Collections.Generic.List<Diagnostic>) code (node: PlanNode) message expected cure =
        findings.Add(Diagnostic.error code (node.Origin |> List.tryLast |> Option.defaultValue "the model") message expected cure)
        None


    /// Weight codes, and the scales and offsets of the results, as they are filled in.
    type private Filled =
        {
            Codes: int64[]
            Scales: float[]
            Offsets: float[]
        }

    /// Fills in a filter; false where its scales differ by no whole factors.
    let private fillFilter (weights: Weights) (values: float[]) (scale: float[]) operand (group: FilterGroup) (into: Filled) filter =
        let places = group.Weights[filter]

        let pick (of': float[]) =
            places |> Array.map (fun place -> of'[place])

        match filterCodes operand (pick scale) (pick values) with
        | None -> false
        | Some(own, step) ->
            Array.iter2 (fun place code -> into.Codes[place] <- code) places own
            let bias = Filters.bias weights group filter

            for element in group.Results[filter] do
                into.Scales[element] <- step
                into.Offsets[element] <- into.Offsets[element] + bias

            true

    /// Per weight: its code; per result element: scale and offset.
    let private fill (x: Emitted) (weights: Weights) (scale: float[]) (groups: FilterGroup[]) count : Filled option =
        let values = Tensor.toFloat64s weights.Values

        let into =
            {
                Codes = Array.zeroCreate values.Length
                Scales = Array.zeroCreate count
                Offsets = Array.zeroCreate count
            }

        let fillGroup (group: FilterGroup) =
            match Filters.tryPerWeight x.Scale group with
            | None -> false
            | Some operand ->
                Filters.offsets x.Offset (group.Weights |> Array.map (Array.map (fun place -> values[place]))) group into.Offsets

                [| 0 .. group.Weights.Length - 1 |]
                |> Array.forall (fillFilter weights values scale operand group into)

        if Array.forall fillGroup groups then Some into else None

    let private place (node: PlanNode) =
        node.Origin |> List.tryLast |> Option.defaultValue "the model"

    let private rounded (context: Context) (node: PlanNode) weights groups =
        Diagnostic.warning
            "CML3027"
            (place node)
            "the weights have no quantizer: they are rounded to 8 bits"
            "a quantizer on the weights"
            "Train this layer with quantized weights where results must be the file's own to the last digit."
        |> context.Warn

        roundedScales weights groups

    let private disagreeing findings node =
        refuse
            findings
            "CML3024"
            node
            "the scales of operand and weights differ within one dot product"
            "one scale per output channel for weights, one per tensor for activations"
            "quantize activations per tensor"

    /// Emits a weighted operation with the file's codes; weights without a quantizer are rounded here (CML3027). Finding CML3024: scales that
    /// do not agree.
    let emit (context: Context) (conversion: Conversion) (node: PlanNode) (x: Emitted) findings : Emitted option =
        let groups = Filters.ofPlan node.Op x.Batch.Shape node.Shape

        match Filters.tryWeighted node.Op with
        | None -> None
        | Some(weights, operation) ->
            let scale =
                match scales weights groups with
                | Some scale -> scale
                | None -> rounded context node weights groups

            match fill x weights scale groups (Shape.count node.Shape) with
            | None -> disagreeing findings node
            | Some found ->
                let linear = operation (Tensor.ofIntegers weights.Values.Shape found.Codes)
                Some(Conversion.linear conversion x linear found.Scales found.Offsets node.Origin)
