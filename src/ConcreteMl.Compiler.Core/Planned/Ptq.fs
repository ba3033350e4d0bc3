namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Post-training quantization: a float graph and calibration samples to integers.
[<RequireQualifiedAccess>]
module Ptq =

    /// A class of elements gets a scale of its own only with as many calibration values.
    let private enoughPerClass = 32

    /// Lookups of saturating functions read the right entry a little beyond their range too: the torus negates the table there.
    let private margin = 0.03

    let private classes (conversion: Conversion) index (also: Classes) : Classes =
        let found = Partition.join conversion.Groupings[index].Scales also
        let least = Partition.members found |> Array.map Array.length |> Array.min

        if least * conversion.Emitter.Lanes < enoughPerClass then
            Array.zeroCreate found.Length
        else
            found

    /// At most so many grids of one class are tried.
    let private mostGrids = 4

    /// Steps of every element by least squares on the reference values, one per class; `grids` are those that an element's values lie on.
    let private steps
        (encounter: Encounter option)
        bits
        zero
        (classes: Classes)
        (grids: int -> (float * float)[])
        (values: float[])
        : Step[] =
        let lanes = values.Length / classes.Length
        let result = Array.create classes.Length { Scale = 1.0; Offset = 0.0 }

        let admit (elements: int[]) =
            encounter
            |> Option.map (fun found ->
                let element =
                    elements
                    |> Array.tryFind (fun element -> found.Other[element] > 0.0)
                    |> Option.defaultValue elements[0]

                Meet.admitWide found.Known found.Factor[element] found.Other[element])

        for elements, own in ClassSamples.split classes lanes values do
            let step =
                match admit elements with
                | None ->
                    let tried =
                        elements
                        |> Seq.collect grids
                        |> Seq.distinct
                        |> Seq.truncate mostGrids
                        |> Array.ofSeq

                    ScaleSearch.onGrids bits zero tried own
                | admit -> ScaleSearch.best bits zero admit own

            elements |> Array.iter (fun element -> result[element] <- step)

        result

    let private input (conversion: Conversion) index (node: PlanNode) port zero : Emitted =
        let bits = conversion.Options.ModelInputs
        let values = conversion.Reference index |> Option.defaultValue [||]

        let lanes = conversion.Emitter.Lanes
        let seen = values |> Array.filter Double.IsFinite

        let exact =
            if conversion.Whole[index] && values.Length > 0 then
                WholeNumbers.step bits (Array.min values) (Array.max values)
            else
                None

        let classes =
            if ScaleSearch.onGrid bits seen then
                Array.zeroCreate (Shape.count node.Shape)
            else
                classes conversion index [| 0 .. Shape.count node.Shape - 1 |]

        let samples =
            if ScaleSearch.onGrid bits seen then
                values
            else
                ClassSamples.widened lanes classes values

        let steps, bits =
            match exact with
            | Some(step, own) -> Array.create (Shape.count node.Shape) step, own
            | None -> steps (Meet.encounter conversion index) bits zero classes (fun _ -> [||]) samples, bits

        ClientInput.emit conversion index node port Rounding.HalfEven steps (ScaleSearch.codes bits)

    /// Where a lookup reads rounded codes: the bins' means over calibration, and the grids of each element's means.
    let private rounded (conversion: Conversion) (node: PlanNode) region =
        let planned = node.Operands[0]
        let ready = Lookups.prepared conversion planned node.Origin

        if ready.Head.Drop = 0 then
            None
        else
            let x = Option.get conversion.Emitted[planned]
            let lanes = x.Batch.Lanes

            let means = ready |> List.map (TableBuild.operand x >> TableBuild.means region)

            let values (part: Prepared) (means: float[][]) =
                let half = 1 <<< (part.Bits - 1)

                part.Batch.Data
                |> Array.mapi (fun position code -> means[position / lanes].[Math.Clamp(int code + half, 0, 2 * half - 1)])

            let all = List.map2 values ready means |> List.reduce (Array.map2 (+))

            let all =
                if ready.Length = 1 then
                    all
                else
                    let middle = ready.Head.Clamp |> Array.map snd |> TableBuild.at region x
                    all |> Array.mapi (fun position value -> value - middle[position / lanes])

            let grids element =
                means
                |> List.map (fun means ->
                    means[element]
                    |> Array.pairwise
                    |> Array.map (fun (left, right) -> abs (right - left), right)
                    |> Array.maxBy fst)
                |> Array.ofList

            Some(all, grids)

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
                let values = TableBuild.means region (TableBuild.operand x ready) |> Array.concat
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

    let private lookup (conversion: Conversion) index (node: PlanNode) region zero : Emitted =
        let isSelected =
            conversion.Selections |> Map.exists (fun _ source -> source = index)

        let bits =
            if node.AtOutput then
                conversion.Options.ModelOutputs
            elif isSelected then
                selectable conversion index conversion.Options.OpInputs
            else
                conversion.Options.OpInputs

        let values = conversion.Reference index |> Option.defaultValue [||]
        let groups = conversion.Groupings[node.Operands[0]].Groups

        let classes = classes conversion index groups

        let encounter, deciding =
            if isSelected then
                None, selected conversion index classes
            else
                Meet.encounter conversion index, id

        let fit grids values =
            steps encounter bits zero classes grids (deciding values)

        let steps, bits =
            match exact conversion index node region bits with
            | Some(step, own) -> Array.create (Shape.count node.Shape) step, own
            | None ->
                match rounded conversion node region, onGrid conversion encounter node region bits zero classes with
                | Some(values, grids), _ -> fit grids values, bits
                | None, Some exact -> exact, bits
                | None, None -> fit (fun _ -> [||]) values, bits

        Lookups.emit conversion node.Operands[0] region steps (ScaleSearch.codes bits) node.Origin

    let private weighted (conversion: Conversion) index (node: PlanNode) : Emitted option =
        let planned = node.Operands[0]

        let below = conversion.Plan.Nodes[planned]
        let groups = Filters.ofPlan node.Op below.Shape node.Shape
        let x = Conversion.operand conversion node 0
        let scales = groups |> Array.map (Filters.tryPerWeight x.Scale)

        if Array.forall Option.isSome scales then
            PtqWeights.emit conversion node index x (Array.map Option.get scales) groups
        else
            // What a lookup rescales needs no centring before, only behind.
            let x =
                match below.Op with
                | Some PlanOp.Centre -> Conversion.zeroCentred conversion (Rescales.uniform conversion below.Operands[0] true) node.Origin
                | _ -> Rescales.uniform conversion planned true

            let scales =
                groups |> Array.map (Filters.tryPerWeight x.Scale >> Option.defaultValue [||])

            PtqWeights.emit conversion node index x scales groups

    /// A sum with its range; of a maximum, that of its operands.
    let private bounded (conversion: Conversion) index (x: Emitted) : Emitted =
        let emitted planned = Option.get conversion.Emitted[planned]

        match Extreme.tryOf conversion.Plan index with
        | Some one ->
            { x with
                Worst = Sums.ofExtreme (Array.map emitted one.Operands) (emitted one.Excess) x
            }
        | None -> x

    let private convert (conversion: Conversion) index (node: PlanNode) : Emitted option =
        match node.Op with
        | Some(PlanOp.Integers _)
        | Some(PlanOp.Coded _) -> Plan.chosen ()
        | None -> Some(input conversion index node index conversion.Zeros[index])
        | Some(PlanOp.Constant values) -> Some(Conversion.constant conversion node (Tensor.toFloat64s values))
        | Some(PlanOp.Lookup(region, _)) -> Some(lookup conversion index node region conversion.Zeros[index])
        | Some(PlanOp.MatMul _)
        | Some(PlanOp.Conv _) -> weighted conversion index node
        | Some(PlanOp.SumPool(kernel, geometry, divisors)) ->
            Rescales.orUniform conversion node (fun x -> Sums.pool conversion node x kernel geometry divisors)
        | Some(PlanOp.ReduceSum(axes, keep)) -> Rescales.orUniform conversion node (fun x -> Sums.reduce conversion node x axes keep)
        | Some(PlanOp.Combine signs) -> Rescales.combine conversion node signs |> Option.map (bounded conversion index)
        | Some(PlanOp.Concat axis) -> Some(Conversion.concat conversion node axis)
        | Some(PlanOp.Affine region) -> Affine.form region ||> Conversion.affine conversion node |> Some
        | Some(PlanOp.Move linear) -> Some(Conversion.move conversion node linear)
        | Some(PlanOp.Centre) -> Some(Conversion.zeroCentred conversion (Conversion.operand conversion node 0) node.Origin)

    /// No scale serves all operands of a sum.
    let private unmet (node: PlanNode) =
        Diagnostic.error
            "CML3026"
            (node.Origin |> List.tryHead |> Option.defaultValue "the model")
            "operands whose scales have no common step"
            "operands of a sum that are less than 2^14 apart in scale"
            "scale the operands alike in the model, or calibrate with samples on which both vary"

    let private tooWide (node: PlanNode) bits : Diagnostic =
        Diagnostic.error
            "CML3034"
            (node.Origin |> List.tryHead |> Option.defaultValue "the model")
            $"an accumulator of {bits} bits"
            $"at most {Verify.widest}"
            "use --rounding 6 (or fewer bits), or scale what is added up alike"

    /// Chooses codes for a graph (batch 1, static shapes) by its calibration samples, one list of inputs each.
    /// Refuses with codes CML3002 to CML3004 (calibration), CML3026, CML3030 and CML3034.
    let chooseCodes (context: Context) (options: QuantOptions) (graph: PlanGraph) : Result<PlanGraph, Diagnostic list> =
        // What is odd about the samples has been told when they were measured.
        let samples () =
            Calibration.check { context with Warn = ignore } graph context.Samples

        match Conversion.missing graph with
        | [] -> samples ()
        | findings -> Error findings
        |> Result.bind (fun samples ->
            let references = Calibration.references context graph samples

            let conversion =
                Conversion.create graph options margin samples.Length (fun index -> Some references[index])

            let plan = conversion.Plan

            plan.Nodes
            |> Array.iteri (fun index node ->
                context.Cancellation.ThrowIfCancellationRequested()

                if
                    node.Operands
                    |> Array.forall (fun operand -> conversion.Emitted[operand].IsSome)
                then
                    conversion.Emitted[index] <- convert conversion index node

                    match conversion.Emitted[index] with
                    | None -> conversion.Findings.Add(unmet node)
                    | Some emitted when conversion.Emitter.BitsOf emitted.Id > Verify.widest ->
                        // What reads it is not reached: its codes may not even fit 64 bits.
                        conversion.Findings.Add(tooWide node (conversion.Emitter.BitsOf emitted.Id))
                        conversion.Emitted[index] <- None
                    | Some _ -> ()

                context.Progress "choose-codes" (float (index + 1) / float plan.Nodes.Length))

            if conversion.Findings.Count > 0 then
                Error(List.ofSeq conversion.Findings)
            else
                Ok(Conversion.finish conversion))
