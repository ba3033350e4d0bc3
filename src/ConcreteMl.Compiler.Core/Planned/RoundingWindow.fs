namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Chooses roundings by the error that they cause behind the lookup: bins as narrow as the range allows, placed where they hurt least.
[<RequireQualifiedAccess>]
module RoundingWindow =

    let private gridSize = 1024

    /// A grid so many times as fine tells on which side of a bin's bound a jump lies, also for bins of eight bits.
    let private jumpGrid = 4

    let private mostSamples = 600

    /// Grid and samples of one group; `apply` runs the lookups' functions on codes.
    let observe (apply: float[] -> float[][]) (samples: float[]) : RoundedFunction =
        let low, high = Array.min samples, Array.max samples
        let reach = max 1.0 (0.25 * (high - low))
        let first = low - reach

        let finite (values: float[]) =
            values |> Array.map (fun value -> if Double.IsFinite value then value else 0.0)

        let on points =
            let distance = (high - low + 2.0 * reach) / float (points - 1)

            distance,
            apply (Array.init points (fun point -> first + distance * float point))
            |> Array.map finite

        let distance, coarse = on gridSize
        let jumps = Jumps.find (apply >> Array.map finite) first distance coarse

        let distance, values =
            if jumps.Length = 0 then
                distance, coarse
            else
                on (jumpGrid * gridSize)

        {
            First = first
            Distance = distance
            Values = values
            Jumps = jumps
            Decides = jumps.Length > 0 && Array.forall Jumps.isStair values
            Samples =
                if samples.Length <= mostSamples then
                    samples
                else
                    Array.init mostSamples (fun index -> samples[int (int64 index * int64 samples.Length / int64 mostSamples)])
        }

    let private at (seen: RoundedFunction) (values: float[]) code =
        let point = (code - seen.First) / seen.Distance
        values[Math.Clamp(int (Math.Round point), 0, values.Length - 1)]

    /// Points of a bin where its mean is taken: it is for comparisons of windows, and taken often.
    let private perBin = 4

    /// The mean of the function over each bin.
    let private entries (seen: RoundedFunction) values drop bits (window: Window) =
        let size, multiplier = float (1L <<< drop), float window.Multiplier

        Array.init (1 <<< bits) (fun bin ->
            (float (bin - (1 <<< (bits - 1))) - 0.5) * size - float window.Shift
            |> Bins.codes perBin size multiplier
            |> Array.averageBy (at seen values))

    /// Mean squared error behind the lookup over the samples, relative to the functions' variances, wrapped codes included.
    let error (seen: RoundedFunction) drop bits (window: Window) : float =
        let size = float (1L <<< drop)
        let whole = 1 <<< bits

        seen.Values
        |> Array.sumBy (fun values ->
            let entries = entries seen values drop bits window
            let middle = (Array.min entries + Array.max entries) / 2.0
            let mutable sum, square, total = 0.0, 0.0, 0.0

            for code in seen.Samples do
                let bin =
                    int (floor ((float window.Multiplier * code + float window.Shift) / size + 0.5))
                    + whole / 2

                let place = bin &&& (2 * whole - 1)

                let entry =
                    if place < whole then
                        entries[place]
                    else
                        2.0 * middle - entries[place - whole]

                let value = at seen values code
                sum <- sum + (entry - value) * (entry - value)
                total <- total + value
                square <- square + value * value

            let count = float seen.Samples.Length
            let variance = square / count - (total / count) * (total / count)
            if variance > 1e-30 then sum / count / variance else 0.0)

    /// How far each function's values reach over the samples.
    let reaches (seen: RoundedFunction) : float[] =
        seen.Values
        |> Array.map (fun values ->
            let reached = seen.Samples |> Array.map (at seen values)
            Array.max reached - Array.min reached)

    /// Jumps with what missing them costs: their squared heights, relative to what functions reach, times the samples within half a bin of
    /// them (and one more, so that none counts for nothing).
    let internal weighted (seen: RoundedFunction) (bin: float) : (float * float)[] =
        let height jump =
            Array.map2
                (fun values reach ->
                    let high, low =
                        at seen values (jump + seen.Distance), at seen values (jump - seen.Distance)

                    if reach > 0.0 then ((high - low) / reach) ** 2.0 else 0.0)
                seen.Values
                (reaches seen)
            |> Array.sum

        seen.Jumps
        |> Array.map (fun jump ->
            let near =
                seen.Samples
                |> Array.sumBy (fun code -> if abs (code - jump) <= bin / 2.0 then 1 else 0)

            jump, height jump * (1.0 + float near))

    /// How many output codes one bin of the plain window spans where the functions are steepest, at `levels` codes over their values.
    /// A function whose values reach less than `least` matters less, and its codes count as wider.
    let coarseness (seen: RoundedFunction) bits (levels: int) (least: float[]) : float =
        let span = Array.max seen.Samples - Array.min seen.Samples

        let points = int (Math.Ceiling(span / float (1L <<< bits) / seen.Distance))

        Array.map3
            (fun (values: float[]) reach least ->
                let known = float (min levels (values |> Seq.distinct |> Seq.length) - 1)

                let steepest =
                    Seq.init (values.Length - points) (fun point -> abs (values[point + points] - values[point]))
                    |> Seq.max

                if reach > 0.0 then
                    steepest * known / max reach least
                else
                    0.0)
            seen.Values
            (reaches seen)
            least
        |> Array.fold max 0.0

    /// How many codes between a jump and the nearest bound of two bins read the wrong side, each jump times its weight.
    let private missed (weighted: (float * float)[]) drop (window: Window) : float =
        let size, multiplier = float (1L <<< drop), float window.Multiplier

        weighted
        |> Array.sumBy (fun (jump, weight) ->
            let place = (multiplier * jump + float window.Shift) / size + 0.5
            weight * max 0.0 (abs (place - Math.Round place) * size / multiplier - 0.5))

    /// The shift nearest to a given one with which a jump falls on the bound of two bins.
    let private shifted drop (window: Window) (jump: float) : Window =
        let size = float (1L <<< drop)
        let place = float window.Multiplier * jump + 0.5
        let bound = Math.Round((float window.Shift + place) / size + 0.5) - 0.5

        { window with
            Shift = int64 (Math.Ceiling(bound * size - place))
        }

    /// At most so many multipliers are tried to make several jumps meet bounds.
    let private mostMultipliers = 64L

    /// The same where a function also varies between its jumps.
    let private fewMultipliers = 8L

    /// Of the windows that miss jumps least so many are compared by their error.
    let private compared = 32

    /// Codes of a group, from `Low` to `High`, and the window for them: 2^Bits bins of 2^Drop codes.
    [<Struct>]
    type private Fit =
        {
            Drop: int
            Bits: int
            Low: float
            High: float
        }

        member this.Bottom = -(float (1L <<< (this.Drop + this.Bits - 1)))

        /// How many codes round to the window's bins.
        member this.Width =
            float (1L <<< (this.Drop + this.Bits)) - float (1L <<< this.Drop) / 2.0

    /// The window with this part of the room that is left below the codes, moved by eighths of a bin.
    let private windowAt (fit: Fit) multiplier part phase : Window =
        let slack = fit.Width - float multiplier * (fit.High - fit.Low + 1.0)

        {
            Multiplier = multiplier
            Shift =
                int64 (Math.Ceiling(fit.Bottom + slack * part - float multiplier * fit.Low))
                + int64 phase * (1L <<< fit.Drop) / 8L
        }

    let private isInside (fit: Fit) (window: Window) =
        let ends code =
            float window.Multiplier * code + float window.Shift

        ends fit.Low >= fit.Bottom && ends fit.High < fit.Bottom + fit.Width

    /// Of windows that are equally good the first is taken: as much room below as above.
    let private phased (fit: Fit) multiplier =
        [|
            for part in [ 0.5; 0.3; 0.7; 0.1; 0.9 ] do
                for phase in [ 0; -1; 1; -2; 2; -3; 3 ] -> windowAt fit multiplier part phase
        |]

    /// Windows that have a jump between two bins.
    let private jumping (seen: RoundedFunction) (fit: Fit) multiplier =
        [|
            for part in [ 0.5; 0.3; 0.7; 0.1; 0.9 ] do
                for jump in seen.Jumps -> shifted fit.Drop (windowAt fit multiplier part 0) jump
        |]
        |> Array.filter (isInside fit)

    /// Such windows at this multiplier and about `most` smaller ones, those that miss jumps least first.
    let private meeting (seen: RoundedFunction) (fit: Fit) multiplier most =
        let weighted = weighted seen (float (1L <<< fit.Drop) / float multiplier)
        let smaller = max 1L (multiplier / 2L)

        [| multiplier .. -(max 1L ((multiplier - smaller) / most)) .. smaller |]
        |> Array.collect (jumping seen fit)
        |> Array.map (fun window -> missed weighted fit.Drop window, window)
        |> Array.sortBy fst

    let private least (seen: RoundedFunction) (fit: Fit) windows =
        windows |> Array.minBy (error seen fit.Drop fit.Bits)

    /// The window with the least error, wherever jumps lie; `more` are compared too.
    let private plain (seen: RoundedFunction) (fit: Fit) multiplier more =
        let found =
            Array.concat [ phased fit multiplier; jumping seen fit multiplier; more ]
            |> Array.filter (isInside fit)

        if found.Length = 0 then
            windowAt fit multiplier 0.5 0
        else
            least seen fit found

    /// The window for a group with codes in [low, high], at a multiplier with which they fit: of all shifts that keep
    /// the range inside, the one with the least error. Decisions have their jumps between two bins where that is possible: then a
    /// rounding loses nothing, and where two jumps ask for it the multiplier may be smaller, as their bins need not be fine.
    let choose (seen: RoundedFunction) drop bits (low: float, high: float) (multiplier: int64) : Window =
        let fit =
            {
                Drop = drop
                Bits = bits
                Low = low
                High = high
            }

        let leastOf found =
            if Array.isEmpty found then
                plain seen fit multiplier [||]
            else
                least seen fit found

        match seen.Jumps.Length with
        | 0 -> plain seen fit multiplier [||]
        | 1 when seen.Decides -> leastOf (jumping seen fit multiplier)
        | _ when seen.Decides ->
            let found = meeting seen fit multiplier mostMultipliers

            found
            |> Array.filter (fun (miss, _) -> miss <= fst found[0] + 1e-9)
            |> Array.truncate compared
            |> Array.map snd
            |> leastOf
        | _ ->
            meeting seen fit multiplier fewMultipliers
            |> Array.truncate compared
            |> Array.map snd
            |> plain seen fit multiplier
