namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base

/// Where a test changes.
[<Struct>]
type private Threshold =
    {
        At: float
        /// 1 or −1: on which side of it a bound of codes does not meet values that lie on it, such as whole numbers.
        Away: float
    }

/// Codes of inputs of which only tests are made, as trees test features against thresholds: what such an element is between two
/// thresholds does not matter, so bounds of codes meet the thresholds, and codes reach no further.
[<RequireQualifiedAccess>]
module internal TestCodes =

    /// A range is searched for thresholds in so many steps.
    let private points = 4096

    /// So many functions are searched at a time: 1 MB of values.
    let private atATime = 32

    /// A function of more values or more changes is no test.
    let private mostValues, private mostChanges = 32, 32

    /// Halvings of a step of the search: to single float32 numbers.
    let private halvings = 44

    /// What functions of one region give where x is `at` row and function: [rows][functions].
    let private apply (reads: SingleRead[]) rows (at: int -> int -> float) : float[] =
        Array.init (rows * reads.Length) (fun place ->
            let read = reads[place % reads.Length]
            read.Factor * at (place / reads.Length) (place % reads.Length) + read.Offset)
        |> Region.apply reads[0].Region (reads |> Array.map _.At) rows

    /// The places within [low, high] where each function of one region changes; None for functions that are no tests.
    let private changes (low: float, high: float) (reads: SingleRead[]) : int[] option[] =
        let place row =
            low + (high - low) * float row / float (points - 1)

        let values = apply reads points (fun row _ -> place row)

        Array.init reads.Length (fun own ->
            let value row = values[row * reads.Length + own]

            let found =
                [|
                    for row in 1 .. points - 1 do
                        if not ((value row).Equals(value (row - 1))) then
                            row
                |]

            let isTest =
                found.Length <= mostChanges
                && (found |> Array.map value |> Array.distinct).Length < mostValues

            if isTest then Some found else None)

    /// The float32 number of two neighbours that is even, as whole numbers and short fractions are.
    let private rounder (low: float) (high: float) =
        if (BitConverter.SingleToInt32Bits(float32 low) &&& 1) = 0 then
            float (float32 low)
        else
            float (float32 high)

    /// Where functions change between the ends of intervals, one for each.
    let private within (reads: SingleRead[]) (lows: float[]) (highs: float[]) : Threshold[] =
        let first = apply reads 1 (fun _ own -> lows[own])

        let areFirst (places: float[]) =
            Array.map2 (fun (value: float) first -> value.Equals(first: float)) (apply reads 1 (fun _ own -> places[own])) first

        let halved (lows: float[], highs: float[]) =
            let middles = Array.map2 (fun low high -> (low + high) / 2.0) lows highs

            let isFirst = areFirst middles

            Array.map3 (fun isFirst low middle -> if isFirst then middle else low) isFirst lows middles,
            Array.map3 (fun isFirst high middle -> if isFirst then high else middle) isFirst highs middles

        let lows, highs =
            Seq.init halvings ignore |> Seq.fold (fun ends () -> halved ends) (lows, highs)

        Array.map2 rounder lows highs
        |> areFirst
        |> Array.map3
            (fun low high isFirst ->
                {
                    At = (low + high) / 2.0
                    Away = if isFirst then 1.0 else -1.0
                })
            lows
            highs

    /// The thresholds of functions of one region within a range; None where one of them is no test.
    let private thresholds (low: float, high: float) (reads: SingleRead[]) : Threshold[] option =
        let found = changes (low, high) reads
        let step = (high - low) / float (points - 1)

        if Array.exists Option.isNone found then
            None
        else
            let places =
                Array.zip reads found
                |> Array.collect (fun (read, rows) -> rows |> Option.get |> Array.map (fun row -> read, low + step * float row))

            if places.Length = 0 then
                Some [||]
            else
                within (Array.map fst places) (places |> Array.map (fun (_, place) -> place - step)) (Array.map snd places)
                |> Some

    /// The thresholds of a class's elements, and how many tests have each; None where something else than tests reads an element.
    let private ofClass range (reads: SingleRead[]) : (Threshold * int)[] option =
        let found =
            reads
            |> Array.groupBy _.Reader
            |> Array.collect (snd >> Array.chunkBySize atATime)
            |> Array.Parallel.map (thresholds range)

        if Array.forall Option.isSome found then
            found
            |> Array.collect Option.get
            |> Array.countBy id
            |> Array.sortBy (fun (threshold, _) -> threshold.At)
            |> Some
        else
            None

    /// More thresholds of one class are thinned: they cannot all be met.
    let private most = 100

    let private thinned (places: 'Place[]) =
        if places.Length <= most then
            places
        else
            Array.init most (fun index -> places[index * (places.Length - 1) / (most - 1)])

    /// How far a bound stays from a threshold, in codes and in parts of the number: a thousandth of a code decides next to nothing, and
    /// the client computes codes in float32 by three operations.
    let private clear, private rounding = Math.ScaleB(1.0, -10), Math.ScaleB(1.0, -21)

    /// The place of the bound of codes of a scale that meets a threshold.
    let private boundOf scale (threshold: Threshold) =
        threshold.At + threshold.Away * (clear * scale + rounding * abs threshold.At)

    /// What bounds of codes miss thresholds by, each by its weight, where codes have this scale and one bound is at `anchor`.
    let private missed (places: (Threshold * float)[]) scale anchor =
        places
        |> Array.sumBy (fun (threshold, weight) ->
            let bound = (boundOf scale threshold - anchor) / scale
            let apart = abs (bound - Math.Round bound)
            // a bound that meets the threshold but for a tenth of its distance
            if apart < 0.1 * clear then 0.0 else weight * scale * apart)

    /// Distances of few thresholds are tried as multiples of a scale: two of them can always be met, three often.
    let private few, private mostSteps = 12, 254

    /// Codes are at most so many times finer than over the whole range: then misses are that much smaller already.
    let private mostFiner = 64.0

    /// Scales from the finest with which codes reach all thresholds to that of codes over the whole range, the widest first.
    let private scales bits widest (places: Threshold[]) : float[] =
        let span = places[places.Length - 1].At - places[0].At
        let reaching = 1.000001 * span / float ((1 <<< bits) - 2)

        let finest =
            if span > 0.0 then
                max reaching (widest / mostFiner)
            else
                widest

        let even =
            Seq.unfold (fun scale -> if scale >= finest then Some(scale, 0.99 * scale) else None) widest

        let between =
            if places.Length > few then
                Seq.empty
            else
                seq {
                    for left in places do
                        for right in places do
                            for count in 1 .. min mostSteps ((1 <<< bits) - 2) do
                                let near = (right.At - left.At) / float count
                                let scale = (boundOf near right - boundOf near left) / float count

                                if scale >= finest && scale <= widest then
                                    scale
                }

        Seq.append even between
        |> Seq.append [ widest ]
        |> Seq.distinct
        |> Seq.sortDescending
        |> Array.ofSeq

    /// The step of a scale with a bound at `anchor`, codes lying about the middle of the thresholds.
    let private stepOf (places: Threshold[]) (scale, anchor) : Step =
        let middle = (places[0].At + places[places.Length - 1].At) / 2.0
        let bound = Math.Floor((middle - anchor) / scale + 0.5)

        {
            Scale = scale
            Offset = anchor + scale * (bound + 0.5)
        }

    /// The step whose bounds of codes miss thresholds least; `free` where none misses them by less.
    let private meeting bits (places: (Threshold * float)[]) (free: Step) : Step =
        let all = places |> Array.map fst

        let found =
            Array.allPairs (scales bits free.Scale all) all
            |> Array.Parallel.map (fun (scale, threshold) ->
                let anchor = boundOf scale threshold
                missed places scale anchor, (scale, anchor))
            |> Array.minBy fst

        if fst found < missed places free.Scale (free.Offset + 0.5 * free.Scale) then
            stepOf all (snd found)
        else
            free

    /// Thresholds count by the tests that have them, and by the samples that a code about them could get wrong.
    let private weighted (samples: float[]) (free: Step) (places: (Threshold * int)[]) =
        places
        |> Array.map (fun (place, tests) ->
            let near =
                samples |> Array.filter (fun sample -> abs (sample - place.At) < free.Scale)

            place, float tests * (1.0 + float near.Length))

    /// The step of a class of which only these tests are made, whose samples are `met`; None where that is as good as any.
    let private ofTests bits (met: float[]) (free: Step) (tests: SingleRead[]) : Step option =
        if met.Length = 0 || tests.Length = 0 then
            None
        else
            ofClass (Array.min met, Array.max met) tests
            |> Option.filter (fun places -> places.Length > 0)
            |> Option.map (fun places -> meeting bits (places |> thinned |> weighted met free) free)

    /// Steps of an input's elements of which only tests are made, one for each class; `free` for others. `samples` are element by element.
    let steps (conversion: Conversion) index bits (classes: Classes) (samples: float[]) (free: Step[]) : Step[] =
        let reads, otherwise = SingleReads.ofValue conversion.Plan index
        let lanes = samples.Length / classes.Length
        let result = Array.copy free

        let isTested =
            let lost = otherwise |> Seq.map (fun element -> classes[element]) |> Set.ofSeq
            fun (read: SingleRead) -> not (lost.Contains classes[read.Element])

        let tests =
            reads
            |> Array.filter isTested
            |> Array.groupBy (fun read -> classes[read.Element])
            |> dict

        for elements in Partition.members classes do
            match tests.TryGetValue classes[elements[0]] with
            | true, own ->
                let met =
                    Calibration.samplesOf lanes samples elements |> Array.filter Double.IsFinite

                ofTests bits met free[elements[0]] own
                |> Option.iter (fun step -> elements |> Array.iter (fun element -> result[element] <- step))
            | _ -> ()

        result
