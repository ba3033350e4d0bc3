namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Where the bins of a rounding lie for one group of elements: code = Multiplier · original + Shift, before low bits are dropped.
[<Struct>]
type Window = { Multiplier: int64; Shift: int64 }

/// What a rounding feeds: values of the lookups' functions over the group's codes, on a fine grid.
type RoundedFunction =
    {
        /// The code of the first grid point, and the distance of points.
        First: float
        Distance: float
        /// [functions][points]
        Values: float[][]
        /// The group's codes over calibration.
        Samples: float[]
    }

/// Chooses roundings by the error that they cause behind the lookup: bins as narrow as the range allows, placed where they hurt least.
[<RequireQualifiedAccess>]
module RoundingWindow =

    let private gridSize = 1024
    let private mostSamples = 600

    /// Grid and samples of one group; `apply` runs the lookups' functions on codes.
    let observe (apply: float[] -> float[][]) (samples: float[]) : RoundedFunction =
        let low, high = Array.min samples, Array.max samples
        let reach = max 1.0 (0.25 * (high - low))
        let distance = (high - low + 2.0 * reach) / float (gridSize - 1)
        let first = low - reach

        let finite (values: float[]) =
            values |> Array.map (fun value -> if Double.IsFinite value then value else 0.0)

        {
            First = first
            Distance = distance
            Values =
                apply (Array.init gridSize (fun point -> first + distance * float point))
                |> Array.map finite
            Samples =
                if samples.Length <= mostSamples then
                    samples
                else
                    Array.init mostSamples (fun index -> samples[int (int64 index * int64 samples.Length / int64 mostSamples)])
        }

    let private at (seen: RoundedFunction) (values: float[]) code =
        let point = (code - seen.First) / seen.Distance
        values[Math.Clamp(int (Math.Round point), 0, values.Length - 1)]

    /// The mean of the function over each bin.
    let private entries (seen: RoundedFunction) values drop bits (window: Window) =
        let size = float (1L <<< drop)

        Array.init (1 <<< bits) (fun bin ->
            let start = (float (bin - (1 <<< (bits - 1))) - 0.5) * size

            let part quarter =
                at
                    seen
                    values
                    ((start + (quarter + 0.5) / 4.0 * size - float window.Shift)
                     / float window.Multiplier)

            (part 0.0 + part 1.0 + part 2.0 + part 3.0) / 4.0)

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

    /// The window for a group with codes in [low, high], at a multiplier with which they fit: of all shifts that keep
    /// the range inside, the one with the least error.
    let choose (seen: RoundedFunction) drop bits (low: float, high: float) (multiplier: int64) : Window =
        let size = 1L <<< drop
        let whole = float (1L <<< (drop + bits)) - float size / 2.0
        let bottom = -(float (1L <<< (drop + bits - 1)))
        let slack = whole - float multiplier * (high - low + 1.0)

        let at part phase =
            {
                Multiplier = multiplier
                Shift =
                    int64 (Math.Ceiling(bottom + slack * part - float multiplier * low))
                    + int64 phase * size / 8L
            }

        let inside window =
            let ends code =
                float multiplier * code + float window.Shift

            ends low >= bottom && ends high < bottom + whole

        let found =
            [|
                for part in [ 0.1; 0.3; 0.5; 0.7; 0.9 ] do
                    for phase in -3 .. 3 -> at part phase
            |]
            |> Array.filter inside

        if found.Length = 0 then
            at 0.5 0
        else
            found |> Array.minBy (error seen drop bits)
