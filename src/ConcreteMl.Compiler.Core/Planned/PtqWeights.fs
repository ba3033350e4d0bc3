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

    /// Which filters of a group have at most one weight: what they give is what their operand's code stands for, and moved, it would
    /// no longer be between the thresholds that the code was chosen by.
    let private single (values: float[]) (group: FilterGroup) : bool[] =
        let weightsOf (own: int[]) =
            own |> Seq.filter (fun place -> values[place] <> 0.0)

        group.Weights |> Array.map (fun own -> Seq.length (weightsOf own) < 2)

    /// A group without the filters that keep what their codes mean.
    let private without (kept: bool[]) (group: FilterGroup) : FilterGroup =
        { group with
            Results = Array.zip group.Results kept |> Array.filter (snd >> not) |> Array.map fst
        }

    /// The results of a weighted operation without their mean errors over calibration, filter by filter.
    let internal corrected (conversion: Conversion) index (node: PlanNode) (result: Emitted) : Emitted =
        match Filters.tryWeighted node.Op, conversion.Reference index with
        | Some(weights, _), Some reference ->
            let values = Tensor.toFloat64s weights.Values
            let offset = Array.copy result.Offset

            for group in Filters.ofPlan node.Op conversion.Plan.Nodes[node.Operands[0]].Shape node.Shape do
                without (single values group) group
                |> correctBias reference result.Batch result.Scale offset

            { result with Offset = offset }
        | _ -> result

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

    /// Whether all that reads a value sums it.
    let rec private isSummed (conversion: Conversion) index =
        let reads reader =
            match conversion.Plan.Nodes[reader].Op with
            | Some(PlanOp.Move _ | PlanOp.Centre | PlanOp.Affine _) -> isSummed conversion reader
            | Some(PlanOp.SumPool _ | PlanOp.ReduceSum _) -> true
            | op -> PlainSums.isPlain op

        let readers = conversion.Consumers[index]
        let isOutput = conversion.Plan.Outputs |> Array.exists (snd >> (=) index)
        not isOutput && not readers.IsEmpty && List.forall reads readers

    /// The scales with which filters whose results are added up agree: the largest of those that meet, by filter.
    let rec private agreeing (labels: int[][]) (scales: float[]) : float[] =
        let largest =
            Array.zip labels scales
            |> Seq.collect (fun (own, scale) -> own |> Seq.map (fun label -> label, scale))
            |> Seq.groupBy fst
            |> Seq.map (fun (label, all) -> label, all |> Seq.map snd |> Seq.max)
            |> dict

        let next =
            Array.map2 (fun own scale -> own |> Array.fold (fun most label -> max most largest[label]) scale) labels scales

        // `Equals`, unlike =, holds for what is no number too
        if Array.forall2 (fun (scale: float) next -> scale.Equals(next: float)) scales next then
            scales
        else
            agreeing labels next

    /// The classes of each filter's results that those of other filters are in too.
    let private sharedClasses (classes: Classes) (groups: FilterGroup[]) : int[][] =
        let own =
            groups
            |> Array.collect _.Results
            |> Array.map (Array.map (fun element -> classes[element]) >> Array.distinct)

        let shared =
            own
            |> Array.concat
            |> Array.countBy id
            |> Array.filter (fun (_, filters) -> filters > 1)
            |> Array.map fst
            |> System.Collections.Generic.HashSet

        own |> Array.map (Array.filter shared.Contains)

    /// Filters' scales where sums alone read what they give; None for filters whose results meet no others.
    let private summedScales (conversion: Conversion) index (groups: FilterGroup[]) (free: WeightCodes[][]) : float option[][] =
        let labels =
            if isSummed conversion index then
                sharedClasses conversion.Groupings[index].Scales groups
            else
                groups |> Array.collect _.Results |> Array.map (fun _ -> [||])

        let chosen =
            free
            |> Array.concat
            |> Array.map _.Scale
            |> agreeing labels
            |> Array.map2 (fun (own: int[]) scale -> if own.Length > 0 then Some scale else None) labels

        let ends = groups |> Array.map _.Results.Length |> Array.scan (+) 0

        Array.pairwise ends
        |> Array.map (fun (first, behind) -> chosen[first .. behind - 1])

    /// The codes of every group's filters. Where the result meets itself, all filters have the largest of their scales, and so do filters
    /// whose results nothing reads but their sum: its error has the same steps from all of them.
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

        let solve (fixedScales: float option[][]) =
            Array.zip3 scales real groups
            |> Array.map2
                (fun own (scales, real, group) -> FilterCodes.solveGroup conversion index room x reference encounter own scales real group)
                fixedScales

        let all (scale: float option) =
            groups |> Array.map (fun group -> Array.create group.Results.Length scale)

        let free = solve (all None)

        let wanted =
            if conversion.SelfMeetings[index] then
                free |> Array.concat |> Array.map _.Scale |> Array.max |> Some |> all
            else
                summedScales conversion index groups free

        if wanted = all None then free else solve wanted

    /// Whether no other value asks for the scale of an operation's results.
    let private isFree (conversion: Conversion) index =
        (Meet.encounter conversion index).IsNone
        && not conversion.SelfMeetings[index]
        && not (isSummed conversion index)

    /// Which filters are exact, and the codes of all: those of a single weight, and on whole numbers those whose weights are whole
    /// multiples of a step.
    let private exactWhere conversion index (x: Emitted) (real: float[][][]) (found: WeightCodes[][]) : bool[][] * WeightCodes[][] =
        let isWhole =
            conversion.Whole[conversion.Plan.Nodes[index].Operands[0]]
            && Array.forall ((=) 1.0) x.Scale

        let isFree = isFree conversion index

        let exact (weights: float[]) found =
            if not isFree then
                None
            elif isWhole then
                WeightAgreement.trySteps conversion.Options.OpWeights weights found
            else
                WeightAgreement.trySingle weights

        let steps = Array.map2 (Array.map2 exact) real found

        steps |> Array.map (Array.map Option.isSome), Array.map2 (Array.map2 Option.defaultValue) found steps

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

            let exact, solved =
                if WeightAgreement.isExact conversion index x then
                    real |> Array.map (Array.map (fun _ -> true)), real |> Array.map (Array.map asTheyAre)
                else
                    solutions conversion index x reference real scales groups
                    |> exactWhere conversion index x real

            let codes = Array.zeroCreate<int64> values.Length
            let count = Shape.count node.Shape
            let scale, offset = Array.zeroCreate<float> count, Array.zeroCreate<float> count

            for own, group in Array.indexed groups do
                Filters.offsets x.Offset (effective values scales[own] group solved[own]) group offset
                write weights group solved[own] codes scale offset

            let linear = operation (Tensor.ofIntegers weights.Values.Shape codes)
            let result = Conversion.linear conversion x linear scale offset node.Origin

            // exact filters lose their ties by moving
            for group, exact in Array.zip groups exact do
                without (Array.map2 (||) exact (single values group)) group
                |> correctBias reference result.Batch scale offset

            Some result
        | _ -> None
