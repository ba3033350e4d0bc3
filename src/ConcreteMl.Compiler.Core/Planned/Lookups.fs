namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Lookups whose codes are chosen, and the operands that they read: recentred, aligned, folded and rounded.
[<RequireQualifiedAccess>]
module Lookups =

    /// Whether a value is a difference of encrypted values, or a movement of one.
    let rec private compares (conversion: Conversion) planned =
        let node = conversion.Plan.Nodes[planned]

        match node.Op with
        | Some(PlanOp.Combine _) -> true
        | Some(PlanOp.Move _)
        | Some(PlanOp.Affine _) -> compares conversion node.Operands[0]
        | _ -> false

    /// What maxima select on unseen samples may lie beyond what they select on calibration's by this fraction of that range.
    let private beyondSelected = 0.05

    /// What a bin's mean counts of a function goes this fraction of the calibrated range beyond it. Only poles go further within a bin that
    /// samples meet: 1/x beside the least sum that was seen.
    let beyondSeen = 0.25

    /// What windows and folds count of a function: what it does further out than samples go is told apart but for poles. With a quarter, a
    /// square had flat ends to fold away, and a floor so few values that it counted as a decision: errors rose by a fifth.
    let private beyondPoles = 1.0

    /// The range of a class's values that count over calibration; None where there are none.
    let private rangeOf lanes (values: float[]) counts (elements: int[]) =
        let own =
            elements
            |> Array.collect (fun element -> [| element * lanes .. (element + 1) * lanes - 1 |])
            |> Array.filter counts
            |> Array.map (fun at -> values[at])

        if own.Length > 0 then
            Some(Array.min own, Array.max own)
        else
            None

    /// The median span of ranges that span something; 0 where none does.
    let private usualSpan (ranges: (float * float)[]) =
        let spans =
            ranges
            |> Array.map (fun (low, high) -> high - low)
            |> Array.filter (fun span -> span > 0.0)
            |> Array.sort

        if spans.Length = 0 then 0.0 else spans[spans.Length / 2]

    /// A range and a fraction of it beyond, of one that never varied the usual span; None where none does.
    let private widened beyond usual (low, high) =
        if high > low then
            let spare = beyond * (high - low)
            Some(low - spare, high + spare)
        elif usual > 0.0 then
            Some(low - usual, high + usual)
        else
            None

    /// Between which values a lookup's results are told apart, element by element: what calibration reaches and the fraction `seen` of it
    /// beyond, and of what maxima select from what they select; None where nothing is known. One range holds for all that share a scale.
    let limits (conversion: Conversion) seen index : (float * float)[] option =
        let lanes = conversion.Emitter.Lanes

        let selected =
            if conversion.Selections |> Map.exists (fun _ source -> source = index) then
                Extreme.selected conversion.Plan conversion.Consumers lanes conversion.Reference index
            else
                None

        let beyond = if selected.IsSome then beyondSelected else seen

        conversion.Reference index
        |> Option.map (fun values ->
            let classes = conversion.Groupings[index].Scales
            let found = TableBuild.unlimited classes.Length

            let counts at =
                Double.IsFinite values[at] && selected |> Option.forall (fun kept -> kept[at])

            let ranges =
                Partition.members classes
                |> Array.choose (fun elements ->
                    rangeOf lanes values counts elements
                    |> Option.map (fun range -> elements, range))

            let usual = ranges |> Array.map snd |> usualSpan

            for elements, range in ranges do
                widened beyond usual range
                |> Option.iter (fun limits -> elements |> Array.iter (fun element -> found[element] <- limits))

            found)

    /// The lookups that read a value, with whether their results leave the circuit.
    let private readers (conversion: Conversion) planned : (RoundedReader * bool) list =
        conversion.Consumers[planned]
        |> List.choose (fun consumer ->
            let node = conversion.Plan.Nodes[consumer]

            match node.Op with
            | Some(PlanOp.Lookup(region, _)) ->
                let reader =
                    {
                        Function = region
                        Limits = lazy limits conversion beyondPoles consumer
                    }

                Some(reader, node.AtOutput)
            | _ -> None)

    /// How a value is rounded. Of a difference of codes that a maximum is taken of, one bit more is read exactly: the bit that is spared
    /// takes a lookup of its own.
    let private roundingOf (conversion: Conversion) planned =
        match conversion.Roundings[planned] with
        | Some(target, RoundingMethod.Exact) when conversion.Selections.ContainsKey planned -> Some(target + 1, RoundingMethod.Exact)
        | asked -> asked

    let private prepare (conversion: Conversion) planned (origin: Origin) : Prepared list =
        let readers = readers conversion planned

        let bits =
            if List.exists snd readers then
                conversion.Options.ModelOutputs
            else
                conversion.Options.OpInputs

        Prepare.run
            conversion.Emitter
            conversion.Margin
            (roundingOf conversion planned)
            conversion.BinLosses[planned]
            (List.forall snd readers)
            conversion.Whole[planned]
            (compares conversion planned)
            (1 <<< bits)
            (List.map fst readers)
            conversion.Groupings[planned].Groups
            (Option.get conversion.Emitted[planned])
            origin

    /// The operand of a lookup, recentred and rounded; made once.
    let prepared (conversion: Conversion) planned (origin: Origin) : Prepared list =
        match conversion.Ready.TryGetValue planned with
        | true, ready -> ready
        | false, _ ->
            let ready = prepare conversion planned origin
            conversion.Ready[planned] <- ready
            ready

    /// Whether codes of a value may lie beyond the window in which lookups read it.
    let mayLeave (conversion: Conversion) planned origin =
        let ready = (prepared conversion planned origin).Head
        let x = Option.get conversion.Emitted[planned]
        ready.Drop > 0 || LinearRange.bits x.Worst > ready.Bits

    /// Reports a lookup that has no table, and goes on with its codes to find more.
    let private tooWide (conversion: Conversion) (x: Emitted) (region: Region) bits quantize (origin: Origin) : int64[] =
        conversion.Findings.Add(
            Diagnostic.error
                "CML3030"
                (origin |> List.tryHead |> Option.defaultValue "the model")
                $"a lookup on {bits} bits"
                $"at most {QuantOptions.widestLookup}"
                "use --rounding 6 (or fewer bits), or narrower weights and inputs"
        )

        let lanes, count = x.Batch.Lanes, x.Scale.Length

        let real lane element =
            x.Scale[element] * float x.Batch.Data[element * lanes + lane]
            + x.Offset[element]

        let values =
            Array.init (lanes * count) (fun position -> real (position / count) (position % count))
            |> Region.apply region [| 0 .. count - 1 |] lanes

        Array.init (lanes * count) (fun position ->
            let element = position / lanes
            quantize element values[position % lanes * count + element])

    let private emitTable (conversion: Conversion) (coded: CodedLookup) (ready: Prepared) origin =
        let table, moved = Tables.ofLookup ready.Bits coded
        let batch = Eval.lookup table ready.Bits ready.Batch
        let entries = Tensor.toInt64s table.Entries
        let range = Array.min entries, Array.max entries
        conversion.Emitter.Lookup(coded, ready.Id, batch, range, origin), table, moved

    /// Lowest and highest result of a table whose entries are moved back behind it.
    let private reached (shape: int[]) (table: Table) (moved: int64[]) =
        let ends =
            Tensor.toInt64s table.Entries
            |> Array.chunkBySize table.Entries.Shape[1]
            |> Array.map (fun row -> Array.min row, Array.max row)

        let rows = Tensor.toInt64s table.Index

        let all =
            Moves.broadcast table.Index.Shape shape
            |> Array.mapi (fun element own ->
                let low, high = ends[int rows[own]]
                low + moved[element], high + moved[element])

        all |> Array.map fst |> Array.min, all |> Array.map snd |> Array.max

    /// A lookup with one table for each element. With `isCentred` its entries lie about 0, and are moved back behind it: a code beyond the
    /// window of its element then reads the nearer end, also where an element uses a part of the codes that it shares with others.
    let private whole (conversion: Conversion) (x: Emitted) region steps (low, high) isCentred (ready: Prepared) origin =
        let coded = Tables.coded region x ready steps (low, high) isCentred
        let emitted, table, moved = emitTable conversion coded ready origin
        let range = reached ready.Batch.Shape table moved

        if Array.forall ((=) 0L) moved then
            emitted, range
        else
            Alignment.shifted conversion.Emitter (LinearRange.bits (low, high)) moved origin emitted, range

    /// By how much the results of a lookup in parts are moved: what its tables' entries were moved, less the codes of f(c).
    let private shiftOf (x: Emitted) region (steps: Step[]) range (ready: Prepared list) (moved: int64[] list) =
        ready.Head.Clamp
        |> Array.map snd
        |> TableBuild.at region x
        |> Array.mapi (fun element value -> Tables.code range steps[element] value)
        |> Array.map2 (fun moved middle -> moved - middle) (List.reduce (Array.map2 (+)) moved)

    /// A lookup in parts: f(x) is the sum of f(min(x, c)) and f(max(x, c)) less f(c), in codes.
    let private split (conversion: Conversion) (x: Emitted) (region: Region) (steps: Step[]) (low, high) (ready: Prepared list) origin =
        let bits = LinearRange.bits (low, high)

        let operands, moved =
            ready
            |> List.map (fun part ->
                let coded = Tables.coded region x part steps (low, high) true
                let emitted, _, moved = emitTable conversion coded part origin
                emitted, moved)
            |> List.unzip

        let sum = Linear.Combine(Array.create operands.Length 1L)
        let shift = shiftOf x region steps (low, high) ready moved

        conversion.Emitter.Linear(sum, operands, origin)
        |> Alignment.shifted conversion.Emitter bits shift origin,
        (low, high)

    /// Emits a lookup on a planned value, with entries about 0 where `isCentred`; `steps` gives each element's output code step, and codes lie in [low, high].
    let emit (conversion: Conversion) isCentred planned (region: Region) (steps: Step[]) (low, high) origin : Emitted =
        let x = Option.get conversion.Emitted[planned]
        let ready = prepared conversion planned origin

        let (id, batch), range =
            match ready with
            | first :: _ when first.Bits > QuantOptions.widestLookup ->
                let quantize element value =
                    Tables.code (low, high) steps[element] value

                let codes = tooWide conversion x region first.Bits quantize origin
                (x.Id, { x.Batch with Data = codes }), (low, high)
            | [ single ] -> whole conversion x region steps (low, high) isCentred single origin
            | parts -> split conversion x region steps (low, high) parts origin

        {
            Id = id
            Batch = batch
            Scale = steps |> Array.map _.Scale
            Offset = steps |> Array.map _.Offset
            Worst = range
        }
