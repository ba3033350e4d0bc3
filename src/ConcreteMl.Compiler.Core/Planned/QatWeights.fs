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

    /// Codes of one filter and the scale of its accumulator: operand and weight scales may differ within the filter by whole factors.
    let private filterCodes (operand: float[]) (scale: float[]) (values: float[]) : (int64[] * float) option =
        let products = Array.map2 (fun x w -> abs (x * w)) operand scale

        let used =
            Array.zip products values
            |> Array.filter (fun (product, value) -> product > 0.0 && value <> 0.0)

        if used.Length = 0 then
            Some(
                Array.zeroCreate values.Length,
                (if products.Length > 0 && products[0] > 0.0 then
                     products[0]
                 else
                     1.0)
            )
        else
            let least = used |> Array.map fst |> Array.min

            let factors =
                Array.map2 (fun x w -> let factor = abs (x * w) / least in (float (sign (x * w))) * Math.Round factor, factor) operand scale

            let agrees =
                Array.forall2
                    (fun (whole, factor) value -> value = 0.0 || abs (abs whole - factor) < 1e-4 * factor && factor < 1e6)
                    factors
                    values

            if agrees then
                Some(Array.mapi (fun k value -> int64 (Math.Round(value / scale[k] * fst factors[k]))) values, least)
            else
                None

    let private refuse (findings: System.Collections.Generic.List<Diagnostic>) code (node: PlanNode) message expected cure =
        findings.Add(Diagnostic.error code (node.Origin |> List.tryLast |> Option.defaultValue "the model") message expected cure)
        None

    let private parts (op: PlanOp option) =
        match op with
        | Some(PlanOp.MatMul weights) -> Some(weights, Linear.MatMul)
        | Some(PlanOp.Conv(weights, geometry, group)) -> Some(weights, (fun codes -> Linear.Conv(codes, geometry, group)))
        | _ -> None

    /// Per weight: its code; per result element: scale and offset.
    let private fill (x: Emitted) (weights: Weights) (scale: float[]) (groups: FilterGroup[]) count =
        let values = Tensor.toFloat64s weights.Values
        let codes = Array.zeroCreate<int64> values.Length
        let scales, offsets = Array.zeroCreate<float> count, Array.zeroCreate<float> count

        let agreed =
            groups
            |> Array.forall (fun group ->
                match Filters.tryPerWeight x.Scale group with
                | None -> false
                | Some operand ->
                    Filters.offsets x.Offset (group.Weights |> Array.map (Array.map (fun place -> values[place]))) group offsets

                    group.Weights
                    |> Array.indexed
                    |> Array.forall (fun (filter, places) ->
                        match
                            filterCodes
                                operand
                                (places |> Array.map (fun place -> scale[place]))
                                (places |> Array.map (fun place -> values[place]))
                        with
                        | None -> false
                        | Some(own, step) ->
                            Array.iter2 (fun place code -> codes[place] <- code) places own

                            let bias =
                                weights.Bias
                                |> Option.map (fun bias -> bias[group.Channels[filter]])
                                |> Option.defaultValue 0.0

                            for element in group.Results[filter] do
                                scales[element] <- step
                                offsets[element] <- offsets[element] + bias

                            true))

        if agreed then Some(codes, scales, offsets) else None

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

    /// Emits a weighted operation with the file's codes; weights without a quantizer are rounded here (CML3027). Finding CML3024: scales that
    /// do not agree.
    let emit (context: Context) (conversion: Conversion) (node: PlanNode) (x: Emitted) findings : Emitted option =
        let groups = Filters.ofPlan node.Op x.Batch.Shape node.Shape

        match parts node.Op with
        | None -> None
        | Some(weights, operation) ->
            let scale =
                match scales weights groups with
                | Some scale -> scale
                | None -> rounded context node weights groups

            match fill x weights scale groups (Shape.count node.Shape) with
            | None ->
                refuse
                    findings
                    "CML3024"
                    node
                    "the scales of operand and weights differ within one dot product"
                    "one scale per output channel for weights, one per tensor for activations"
                    "quantize activations per tensor"
            | Some(codes, scales, offsets) ->
                let linear = operation (Tensor.ofIntegers weights.Values.Shape codes)
                let id, batch = conversion.Emitter.Linear(linear, [ x.Id, x.Batch ], node.Origin)

                Some
                    {
                        Id = id
                        Batch = batch
                        Scale = scales
                        Offset = offsets
                        Worst = LinearRange.worst linear [ x.Batch.Shape ] [ x.Worst ]
                    }
