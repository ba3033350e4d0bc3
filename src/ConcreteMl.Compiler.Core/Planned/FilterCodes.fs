namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// The weight codes of filters: those whose products with the codes that arrive come nearest to what calibration wants of them, at
/// scales with which accumulators stay narrow.
[<RequireQualifiedAccess>]
module internal FilterCodes =

    /// Rows (samples times positions) that decide weights.
    let private enoughRows = 4096

    /// No accumulator is wider.
    let private unlimited = 40

    /// Accumulators of lookups' results that no lookup reads are kept within so many bits: each bit more asks for a sixteenth of the
    /// variance. Weights of 8 bits would give 20 bits: there dynamo_cnn has no parameters, and keras_cnn took three times as long with too few.
    let private widestOutput = 18

    /// Lookups up to this width run as one bootstrap.
    let private nativeLookup = 9

    /// Coarser weights by at most this many bits are worth a native lookup.
    let private mostExcess = 1.3

    /// How much of the target is the covariance with the real output, rather than the real weights on the arriving codes.
    let private trust rows size =
        0.7 * float rows / (float rows + 4.0 * float size)

    /// Sampled (position, lane) pairs, evenly spread and deterministic.
    let private pairs positions lanes =
        let total = positions * lanes
        let count = min total enoughRows
        Array.init count (fun index -> let place = int (int64 index * int64 total / int64 count) in place % positions, place / positions)

    /// What each weight is multiplied with, in steps: codes, moved to where they stand for their reals. That matters where the offset
    /// varies over the positions, as behind a padded average pool.
    let private rows (x: Emitted) (scales: float[]) (group: FilterGroup) (places: (int * int)[]) : float[][] =
        places
        |> Array.map (fun (position, lane) ->
            group.Patches[position]
            |> Array.mapi (fun k element ->
                if element < 0 then
                    0.0
                else
                    let code = float x.Batch.Data[element * x.Batch.Lanes + lane]

                    if scales[k] = 0.0 then
                        code
                    else
                        code + x.Offset[element] / scales[k]))

    /// Covariance of every operand code with the wanted output of one filter.
    let private covariance (moments: Moments) (rows: float[][]) (wanted: float[]) =
        let mean = Array.average wanted
        let sums = Array.zeroCreate<float> moments.Size

        rows
        |> Array.iteri (fun index row -> FixedOrder.addScaled (wanted[index] - mean) (ReadOnlySpan<float>(row)) (Span<float>(sums)))

        sums |> Array.map (fun sum -> sum / float rows.Length)

    let private span (reference: float[]) lanes (elements: int[]) =
        let mutable low, high = Double.PositiveInfinity, Double.NegativeInfinity

        for element in elements do
            for position in element * lanes .. (element + 1) * lanes - 1 do
                low <- min low reference[position]
                high <- max high reference[position]

        high - low

    /// The scale with which an accumulator of this real span, and a margin, just fits a width.
    let private leastScale span bits =
        max 1e-30 (span * 1.06 / float (1L <<< bits))

    /// One filter's problem: error moments, target, real weights, and the real span of its results.
    type private Problem =
        {
            Target: float[]
            Real: float[]
            Span: float
            /// The span that the codes which arrive give: what is off in them may lie beyond the reals. Few widths ask for it.
            Reach: Lazy<float>
            /// A result element, for what the scale has to agree with.
            Element: int
            /// Jumps that the bins of a rounding are to meet.
            Jumps: JumpSite option
            /// The scale that others ask for.
            Fixed: float option
        }

    /// The codes themselves, or those of a scale with which a rounding's bins meet jumps, where that gains more than it costs: what weights
    /// are off by and what bounds are off by move an accumulator across a jump alike.
    let private meeting (options: QuantOptions) moments least (problem: Problem) (free: WeightCodes) (site: JumpSite) : WeightCodes =
        let cost (found: WeightCodes) =
            found.Error + Jumps.missed site found.Scale

        Jumps.scales site free.Scale
        |> Array.map (fun scale -> WeightSearch.solve moments problem.Target options.OpWeights least (Some [| scale |]) problem.Real)
        |> Array.append [| free |]
        |> Array.minBy cost

    /// The weight codes of one filter whose accumulator may be `width` bits wide, given what its scale has to agree with.
    let private filter (options: QuantOptions) (encounter: Encounter option) moments width (problem: Problem) : WeightCodes =
        // no lookup reads a bit more than the widest
        let span =
            if width = QuantOptions.widestLookup then
                max problem.Span problem.Reach.Value
            else
                problem.Span

        let least = leastScale span width

        let free =
            WeightSearch.solve moments problem.Target options.OpWeights least (problem.Fixed |> Option.map Array.singleton) problem.Real

        match encounter with
        | _ when problem.Fixed.IsSome -> free
        | Some {
                   Factor = factor
                   Other = other
                   Known = true
               } when other[problem.Element] > 0.0 && free.Scale > 0.0 ->
            let scales =
                Meet.candidates factor[problem.Element] other[problem.Element] free.Scale
                |> Array.filter (fun scale -> scale >= least)

            WeightSearch.solve moments problem.Target options.OpWeights least (if scales.Length = 0 then None else Some scales) problem.Real
        | _ -> problem.Jumps |> Option.fold (meeting options moments least problem) free

    /// How many bits a filter's accumulator has beyond a native lookup.
    let private excess (problem: Problem) (found: WeightCodes) =
        Math.Log2(leastScale problem.Span nativeLookup / found.Scale)

    /// The problems as wide as what lookups read of them. Where sums behind it outgrow any lookup, a value keeps at least the codes of a
    /// native one: lookups behind are then refused or rounded, which is better than a value that has become a constant.
    let private grown (room: AccumulatorRoom option) (problems: Problem[]) =
        let growth =
            room
            |> Option.map _.Growth
            |> Option.defaultValue 1.0
            |> min (2.0 ** float (QuantOptions.widestLookup - nativeLookup))

        problems
        |> Array.map (fun problem ->
            { problem with
                Span = problem.Span * growth
                Reach = lazy (problem.Reach.Value * growth)
            })

    /// How wide accumulators may be that leave `room` for what lookups read of them.
    let private widest (conversion: Conversion) index (room: AccumulatorRoom option) =
        if room.IsSome then QuantOptions.widestLookup
        elif conversion.BehindLookups[index] then widestOutput
        else unlimited

    /// The codes of all filters, in whose accumulators, of at most `width` bits, `room` is left for sums; where the widest exceeds a native
    /// lookup by little, all are kept within one.
    let private fitted
        (options: QuantOptions)
        encounter
        (room: AccumulatorRoom option)
        width
        moments
        (problems: Problem[])
        : WeightCodes[] =
        let solve = filter options encounter moments
        let free = grown room problems |> Array.Parallel.map (solve width)

        let most = Array.map2 excess problems free |> Array.max

        let isDirect =
            problems |> Array.forall _.Fixed.IsNone && room |> Option.exists _.IsDirect

        let within problem found =
            if excess problem found > 0.0 then
                solve nativeLookup problem
            else
                found

        if isDirect && most > 0.0 && most <= mostExcess then
            Array.map2 within problems free
        else
            free

    /// The span of a filter's results on the codes that arrive, without their offsets.
    let private arrivingSpan (rows: float[][]) (real: float[]) =
        let results =
            rows
            |> Array.map (fun row -> FixedOrder.dot (ReadOnlySpan<float>(real)) (ReadOnlySpan<float>(row)))

        Array.max results - Array.min results

    /// A filter's problem: its weights as the file has them and, as far as the rows are trusted, as the results that are wanted ask for.
    let private problemOf lanes places (plain: Moments) moments (rows: float[][]) reference real jumps fixedScale results : Problem =
        let span = span reference lanes results

        let wanted =
            places
            |> Array.map (fun (position, lane) -> reference[results[position] * lanes + lane])

        let own = Moments.apply moments real
        let trust = trust rows.Length plain.Size

        let drift = Array.map2 (-) (covariance plain rows wanted) (Moments.apply plain real)

        {
            Target = Array.map2 (fun own drift -> own + trust * drift) own drift
            Real = real
            Span = span
            Reach = lazy (arrivingSpan rows real)
            Element = results[0]
            Jumps = jumps
            Fixed = fixedScale
        }

    /// The codes of all filters of a group of the planned value `index`, at scales of their own or fixed ones, one per filter.
    let solveGroup
        (conversion: Conversion)
        index
        room
        (x: Emitted)
        (reference: float[])
        encounter
        (fixedScales: float option[])
        (scales: float[])
        (real: float[][])
        (group: FilterGroup)
        =
        let lanes = x.Batch.Lanes
        let places = pairs group.Patches.Length lanes
        let rows = rows x scales group places
        let plain = Moments.ofRows group.Patches[0].Length rows

        let moments =
            { Moments.regularized plain with
                Room = WeightSearch.indicatorRoom rows scales
            }

        let jumps = ReadJumps.ofFilters conversion index reference group.Results

        Array.Parallel.init group.Results.Length (fun own ->
            problemOf lanes places plain moments rows reference real[own] jumps[own] fixedScales[own] group.Results[own])
        |> fitted conversion.Options encounter room (widest conversion index room) moments
