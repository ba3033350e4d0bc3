namespace ConcreteMl.Compiler.Core.Planned

open System

/// One step for both factors of products by squares, class by class, so that their sums have no more codes than the squares read.
[<RequireQualifiedAccess>]
module internal FactorCodes =

    /// Sums use this part of the codes that squares read: unseen values go a little beyond the calibrated ones.
    let private filled = 0.97

    /// How many more bits than other results squares of such sums have: many are added up, so that what reads the products, and pays for wider
    /// accumulators, is less. Attention of the zoo at 6 bits, rounded exactly to 6, with one step for a whole factor: error .0447, .0415 and
    /// .0390 of the deviation with none, one and two more, in 4.8 s predicted each time.
    let finer = 2

    /// How many more bits than others a result has that a file leaves without a quantizer: squares are parts of a product, or of a variance, and two of them
    /// are off by more than one quantizer of as many bits. Error over the file's own, with none and with two more: 1.10 and 1.00, 1.16 and 1.03
    /// for two attentions by ONNX Runtime's quantizer.
    let moreBits (plan: Plan) index =
        if Factors.squares plan index then finer else 0

    /// A class has a step of its own where it has so many calibration values, as that of a lookup's results has.
    let private enough = 32

    /// Whether a value is the sum of two factors whose codes are chosen here.
    let isSum (conversion: Conversion) index =
        let node = conversion.Plan.Nodes[index]

        match node.Op with
        | Some(PlanOp.Combine _) ->
            node.Operands
            |> Array.forall (fun operand -> conversion.Factors.Contains(Factors.root conversion.Plan operand))
        | _ -> false

    /// The values of each class at an operand of a sum.
    let private valuesAt (conversion: Conversion) (classes: Map<int, int[]>) operand : (int * float[])[] =
        let root, own = FactorClasses.places conversion.Plan operand

        match conversion.Reference operand with
        | None -> [||]
        | Some values ->
            [| 0 .. own.Length - 1 |]
            |> Array.filter (fun element -> own[element] >= 0 && classes[root].[own[element]] >= 0)
            |> Array.groupBy (fun element -> classes[root].[own[element]])
            |> Array.map (fun (label, elements) -> label, Calibration.samplesOf conversion.Emitter.Lanes values elements)

    let private valuesOf (conversion: Conversion) sum classes =
        conversion.Plan.Nodes[sum].Operands
        |> Array.collect (valuesAt conversion classes)

    /// The classes of a sum's factors; one for all where some have few samples.
    let private classesOf (conversion: Conversion) sum =
        let found = FactorClasses.ofSum conversion.Plan sum

        if
            valuesOf conversion sum found
            |> Array.exists (fun (_, values) -> values.Length < enough)
        then
            found |> Map.map (fun _ labels -> Array.zeroCreate labels.Length)
        else
            found

    /// The step that both factors of a class get at the sum: no factor has more than half of the codes that squares read, so that sums fit. A
    /// class that never varied has the step of the widest.
    let private stepsOf (conversion: Conversion) sum bits classes : Map<int, float> =
        let codes = filled * float (1L <<< bits)

        let spans =
            valuesOf conversion sum classes
            |> Array.groupBy fst
            |> Array.map (fun (label, both) -> label, both |> Array.map (snd >> Calibration.span) |> Array.max)

        let widest = spans |> Array.map snd |> Array.fold max 0.0

        spans
        |> Array.map (fun (label, span) -> label, 2.0 * (if span > 0.0 then span else widest) / codes)
        |> Map

    /// The step of each element at the sum, where elements have these classes: what the other factor has where that is chosen already.
    let private atSum (conversion: Conversion) index sum bits (classes: Map<int, int[]>) : float[] =
        let settled =
            Meet.encounter conversion index
            |> Option.filter (fun encounter -> encounter.Known && encounter.Other |> Array.exists (fun scale -> scale > 0.0))

        match settled with
        | Some encounter ->
            let most = Array.max encounter.Other
            encounter.Other |> Array.map (fun scale -> if scale > 0.0 then scale else most)
        | None ->
            let steps = stepsOf conversion sum bits classes
            let most = steps.Values |> Seq.max

            classes[index]
            |> Array.map (fun label -> Map.tryFind label steps |> Option.defaultValue most)

    /// Steps of these sizes that lie about the middle of what each class shows, so that a class has one table, and the codes of the widest.
    let private about (scales: float[]) (labels: int[]) lanes (values: float[]) : Step[] * (int64 * int64) =
        let ranges =
            labels
            |> Array.indexed
            |> Array.groupBy snd
            |> Array.map (fun (label, elements) ->
                label,
                elements
                |> Array.map fst
                |> Calibration.samplesOf lanes values
                |> Calibration.range
                |> Option.defaultValue (0.0, 0.0))
            |> Map

        let count =
            Array.map2
                (fun (scale: float) label ->
                    let low, high = ranges[label]
                    // what no product reads decides nothing
                    if label < 0 then
                        0.0
                    else
                        Math.Ceiling((high - low) / scale))
                scales
                labels
            |> Array.max
            |> int64

        let low = -(count / 2L)
        let high = low + count
        let middle = float (low + high) / 2.0

        Array.map2
            (fun scale label ->
                let least, most = ranges[label]

                {
                    Scale = scale
                    Offset = (least + most) / 2.0 - scale * middle
                })
            scales
            labels,
        (low, high)

    /// The steps of a factor's elements, with the lowest and highest code; None for what is no factor of such a sum, or never varies.
    let tryFind (conversion: Conversion) index : (Step[] * (int64 * int64)) option =
        match conversion.Meetings[index], conversion.Reference index with
        | Some meeting, Some values when conversion.Factors.Contains index && Calibration.span values > 0.0 ->
            let sum = conversion.Sums[meeting.Sum]

            match conversion.Roundings[sum] with
            | Some(bits, _) when isSum conversion sum && meeting.Factor |> Array.forall ((<>) 0.0) ->
                let classes = classesOf conversion sum

                let scales =
                    Array.map2 (fun step factor -> step / abs factor) (atSum conversion index sum bits classes) meeting.Factor

                Some(about scales classes[index] conversion.Emitter.Lanes values)
            | _ -> None
        | _ -> None
