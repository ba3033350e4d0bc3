namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Makes accumulators ready for lookups: recentred group by group for free, aligned, folded and rounded where asked.
[<RequireQualifiedAccess>]
module Prepare =

    /// The range of each element's group over calibration.
    let private ranges (groups: Classes) (batch: IntegerBatch) : (int64 * int64)[] =
        let result = Array.create groups.Length (0L, 0L)

        for elements in Partition.members groups do
            let mutable low, high = Int64.MaxValue, Int64.MinValue

            for element in elements do
                for position in element * batch.Lanes .. (element + 1) * batch.Lanes - 1 do
                    low <- min low batch.Data[position]
                    high <- max high batch.Data[position]

            for element in elements do
                result[element] <- low, high

        result

    /// The codes of the widest range and a margin.
    let private room margin (found: (int64 * int64)[]) =
        let most =
            found |> Array.map (fun (low, high) -> float (high - low + 1L)) |> Array.max

        most * (1.0 + (if most > 16.0 then margin else 0.0))

    /// The width of the widest range and a margin.
    let private measured margin (found: (int64 * int64)[]) =
        max 1 (int (Math.Ceiling(Math.Log2(max 1.0 (room margin found)))))

    /// How many codes to either side of 0 occur of recentred ranges: beyond the margin what the group with the fewest samples leaves unseen.
    let private window margin (lanes: int) (groups: Classes) bits (found: (int64 * int64)[]) =
        let fewest = Partition.members groups |> Array.map Array.length |> Array.min

        let unseen = 2.0 * RoundedGroups.headroom (lanes * fewest)
        let half = Math.Ceiling((room margin found * (1.0 + unseen) + 1.0) / 2.0)
        min (1L <<< (bits - 1)) (int64 half)

    /// Lookups of whole numbers read every number that can occur where these have so few bits, not those of calibration alone.
    let private cheap = 6

    /// By how much each element's codes are moved so that they lie about 0.
    let private recentring (found: (int64 * int64)[]) =
        found |> Array.map (fun (low, high) -> -((low + high + 1L) >>> 1))

    let private unrounded (emitter: Emitter) margin whole (groups: Classes) (x: Emitted) (found: (int64 * int64)[]) origin : Prepared =
        let certain = LinearRange.bits x.Worst
        let isKept = whole && certain <= cheap
        let measured = if isKept then certain else measured margin found
        let bits = min measured certain
        let ones = Array.create found.Length 1L

        let shift =
            if certain <= measured then
                Array.zeroCreate found.Length
            else
                recentring found

        let id, batch = Alignment.aligned emitter bits ones shift origin x

        {
            Id = id
            Batch = batch
            Bits = bits
            Drop = 0
            Multiplier = ones
            Shift = shift
            Clamp = Array.create found.Length (Double.NegativeInfinity, Double.PositiveInfinity)
            Window =
                if certain <= measured then
                    Some(max -(fst x.Worst) (snd x.Worst + 1L) |> max 1L)
                elif whole then
                    // a count that calibration missed is no smaller for that
                    None
                else
                    Some(window margin batch.Lanes groups bits found)
        }

    /// Groups whose codes mean the same to all functions: behind padding, or a bias per position, equal codes are different reals.
    let private meaningAlike functions (x: Emitted) (groups: Classes) : Classes =
        functions
        |> List.fold (fun labels region -> Partition.ofKeys (Array.zip labels (TableBuild.alike region [ x.Scale; x.Offset ]))) groups

    /// Lookups of more bits are not carried out: then rounding is the only way.
    let private widestExact = 10

    /// Whether functions end in one comparison with a constant.
    let private decidesOnce (functions: Region list) =
        functions
        |> List.forall (fun region ->
            region.Steps
            |> Array.filter (fun (op, _) ->
                match op with
                | FloatOp.Unary(FloatUnary.Cast _)
                | FloatOp.Unary FloatUnary.Not -> false
                | _ -> true)
            |> Array.map fst
            |> function
                | [| FloatOp.Binary(FloatBinary.Greater | FloatBinary.GreaterOrEqual | FloatBinary.Less | FloatBinary.LessOrEqual) |] ->
                    true
                | _ -> false)

    /// The plans of a rounding. The bits that exact rounding extracts cost more than these lookups; approximate rounding has no such cost,
    /// results at outputs lose nothing further, and no lookup may read more bits than asked for.
    let private plansOf method binLoss atOutput target levels (observed: RoundedGroup[]) =
        let costs = RoundingCosts.ofLoss binLoss

        if method = RoundingMethod.Exact && not atOutput && target >= Folding.coarseBits then
            RoundingPlan.fine costs target levels observed
        else
            [ RoundingPlan.plain costs target observed ]

    /// Prepares an operand of lookups, whose results add up where there are several; `groups` are the elements that share range, multiplier
    /// and shift; the mean squared bin of a rounding is at most `binLoss` times the least possible where operands of three more bits allow it; unseen values may exceed the calibrated range by the fraction `margin` of it. `readers` are the lookups that
    /// read it (`whole` tells that it holds whole numbers, `compared` that it is a difference of values); their results have at most `levels` codes, and `atOutput` all leave the circuit.
    let run
        (emitter: Emitter)
        margin
        (rounding: (int * RoundingMethod) option)
        binLoss
        atOutput
        whole
        compared
        levels
        (readers: RoundedReader list)
        (groups: Classes)
        (x: Emitted)
        (origin: Origin)
        : Prepared list =
        let functions = readers |> List.map _.Function
        let found = ranges groups x.Batch
        let width = min (LinearRange.bits x.Worst) (measured margin found)

        match rounding with
        // Bins of several whole numbers are no whole numbers, unless a function decides once between them.
        | Some _ when whole && width <= widestExact && not (decidesOnce functions) ->
            [ unrounded emitter margin whole groups x found origin ]
        | Some(target, method) when width > target ->
            let alike = groups |> meaningAlike functions x

            let observed =
                RoundedGroups.observe readers levels alike x (emitter.Norms x) (ranges alike x.Batch)

            // A comparison is decided on integers also where approximate rounding is asked for: a wrong one is an answer that no input has.
            let decides = compared && observed |> Array.forall (fun group -> group.Seen.Decides)
            let method = if whole || decides then RoundingMethod.Exact else method

            plansOf method binLoss atOutput target levels observed
            |> List.map (fun plan -> RoundedOperand.emit emitter plan method origin x)
        | _ -> [ unrounded emitter margin whole groups x found origin ]
