namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Chooses the codes of lookups' results by what their tables can give over the calibration samples.
[<RequireQualifiedAccess>]
module internal LookupCodes =

    /// A class of elements gets a scale of its own only with as many calibration values.
    let private enoughPerClass = 32

    /// Elements that share a scale: the classes of the plan that have enough samples, and agree in `also`.
    let classes (conversion: Conversion) index (also: Classes) : Classes =
        let found = Partition.join conversion.Groupings[index].Scales also
        let least = Partition.members found |> Array.map Array.length |> Array.min

        if least * conversion.Emitter.Lanes < enoughPerClass then
            Array.zeroCreate found.Length
        else
            found

    /// At most so many grids of one class are tried.
    let private mostGrids = 4

    /// Which scales of a class's elements a sum behind admits.
    let private admitting (encounter: Encounter option) (elements: int[]) =
        encounter
        |> Option.map (fun found ->
            let element =
                elements
                |> Array.tryFind (fun element -> found.Other[element] > 0.0)
                |> Option.defaultValue elements[0]

            Meet.admitWide found.Known found.Factor[element] found.Other[element])

    let private isFree (encounter: Encounter option) (elements: int[]) =
        encounter
        |> Option.forall (fun found -> elements |> Array.forall (fun element -> found.Other[element] = 0.0))

    let private stepsOf (own: float[]) (step: Step) =
        match Calibration.range own with
        | Some(low, high) -> (high - low) / step.Scale
        | None -> 0.0

    /// A class of at most so many steps is one of a few values, such as what a mask leaves of a position.
    let private fewSteps = 4.0

    /// A class of few values as fine as the widest, which has `widest` steps: bins of a rounding of both together have the same size.
    let private beside widest (own: float[]) (step: Step) : Step =
        let steps = stepsOf own step

        if steps < 0.5 || steps > fewSteps || widest < 2.0 * steps then
            step
        else
            let seen = own |> Array.filter Double.IsFinite
            let middle = (Array.min seen + Array.max seen) / 2.0
            let scale = step.Scale / Math.Floor(widest / steps)

            {
                Scale = scale
                Offset = step.Offset + scale * Math.Round((middle - step.Offset) / scale + 0.5)
            }

    /// Steps of every element by least squares on the reference values, one per class; `grids` are those that an element's values lie on.
    let steps (encounter: Encounter option) bits zero (classes: Classes) (grids: int -> (float * float)[]) (values: float[]) : Step[] =
        let lanes = values.Length / classes.Length
        let result = Array.create classes.Length { Scale = 1.0; Offset = 0.0 }

        let ownGrids (elements: int[]) =
            elements
            |> Seq.collect grids
            |> Seq.distinct
            |> Seq.truncate mostGrids
            |> Array.ofSeq

        let found =
            ClassSamples.split classes lanes values
            |> List.map (fun (elements, own) ->
                let admit = admitting encounter elements

                let step =
                    match admit with
                    | None -> ScaleSearch.onGrids bits zero (ownGrids elements) own
                    | _ -> ScaleSearch.best bits zero admit own

                elements, own, step)

        let widest =
            found
            |> List.map (fun (_, own, step) -> stepsOf own step)
            |> List.fold max 0.0
            |> min (float ((1 <<< bits) - 1))

        for elements, own, step in found do
            let step =
                if isFree encounter elements then
                    beside widest own step
                else
                    step

            elements |> Array.iter (fun element -> result[element] <- step)

        result

    /// What a lookup of a part reads, element by element of every sample: the mean of its function over the code's bin.
    let private readMeans (part: Prepared) (means: float[][]) =
        let half = 1 <<< (part.Bits - 1)
        let lanes = part.Batch.Lanes

        part.Batch.Data
        |> Array.mapi (fun position code -> means[position / lanes].[Math.Clamp(int code + half, 0, 2 * half - 1)])

    /// The grid of an element's means: the largest step between neighbours, and where it ends.
    let private gridOf (means: float[]) =
        means
        |> Array.pairwise
        |> Array.map (fun (left, right) -> abs (right - left), right)
        |> Array.maxBy fst

    /// The grid of every element's means; elements that share their means share it.
    let private gridsOf (means: float[][]) =
        let known =
            System.Collections.Generic.Dictionary<float[], _>(HashIdentity.Reference)

        fun element ->
            match known.TryGetValue means[element] with
            | true, grid -> grid
            | false, _ ->
                let grid = gridOf means[element]
                known[means[element]] <- grid
                grid

    /// Where a lookup reads rounded codes: the bins' means over calibration, and the grids of each element's means.
    let private rounded (conversion: Conversion) index (node: PlanNode) region =
        let planned = node.Operands[0]
        let ready = Lookups.prepared conversion planned node.Origin

        if ready.Head.Drop = 0 then
            None
        else
            let x = Option.get conversion.Emitted[planned]

            let limits =
                Lookups.limits conversion Lookups.beyondSeen index
                |> Option.defaultValue (TableBuild.unlimited x.Scale.Length)

            let means =
                ready |> List.map (TableBuild.operand x >> TableBuild.means region limits)

            let all = List.map2 readMeans ready means |> List.reduce (Array.map2 (+))

            let values =
                if ready.Length = 1 then
                    all
                else
                    let middle = ready.Head.Clamp |> Array.map snd |> TableBuild.at region x

                    all
                    |> Array.mapi (fun position value -> value - middle[position / x.Batch.Lanes])

            let grids = means |> List.map gridsOf
            Some(values, (fun element -> grids |> List.map (fun gridOf -> gridOf element) |> Array.ofList))

    /// Tables of more bits are not carried out, and not tabulated to see what they give.
    let private widestExact = 10

    /// Codes for results that are whole numbers: all that the tables can give, where these are few.
    let private exact (conversion: Conversion) index (node: PlanNode) region bits : (Step * int) option =
        let meetsReals =
            conversion.Meetings[index]
            |> Option.exists (fun meeting -> not conversion.Whole[conversion.Sums[meeting.Sum]])

        if not conversion.Whole[index] || meetsReals then
            None
        else
            match Lookups.prepared conversion node.Operands[0] node.Origin with
            | [ ready ] when ready.Bits <= widestExact ->
                let x = Option.get conversion.Emitted[node.Operands[0]]

                let values =
                    TableBuild.means region (TableBuild.unlimited x.Scale.Length) (TableBuild.operand x ready)
                    |> Array.concat

                let low, high = Math.Round(Array.min values), Math.Round(Array.max values)
                WholeNumbers.step bits low high
            | _ -> None

    /// Codes for results that lie on a grid, which narrow operands have whatever the function: they add no error.
    let private onGrid (conversion: Conversion) (encounter: Encounter option) (node: PlanNode) region bits zero classes : Step[] option =
        let admit =
            encounter
            |> Option.map (fun found element wish -> Meet.admitWide found.Known found.Factor[element] found.Other[element] wish)

        match Lookups.prepared conversion node.Operands[0] node.Origin with
        | [ ready ] when ready.Drop = 0 && ready.Bits <= widestExact ->
            let x = Option.get conversion.Emitted[node.Operands[0]]
            ExactCodes.tryFind conversion.Margin bits zero admit classes region x ready
        | _ -> None

    /// Codes that maxima select from are so narrow that their differences, of one bit more, are looked up unrounded: choices between
    /// them are exact.
    let private selectable (conversion: Conversion) index bits =
        conversion.Selections
        |> Map.toList
        |> List.filter (snd >> (=) index)
        |> List.choose (fun (difference, _) -> conversion.Roundings[difference])
        |> List.fold
            (fun bits rounding ->
                match rounding with
                | target, RoundingMethod.Exact -> min bits target
                | target, RoundingMethod.Approximate -> min bits (target - 1))
            bits

    /// The samples that decide the scale of what maxima select from: those that are selected, where a class has any.
    let private selected (conversion: Conversion) index (classes: Classes) : float[] -> float[] =
        match Extreme.selected conversion.Plan conversion.Consumers conversion.Emitter.Lanes conversion.Reference index with
        | None -> id
        | Some kept ->
            let lanes = conversion.Emitter.Lanes

            let within =
                classes
                |> Array.mapi (fun element label -> label, Array.exists id kept[element * lanes .. (element + 1) * lanes - 1])
                |> Array.filter snd
                |> Array.map fst
                |> Set.ofArray

            Array.mapi (fun at value ->
                if kept[at] || not (within.Contains classes[at / lanes]) then
                    value
                else
                    nan)

    let private bitsOf (conversion: Conversion) index (node: PlanNode) isSelected =
        if node.AtOutput then
            conversion.Options.ModelOutputs
        elif conversion.FactorCodes.Contains index then
            // As many codes as are read of the accumulator.
            conversion.Roundings[node.Operands[0]]
            |> Option.map fst
            |> Option.defaultValue conversion.Options.OpInputs
        elif FactorCodes.isSum conversion node.Operands[0] then
            conversion.Options.OpInputs + FactorCodes.finer
        elif isSelected then
            selectable conversion index conversion.Options.OpInputs
        else
            conversion.Options.OpInputs

    /// How many steps of the other side of a sum are one of an element's, where a multiplier of the sum would be that number.
    let private parts (encounter: Encounter option) element (step: Step) =
        encounter
        |> Option.bind (fun found -> Meet.parts found.Factor[element] found.Other[element] step.Scale)
        |> Option.defaultValue 1.0

    /// Codes of few values in the steps of the sum that they meet in, and how many bits they have: a table gives any multiple of those, while
    /// a multiplier of the sum would amplify the lookup's noise.
    let private finer (encounter: Encounter option) bits zero (classes: Classes) (values: float[]) (steps: Step[]) : Step[] * int =
        let lanes = values.Length / classes.Length
        let result = Array.copy steps

        let divided =
            ClassSamples.split classes lanes values
            |> List.map (fun (elements, own) ->
                let step = steps[elements[0]]
                let parts = parts encounter elements[0] step

                match Calibration.range own with
                | Some(low, high) when not zero && parts > 1.0 && high - low <= fewSteps * step.Scale ->
                    let middle = Math.Round((low + high) / 2.0 / step.Scale - step.Offset / step.Scale)

                    let own =
                        {
                            Scale = step.Scale / parts
                            Offset = step.Offset + step.Scale * middle
                        }

                    elements |> Array.iter (fun element -> result[element] <- own)
                    parts
                | _ -> 1.0)
            |> List.fold max 1.0

        result, bits + int (Math.Ceiling(Math.Log2 divided))

    /// The steps of a lookup's results where these are no whole numbers, and how many bits their codes have: those that occur, where they
    /// fit, otherwise by least squares.
    let private fitted (conversion: Conversion) index (node: PlanNode) region zero bits isSelected : Step[] * int =
        let values = conversion.Reference index |> Option.defaultValue [||]
        let classes = classes conversion index conversion.Groupings[node.Operands[0]].Groups

        let encounter, deciding =
            if isSelected then
                None, selected conversion index classes
            else
                Meet.encounter conversion index, id

        let fit grids values =
            steps encounter bits zero classes grids (deciding values)

        match rounded conversion index node region, onGrid conversion encounter node region bits zero classes with
        | Some(values, grids), _ -> fit grids values
        | None, Some exact -> exact
        | None, None -> fit (fun _ -> [||]) values
        |> finer encounter bits zero classes values

    /// Chooses the codes of a lookup, and emits it.
    let emit (conversion: Conversion) index (node: PlanNode) region zero : Emitted =
        let isSelected =
            conversion.Selections |> Map.exists (fun _ source -> source = index)

        let bits = bitsOf conversion index node isSelected
        let whole = exact conversion index node region bits

        let steps, codes =
            match whole with
            | Some(step, own) -> Array.create (Shape.count node.Shape) step, ScaleSearch.codes own
            | None ->
                FactorCodes.tryFind conversion index
                |> Option.defaultWith (fun () ->
                    let steps, own = fitted conversion index node region zero bits isSelected
                    steps, ScaleSearch.codes own)

        // Codes beyond the window are to read the nearer end.
        let isCentred =
            isSelected
            || conversion.Selections.ContainsKey node.Operands[0]
            || Lookups.mayLeave conversion node.Operands[0] node.Origin

        Lookups.emit conversion isCentred node.Operands[0] region steps codes node.Origin
