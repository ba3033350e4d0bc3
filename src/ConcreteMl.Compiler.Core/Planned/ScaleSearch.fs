namespace ConcreteMl.Compiler.Core.Planned

open System
open System.Collections.Generic
open System.Runtime.Intrinsics

/// real = Scale · code + Offset.
[<Struct>]
type Step = { Scale: float; Offset: float }

/// Uniform quantizers by least squares on samples.
[<RequireQualifiedAccess>]
module ScaleSearch =

    /// Codes of `bits` bits lie in [low, high].
    let codes bits =
        -(1L <<< (bits - 1)), (1L <<< (bits - 1)) - 1L

    /// The nearest code, ties to even, clipped; NaN counts as the lowest. A scale of 0 knows code 0 alone.
    let code bits (step: Step) (value: float) : int64 =
        let low, high = codes bits

        let nearest =
            Math.Round((value - step.Offset) / step.Scale, MidpointRounding.ToEven)

        if step.Scale = 0.0 then 0L
        elif Double.IsNaN nearest then low
        else int64 (Math.Clamp(nearest, float low, float high))

    /// The squared errors of four steps, the samples' added up in their order: each step has a lane of the vectors.
    let private errorsOfFour bits (steps: Step[]) (samples: float[]) : float[] =
        let lane (part: Step -> float) =
            Vector256.Create(part steps[0], part steps[1], part steps[2], part steps[3])

        let least, most = codes bits
        let low, high = Vector256.Create(float least), Vector256.Create(float most)
        let scales, offsets = lane _.Scale, lane _.Offset
        let inverses = lane (fun step -> 1.0 / step.Scale)
        let mutable sums = Vector256<float>.Zero

        for sample in samples do
            let value = Vector256.Create(sample: float)

            let code =
                Vector256.Multiply(Vector256.Subtract(value, offsets), inverses)
                |> Vector256.Round

            let code = Vector256.Min(Vector256.Max(code, low), high)

            let difference =
                Vector256.Subtract(Vector256.Add(Vector256.Multiply(code, scales), offsets), value)

            sums <- Vector256.Add(sums, Vector256.Multiply(difference, difference))

        Array.init 4 sums.GetElement

    /// The squared error of each step.
    let private errors bits (steps: Step[]) (samples: float[]) : float[] =
        let four (own: Step[]) =
            let lanes = Array.init 4 (fun lane -> own[min lane (own.Length - 1)])
            errorsOfFour bits lanes samples |> Array.truncate own.Length

        steps |> Array.chunkBySize 4 |> Array.collect four

    /// The first of the steps with the least squared error.
    let private leastOf bits (samples: float[]) (steps: Step[]) : Step =
        Array.zip steps (errors bits steps samples) |> Array.minBy snd |> fst

    /// At most this many samples decide a scale.
    let private enough = 1500

    /// Few samples that stand for all, the ends among them: values that are hardly ever met decide the range too.
    let private thin (samples: float[]) =
        if samples.Length <= enough then
            samples
        else
            let taken =
                Array.init enough (fun index -> samples[int (int64 index * int64 samples.Length / int64 enough)])

            Array.append taken [| Array.min samples; Array.max samples |]

    /// A step over [low, high]; with `zero`, real 0 is a code exactly.
    let private between bits zero (low: float) (high: float) scale =
        let least, most = codes bits
        let scale = defaultArg scale ((high - low) / float (most - least))
        let offset = (low + high) / 2.0 - scale * float (least + most) / 2.0

        {
            Scale = scale
            Offset = if zero then scale * Math.Round(offset / scale) else offset
        }

    /// Whether most values come back: a few reals that were met once each lie on some grid by chance alone.
    let private recurs (counts: int[]) =
        let once = counts |> Array.filter ((=) 1) |> Array.length
        2 * once < counts.Length - 1 || once = 0

    /// Whether values lie on a grid of `count` steps from `low` to `high`.
    let private liesOn (low, high) count (values: float[]) =
        values
        |> Array.forall (fun value ->
            let position = (value - low) / ((high - low) / count)
            abs (position - Math.Round position) < 1e-3)

    /// How often each value occurs, by value; None where there are more than `most` values.
    let private counted most (samples: float[]) : (float * int)[] option =
        let counts = Dictionary<float, int>()
        let mutable at = 0

        while at < samples.Length && counts.Count <= most do
            let _, before = counts.TryGetValue samples[at]
            counts[samples[at]] <- before + 1
            at <- at + 1

        if counts.Count > most then
            None
        else
            [| for pair in counts -> pair.Key, pair.Value |] |> Array.sortBy fst |> Some

    /// A grid has at most so many points.
    let private mostPoints = 256.0

    /// The grid that the samples lie on (such as pixels in 1/16 steps), where `bits` bits can hold it.
    let private grid bits (samples: float[]) =
        let levels = float ((1L <<< bits) - 1L)

        match counted (int (min mostPoints (levels + 1.0))) samples with
        | Some found when found.Length >= 2 && recurs (Array.map snd found) ->
            let distinct = Array.map fst found
            let low, high = distinct[0], distinct[distinct.Length - 1]
            let gap = distinct |> Array.pairwise |> Array.map (fun (a, b) -> b - a) |> Array.min
            let count = Math.Round((high - low) / gap)
            let isFine = count <= levels && count < float (distinct.Length * 8)

            if isFine && liesOn (low, high) count distinct then
                Some(low, (high - low) / count, count)
            else
                None
        | _ -> None

    /// Spare codes are left at both ends, so that a table's entries are about opposite, and real 0 stays within reach of a positive grid.
    let private fitted bits zero (low, scale, count) =
        let least, most = codes bits
        let spare = float (most - least) - count
        let centred = low - scale * Math.Round(spare / 2.0)

        let reachesZero =
            low >= 0.0
            && low <= scale * spare
            && abs (low / scale - Math.Round(low / scale)) < 1e-6

        let first = if reachesZero then min 0.0 centred else centred

        let step =
            {
                Scale = scale
                Offset = first - scale * float least
            }

        let exact = abs (step.Offset / scale - Math.Round(step.Offset / scale)) < 1e-6
        if zero && not exact then None else Some step

    /// The step of the grid of at most 2^bits points that all finite values lie on.
    let tryGridStep bits (samples: float[]) : float option =
        samples
        |> Array.filter Double.IsFinite
        |> grid bits
        |> Option.map (fun (_, step, _) -> step)

    /// Shrinks both ends in turn while the error falls.
    let private search bits zero (samples: float[]) (low: float) (high: float) =
        let stepOf (low, high) = between bits zero low high None
        let first = stepOf (low, high)
        let mutable best = first
        let mutable least = (errors bits [| first |] samples)[0]
        let mutable ends = low, high

        let attempt (candidates: (float * float)[]) =
            let steps = candidates |> Array.map stepOf
            let found = errors bits steps samples

            for at in 0 .. steps.Length - 1 do
                if found[at] < least then
                    least <- found[at]
                    best <- steps[at]
                    ends <- candidates[at]

        for fraction in [ 0.04; 0.02; 0.01 ] do
            for round in 1..2 do
                let low, high = ends
                let span = high - low
                let counts = [| -2 .. 12 / round |]

                counts
                |> Array.map (fun count -> low + span * fraction * float count, high)
                |> attempt

                let low = fst ends

                counts
                |> Array.map (fun count -> low, high - span * fraction * float count)
                |> attempt

        best

    /// Steps with `distance` (or half of it) between codes and a code on the value `on`. Spare codes are left at both ends, so that
    /// the torus, which negates a table beyond its window, saturates; where there are too few codes, the ends are clipped.
    let private through bits zero (samples: float[]) (distance: float, on: float) : Step seq =
        let least, most = codes bits

        seq {
            for scale in [ distance; distance / 2.0 ] do
                let nearest value =
                    on + scale * Math.Round((value - on) / scale)

                let low, high = nearest (Array.min samples), nearest (Array.max samples)
                let spare = float (most - least) - Math.Round((high - low) / scale)
                let first = float least + Math.Floor(max 0.0 spare / 2.0)

                for below in 0.0 .. Math.Clamp(-spare, 0.0, 16.0) do
                    let offset = low + scale * (below - first)

                    {
                        Scale = scale
                        Offset = if zero then scale * Math.Round(offset / scale) else offset
                    }
        }

    /// The ends of samples, and of 0 where it has to be a code.
    let private endsOf zero (samples: float[]) =
        let low, high =
            if samples.Length = 0 then
                0.0, 0.0
            else
                Array.min samples, Array.max samples

        if zero then min low 0.0, max high 0.0 else low, high

    /// The step with the least squared error, whatever it meets; `samples` are `all`, thinned.
    let private free bits zero (all: float[]) (samples: float[]) : Step =
        let low, high = endsOf zero samples
        let magnitude = max (abs low) (abs high)

        if high - low <= 1e-9 * magnitude || high - low < 1e-30 then
            {
                Scale = (if magnitude > 0.0 then magnitude / 8.0 else 1.0)
                Offset = (if zero then 0.0 else low)
            }
        else
            match grid bits all |> Option.bind (fitted bits zero) with
            | Some step -> step
            | None -> search bits zero samples low high

    /// The step of another scale with the least squared error: about the middle of the codes of `step`.
    let private atScale scale bits zero (samples: float[]) (step: Step) : Step =
        let least, most = codes bits
        let middle = step.Offset + step.Scale * float (least + most) / 2.0

        Array.init 33 (fun index -> (float index - 16.0) * float (most - least) / 64.0)
        |> Array.map (fun shift ->
            let offset = middle + shift * scale - scale * float (least + most) / 2.0

            {
                Scale = scale
                Offset = if zero then scale * Math.Round(offset / scale) else offset
            })
        |> leastOf bits samples

    /// The step with the least squared error on the samples, among scales that `admit` maps to (the identity as a rule).
    let best bits zero (admit: (float -> float) option) (samples: float[]) : Step =
        let all = samples |> Array.filter Double.IsFinite
        let samples = thin all
        let free = free bits zero all samples

        match admit with
        | None -> free
        | Some admit -> atScale (admit free.Scale) bits zero samples free

    // A grid as fine as the numbers themselves counts more codes than there are.
    let private isWithin (samples: float[]) (distance: float, on: float) =
        samples.Length > 0
        && distance > 0.0
        && Double.IsFinite on
        && Double.IsFinite(2.0 * (Array.max samples - Array.min samples) / distance)

    /// As `best` without `admit`, for samples that lie on grids (distance, a point): codes that meet such a grid add no error to it.
    let onGrids bits zero (grids: (float * float)[]) (samples: float[]) : Step =
        let free = best bits zero None samples

        if Array.isEmpty grids then
            free
        else
            let seen = samples |> Array.filter Double.IsFinite |> thin

            grids
            |> Array.filter (isWithin seen)
            |> Array.collect (through bits zero seen >> Array.ofSeq)
            |> Array.append [| free |]
            |> leastOf bits seen
