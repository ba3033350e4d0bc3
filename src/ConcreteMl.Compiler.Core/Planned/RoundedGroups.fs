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

/// What is known of groups before a rounding is planned.
[<RequireQualifiedAccess>]
module RoundedGroups =

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
    let half below levels (group: RoundedGroup) : RoundedGroup =
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
