namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Quant

/// One coarse lookup: code = multiplier · original + Shift is read in coarse bins, and the entry of its bin is added.
type FoldStage =
    {
        Shift: int64
        /// By coarse bin, from the lowest; first and last are opposite, so that codes beyond the window move as the outermost do.
        Entries: int64[]
        /// The entry of bins that stay.
        Stay: int64
    }

/// Coarse lookups in front of a rounding: they move the outer parts of a range on which every function is constant (a Relu's
/// negative side) next to the part where it is not, so that fewer and finer bins cover the whole.
type Fold =
    {
        Stages: FoldStage list
        /// Where folded codes lie, in original codes, the reach of the coarse lookups' noise included.
        Low: float
        High: float
    }

/// Chooses folds.
[<RequireQualifiedAccess>]
module Folding =

    /// Width of the coarse lookup's operand: its bins are 1/32 of the range.
    let coarseBits = 5

    let private coarse = 1L <<< coarseBits

    /// Function values that differ by less than this fraction of an output code count as equal.
    let private tolerance = 1.0 / 16.0

    /// The first and the last point between which a function changes by more than a fraction of its reach; None where it never does.
    let private changes levels (values: float[]) reach : (int * int) option =
        let span =
            if reach > 0.0 then
                reach
            else
                Array.max values - Array.min values

        let same a b =
            abs (a - b) <= tolerance * span / levels

        values
        |> Array.tryFindIndex (fun value -> not (same value values[0]))
        |> Option.map (fun first ->
            let final =
                Array.findIndexBack (fun value -> not (same value values[values.Length - 1])) values

            first - 1, final + 1)

    /// The original codes between which the functions change, at a resolution of `levels` output codes; None where they never do.
    /// Output codes cover what a function reaches over the samples: a pole beyond them (1/x of a Softmax's sum) is no measure of change.
    let core (seen: RoundedFunction) (levels: float) : (float * float) option =
        let found =
            Array.map2 (changes levels) seen.Values (RoundingWindow.reaches seen)
            |> Array.choose id

        let position point =
            seen.First + seen.Distance * float point

        if found.Length = 0 then
            None
        else
            Some(position (found |> Array.map fst |> Array.min), position (found |> Array.map snd |> Array.max))

    /// Width of a coarse bin in codes that fold to `bits` bits.
    let private bin bits = 1L <<< (bits + 1 - coarseBits)

    /// Positions of coarse bins, from the lowest.
    let private bins =
        Array.init (int coarse) (fun index -> float index - float coarse / 2.0)

    /// One stage, from a window of `bits` + 1 bits to [low, high] as it returns it; None where the range does not fit into the window.
    /// Codes within half a coarse bin of a boundary may go either way by noise: what moves ends at least that far outside of `core`.
    let private stage bits (low: float, high: float) (core: float * float) (multiplier: int64) : (FoldStage * float * float) option =
        let width, factor, bottom = float (bin bits), float multiplier, -float(1L <<< bits)
        let foldsLeft, foldsRight = fst core > low, snd core < high
        let slack = 2.0 * -bottom - width / 2.0 - factor * (high - low)
        let middle = bottom + slack / 2.0 - factor * low

        let knee =
            if foldsLeft then fst core
            elif foldsRight then snd core
            else 0.0

        let shift =
            Math.Round(width * Math.Round((factor * knee + middle) / width) - factor * knee)

        let at code = factor * code + shift
        let original code = (code - shift) / factor

        if at low < bottom || at high > -bottom - width / 2.0 then
            None
        else
            let lastLeft =
                if foldsLeft then
                    Math.Floor(at (fst core) / width + 1e-6) - 1.0
                else
                    bins[0]

            let firstRight =
                if foldsRight then
                    Math.Ceiling(at (snd core) / width - 1e-6) + 1.0
                else
                    bins[bins.Length - 1]

            let entry bin =
                max 0.0 (lastLeft - bin) - max 0.0 (bin - firstRight)

            let stay = -(entry bins[0] + entry bins[bins.Length - 1]) / 2.0

            let stage =
                {
                    Shift = int64 shift
                    Entries = bins |> Array.map (fun bin -> int64 ((entry bin + stay) * width))
                    Stay = int64 (stay * width)
                }

            Some(
                stage,
                (if foldsLeft then
                     max low (original ((lastLeft - 1.0) * width))
                 else
                     low),
                (if foldsRight then
                     min high (original ((firstRight + 1.0) * width))
                 else
                     high)
            )

    /// The fold in `stages` stages of a group with codes in [low, high] at one multiplier, to a rounding of `bits` to `target` bits; None where it does not fit.
    let tryFit stages bits target (low: float, high: float) (core: float * float) (multiplier: int64) : Fold option =
        let rec from count (low, high) found =
            if count = 0 then
                let room = float (1L <<< bits) * (1.0 - 1.0 / float (1L <<< (target + 1)))

                if float multiplier * (high - low) <= room then
                    Some
                        {
                            Stages = List.rev found
                            Low = low
                            High = high
                        }
                else
                    None
            else
                stage (bits + count - 1) (low, high) core multiplier
                |> Option.bind (fun (stage, low, high) -> from (count - 1) (low, high) (stage :: found))

        from stages (low, high) []

    /// The original code that a code becomes.
    let apply bits (fold: Fold) (multiplier: int64) (code: float) : float =
        let count = fold.Stages.Length

        fold.Stages
        |> List.indexed
        |> List.fold
            (fun code (index, stage) ->
                let width = float (bin (bits + count - 1 - index))

                let place =
                    int (Math.Floor((float multiplier * code + float stage.Shift) / width + 0.5))
                    + int coarse / 2

                let entry = stage.Entries[Math.Clamp(place, 0, stage.Entries.Length - 1)]
                code + float (entry - stage.Stay) / float multiplier)
            code
