namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Quant

/// A lookup that reads an operand.
type RoundedReader =
    {
        Function: Region
        /// By element: between these results values are told apart, beyond them the ends do as well (what a maximum never selects);
        /// None: everywhere.
        Limits: Lazy<(float * float)[] option>
    }

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

/// What is known of groups before a rounding is planned.
[<RequireQualifiedAccess>]
module RoundedGroups =

    /// Samples from which on a calibrated range is taken as whole, the margin aside.
    let private manySamples = 80.0

    /// Of so many samples no further one is expected to matter.
    let private unseenOf = 1000.0

    /// How far a value that is met once in a thousand goes beyond the range of `samples` samples, as a part of that range. Of a normal
    /// distribution the largest of n samples is about σ√(2 ln n), and beyond it the density falls by e every σ/√(2 ln n): the
    /// largest of N samples exceeds that of n by the fraction ln(N/n) / (4 ln n) of the range.
    let headroom (samples: int) =
        let count = float (max 8 samples)
        max 0.0 (log (unseenOf / count) / (4.0 * log count))

    /// Decisions of few jumps cost nothing by coarser bins: their ranges are twice as wide as what was seen.
    let private decided = 0.5

    /// More jumps than these seldom all meet the bounds of bins.
    let private fewJumps = 2

    /// How far beyond a calibrated range, as a part of it, bins go where functions are constant between so many jumps; None: as far as others'.
    let internal beyondDecisions jumps =
        if jumps <= fewJumps then Some decided else None

    /// Whether codes beyond the window read about the right entry: the torus negates the table there, and codes are centred.
    let private saturates (seen: RoundedFunction) =
        seen.Values
        |> Array.forall (fun values ->
            let low, high = Array.min values, Array.max values

            let near value other =
                abs (value - other) <= 0.1 * (high - low)

            let first, last = values[0], values[values.Length - 1]
            near first low && near last high || near first high && near last low)

    /// A calibrated range, further out where few samples leave much unseen and a value beyond it would be read as its opposite; never
    /// beyond what no input exceeds.
    let private widened (seen: RoundedFunction) samples (worst: int64 * int64) (low: int64, high: int64) =
        let few = 3.0 * max 0.0 (1.0 / float (samples + 4) - 1.0 / manySamples)

        let part =
            match beyondDecisions seen.Jumps.Length with
            | Some decided when seen.Decides -> decided
            | _ when saturates seen && not seen.Decides -> few
            | _ -> max few (headroom samples)

        let unseen = part * float (high - low)

        if part = few then
            float low - unseen, float high + unseen
        else
            max (float (min low (fst worst))) (float low - unseen), min (float (max high (snd worst))) (float high + unseen)

    /// Values of a group's elements, those beyond the limits as the limits.
    let private within (reader: RoundedReader) (elements: int[]) (values: float[]) =
        match reader.Limits.Value with
        | None -> values
        | Some limits ->
            let low = elements |> Array.map (fun element -> fst limits[element]) |> Array.min
            let high = elements |> Array.map (fun element -> snd limits[element]) |> Array.max
            values |> Array.map (fun value -> max low (min high value))

    /// What a group's functions give for its codes, within the readers' limits.
    let private applied (readers: RoundedReader list) (x: Emitted) (elements: int[]) (codes: float[]) : float[][] =
        let first = elements[0]

        let values =
            codes
            |> Array.map (fun code -> Meaning.real x.Scale[first] x.Offset[first] code)

        readers
        |> List.map (fun reader ->
            Region.apply reader.Function [| first |] codes.Length values
            |> within reader elements)
        |> Array.ofList

    let private norm (norms: int64[]) (elements: int[]) =
        elements
        |> Array.map (fun element -> sqrt (float (max 1L norms[element])))
        |> Array.max

    /// Groups with what their functions do; results have at most `levels` codes.
    let observe
        (readers: RoundedReader list)
        levels
        (groups: Classes)
        (x: Emitted)
        (norms: int64[])
        (found: (int64 * int64)[])
        : RoundedGroup[] =
        let lanes = x.Batch.Lanes

        let samplesOf element =
            Array.init lanes (fun lane -> float x.Batch.Data[element * lanes + lane])

        Partition.members groups
        |> Array.Parallel.map (fun elements ->
            let samples = Array.collect samplesOf elements
            let seen = RoundingWindow.observe (applied readers x elements) samples
            let low, high = widened seen samples.Length x.Worst found[elements[0]]

            {
                Elements = elements
                Range = low, high
                Span = high - low + 1.0
                Norm = norm norms elements
                Seen = seen
                Core = Folding.core seen (float levels)
                Clamp = Double.NegativeInfinity, Double.PositiveInfinity
            })

    /// Functions that are constant beyond a point, below it or above it.
    let private clamped below point (seen: RoundedFunction) =
        let nearest = if below then min point else max point

        { seen with
            Jumps = [||]
            Decides = false
            Values =
                seen.Values
                |> Array.map (fun values -> Array.init values.Length (fun index -> values[nearest index]))
        }

    /// The group with its functions taken as constant beyond the middle of its range: f(min(x, c)) below, f(max(x, c)) above.
    let half below levels (group: RoundedGroup) : RoundedGroup =
        let middle = (fst group.Range + snd group.Range) / 2.0
        let point = int (Math.Round((middle - group.Seen.First) / group.Seen.Distance))
        let seen = clamped below point group.Seen

        { group with
            Seen = seen
            Core = Folding.core seen (float levels)
            Clamp =
                if below then
                    Double.NegativeInfinity, middle
                else
                    middle, Double.PositiveInfinity
        }
