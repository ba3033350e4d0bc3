namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Quant

/// A group of elements on its way to a rounding.
type RoundedGroup =
    {
        Elements: int[]
        /// Lowest and highest code of calibration, and how many codes they span.
        Range: float * float
        Span: float
        /// The largest 2-norm of the weights that lead to its elements: how much its codes amplify noise.
        Norm: float
        Seen: RoundedFunction
        /// Between these codes the functions change.
        Core: (float * float) option
        /// Beyond these codes the functions are taken as constant.
        Clamp: float * float
    }

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

    /// Alignment multipliers may cost at most this many further bits before rounding.
    let private mostExtra = 3

    /// How much larger than possible the mean squared bin may be.
    let private mostLoss = 1.15

    /// Bins that are finer than this fraction of a result's code are not worth a fold, nor below the other worth two lookups.
    let private leastCoarseness, private leastSplit = 1.1, 1.7

    /// Functions that reach less than this fraction of what is usual do not ask for fine bins: units that hardly ever switch on.
    let private negligible = 0.125

    /// A stage of folding pays where it lowers the mean squared bin at least by this factor; every element of the tensor pays for its lookup.
    let private leastGain = 0.65

    let private mostStages = 3

    /// Multipliers that amplify noise beyond this many times what the widest group's does bring little else.
    let private mostMultiple = 4.0

    /// Samples from which on a calibrated range is taken as whole, the margin aside.
    let private manySamples = 80.0

    /// A calibrated range, further out where few samples leave much unseen.
    let private widened samples (low: int64, high: int64) =
        let unseen =
            3.0
            * float (high - low)
            * max 0.0 (1.0 / float (samples + 4) - 1.0 / manySamples)

        float low - unseen, float high + unseen

    /// Groups with what their functions do; results have at most `levels` codes.
    let observe
        (functions: Region list)
        levels
        (groups: Classes)
        (x: Emitted)
        (norms: int64[])
        (found: (int64 * int64)[])
        : RoundedGroup[] =
        let lanes = x.Batch.Lanes

        Partition.members groups
        |> Array.Parallel.map (fun elements ->
            let first = elements[0]

            let apply (codes: float[]) =
                let values =
                    codes |> Array.map (fun code -> x.Scale[first] * code + x.Offset[first])

                functions
                |> List.map (fun region -> Region.apply region [| first |] codes.Length values)
                |> Array.ofList

            let samples =
                elements
                |> Array.collect (fun element -> Array.init lanes (fun lane -> float x.Batch.Data[element * lanes + lane]))

            let seen = RoundingWindow.observe apply samples
            let low, high = widened samples.Length found[first]

            {
                Elements = elements
                Range = low, high
                Span = high - low + 1.0
                Norm =
                    elements
                    |> Array.map (fun element -> sqrt (float (max 1L norms[element])))
                    |> Array.max
                Seen = seen
                Core = Folding.core seen (float levels)
                Clamp = Double.NegativeInfinity, Double.PositiveInfinity
            })

    /// The group with its functions taken as constant beyond the middle of its range: f(min(x, c)) below, f(max(x, c)) above.
    let private half below levels (group: RoundedGroup) : RoundedGroup =
        let middle = (fst group.Range + snd group.Range) / 2.0
        let point = int (Math.Round((middle - group.Seen.First) / group.Seen.Distance))
        let nearest = if below then min point else max point

        let seen =
            { group.Seen with
                Values =
                    group.Seen.Values
                    |> Array.map (fun values -> Array.init values.Length (fun index -> values[nearest index]))
            }

        { group with
            Seen = seen
            Core = Folding.core seen (float levels)
            Clamp =
                if below then
                    Double.NegativeInfinity, middle
                else
                    middle, Double.PositiveInfinity
        }

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

    /// How many stages of folding pay.
    let private stagesOf target (groups: RoundedGroup[]) : int =
        let fine = target + 12

        let power stages =
            groups
            |> Array.averageBy (fun group ->
                let gain =
                    float (largest stages target fine group)
                    / float (largestPlain target fine group)

                1.0 / (gain * gain))

        let rec more stages reached =
            let further = if stages = mostStages then reached else power (stages + 1)

            if further < leastGain * reached then
                more (stages + 1) further
            else
                stages

        more 0 1.0

    /// The width before rounding: the least that holds every group, and up to `mostExtra` bits more where multipliers then fill it better.
    let private width stages target (groups: RoundedGroup[]) =
        let natural =
            Seq.initInfinite ((+) (target + 1))
            |> Seq.find (fun bits -> groups |> Array.forall (fun group -> largest stages target bits group >= 1L))

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

        Seq.init mostExtra ((+) natural)
        |> Seq.tryFind (fun bits -> loss bits < mostLoss)
        |> Option.defaultValue (natural + mostExtra)

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

    let private planned target stages (groups: RoundedGroup[]) : RoundingPlan =
        let bits = width stages target groups
        let widest = groups |> Array.maxBy _.Span

        let cap (group: RoundedGroup) =
            mostMultiple * float (1 <<< stages) * usable target bits / widest.Span
            * max 1.0 (widest.Norm / group.Norm)

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
    let plain target (groups: RoundedGroup[]) : RoundingPlan = planned target 0 groups

    /// Plans that spend further lookups on finer bins where results deserve them: one, folded where functions have constant ends, or two
    /// whose functions are those of the halves of every range; f(x) = f(min(x, c)) + f(max(x, c)) − f(c).
    let fine target levels (groups: RoundedGroup[]) : RoundingPlan list =
        let reaches = groups |> Array.map (fun group -> RoundingWindow.reaches group.Seen)

        let least =
            Array.init reaches[0].Length (fun index ->
                reaches
                |> Array.map (Array.item index)
                |> Array.sort
                |> Array.item (groups.Length / 2)
                |> (*) negligible)

        let coarseness =
            groups
            |> Array.map (fun group -> RoundingWindow.coarseness group.Seen target levels least)

        let worth =
            Array.map2
                (fun coarseness group ->
                    if coarseness < leastCoarseness then
                        { group with Core = None }
                    else
                        group)
                coarseness
                groups

        let stages = stagesOf target worth

        let halves =
            if stages > 0 || Array.average coarseness < leastSplit then
                []
            else
                [ half true; half false ]
                |> List.map (fun half -> groups |> Array.map (half levels))

        if halves.IsEmpty || halves |> List.exists (fun half -> stagesOf target half = 0) then
            [ planned target stages worth ]
        else
            halves |> List.map (fun half -> planned target (stagesOf target half) half)
