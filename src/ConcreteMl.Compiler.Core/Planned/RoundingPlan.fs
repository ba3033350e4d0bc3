namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Quant

/// What becomes of an element: its fold, where it has one, the window of the codes behind, and the codes that tables cover.
type PlacedElement =
    {
        Fold: Fold option
        Window: Window
        Clamp: float * float
    }

/// How an operand is rounded: folded `Stages` times, to `Bits` bits before its low bits are dropped.
type RoundingPlan =
    {
        Stages: int
        Bits: int
        Target: int
        /// By element.
        Places: PlacedElement[]
    }

/// Chooses multipliers, folds and windows, so that the bins of a rounding are as fine as the ranges allow.
[<RequireQualifiedAccess>]
module RoundingPlan =

    /// Unseen values may exceed a calibrated range by this fraction of it; more would make bins coarser.
    let private margin = 0.04

    /// Codes of `bits` bits that a range and its margin may use.
    let private usable target bits =
        float (1L <<< bits) * (1.0 - 1.0 / float (1L <<< (target + 1))) / (1.0 + margin)

    let private largestPlain target bits (group: RoundedGroup) =
        int64 (floor (usable target bits / group.Span))

    let private fit stages target bits (group: RoundedGroup) multiplier =
        let low, high = group.Range
        let spare = margin / 2.0 * (high - low)

        group.Core
        |> Option.bind (fun core -> Folding.tryFit stages bits target (low - spare, high + spare) core multiplier)

    /// The largest multiplier with which a group fits into the window, folded in `stages` stages where that allows a larger one.
    let private largest stages target bits (group: RoundedGroup) : int64 =
        let plain = largestPlain target bits group

        if stages = 0 || group.Core.IsNone then
            plain
        else
            let smaller multiplier =
                min (multiplier - 1L) (int64 (0.98 * float multiplier))

            Seq.unfold
                (fun multiplier ->
                    if multiplier > plain then
                        Some(multiplier, smaller multiplier)
                    else
                        None)
                ((plain + 1L) <<< stages)
            |> Seq.tryFind (fun multiplier -> (fit stages target bits group multiplier).IsSome)
            |> Option.defaultValue plain

    /// The least width before rounding that holds every group.
    let private natural stages target (groups: RoundedGroup[]) =
        Seq.initInfinite ((+) (target + 1))
        |> Seq.find (fun bits -> groups |> Array.forall (fun group -> largest stages target bits group >= 1L))

    /// How many stages of folding pay.
    let private stagesOf (costs: RoundingCosts) target (groups: RoundedGroup[]) : int =
        let fine = target + 12

        let power stages =
            groups
            |> Array.averageBy (fun group ->
                let gain =
                    float (largest stages target fine group)
                    / float (largestPlain target fine group)

                1.0 / (gain * gain))

        let rec more stages reached =
            let further =
                if
                    stages = costs.MostStages
                    || natural stages target groups + stages >= costs.MostBits
                then
                    reached
                else
                    power (stages + 1)

            if further < costs.LeastGain * reached then
                more (stages + 1) further
            else
                stages

        more 0 1.0

    /// The width before rounding: the least that holds every group, and up to `mostExtra` bits more where multipliers then fill it better.
    let private width (costs: RoundingCosts) stages target (groups: RoundedGroup[]) =
        let natural = natural stages target groups

        let ideal =
            groups
            |> Array.map (fun group -> float (largest stages target (natural + 8) group) / 256.0)

        let loss bits =
            Array.map2
                (fun ideal group ->
                    let reached =
                        float (largest stages target bits group) / float (1L <<< (bits - natural))

                    (ideal / reached) * (ideal / reached))
                ideal
                groups
            |> Array.average

        let most = max natural (min (natural + costs.MostExtra) (costs.MostBits - stages))

        Seq.init (most - natural) ((+) natural)
        |> Seq.tryFind (fun bits -> loss bits < costs.MostLoss)
        |> Option.defaultValue most

    let private place stages target bits cap (group: RoundedGroup) : PlacedElement =
        let multiplier = max 1L (min (int64 cap) (largest stages target bits group))

        let fold =
            if multiplier <= largestPlain target bits group then
                None
            else
                fit stages target bits group multiplier

        let seen, range =
            match fold with
            | None -> group.Seen, group.Range
            | Some fold ->
                { group.Seen with
                    Samples = group.Seen.Samples |> Array.map (Folding.apply bits fold multiplier)
                },
                (fold.Low, fold.High)

        {
            Fold = fold
            Window = RoundingWindow.choose seen (bits - target) target range multiplier
            Clamp = group.Clamp
        }

    /// The multiplier with which a bin is one code. Operands are whole, so finer bins tell nothing apart, and the room is better left to
    /// unseen values.
    let private finest target bits = float (1L <<< (bits - target))

    let private planned (costs: RoundingCosts) target stages (groups: RoundedGroup[]) : RoundingPlan =
        let bits = width costs stages target groups
        let widest = groups |> Array.maxBy _.Span

        let cap (group: RoundedGroup) =
            costs.MostMultiple * float (1 <<< stages) * usable target bits / widest.Span
            * max 1.0 (widest.Norm / group.Norm)
            |> min (finest target bits)

        let found =
            groups
            |> Array.Parallel.map (fun group -> place stages target bits (cap group) group)

        let places = Array.zeroCreate (groups |> Array.sumBy _.Elements.Length)

        Array.iter2 (fun group placed -> group.Elements |> Array.iter (fun element -> places[element] <- placed)) groups found

        {
            Stages = stages
            Bits = bits
            Target = target
            Places = places
        }

    /// One plan for the operand as it is.
    let plain (costs: RoundingCosts) target (groups: RoundedGroup[]) : RoundingPlan = planned costs target 0 groups

    /// What a function has to reach to matter: a fraction of the median over the groups, for each function.
    let private leastReaches (costs: RoundingCosts) (groups: RoundedGroup[]) =
        let reaches = groups |> Array.map (fun group -> RoundingWindow.reaches group.Seen)

        Array.init reaches[0].Length (fun index ->
            reaches
            |> Array.map (Array.item index)
            |> Array.sort
            |> Array.item (groups.Length / 2)
            |> (*) costs.Negligible)

    /// The group, to be folded only where its bins are coarse.
    let private worth (costs: RoundingCosts) coarseness (group: RoundedGroup) =
        if coarseness < costs.LeastCoarseness then
            { group with Core = None }
        else
            group

    /// Plans that spend further lookups on finer bins where results deserve them: one, folded where functions have constant ends, or two
    /// whose functions are those of the halves of every range; f(x) = f(min(x, c)) + f(max(x, c)) − f(c).
    let fine (costs: RoundingCosts) target levels (groups: RoundedGroup[]) : RoundingPlan list =
        let least = leastReaches costs groups

        let coarseness =
            groups
            |> Array.map (fun group -> RoundingWindow.coarseness group.Seen target levels least)

        let whole = Array.map2 (worth costs) coarseness groups
        let stages = stagesOf costs target whole

        let halves =
            if stages > 0 || Array.average coarseness < costs.LeastSplit then
                []
            else
                [ RoundedGroups.half true; RoundedGroups.half false ]
                |> List.map (fun half -> groups |> Array.map (half levels))
                |> List.map (fun half -> stagesOf costs target half, half)

        if halves.IsEmpty || halves |> List.exists (fun (stages, _) -> stages = 0) then
            [ planned costs target stages whole ]
        else
            halves |> List.map (fun (stages, half) -> planned costs target stages half)
