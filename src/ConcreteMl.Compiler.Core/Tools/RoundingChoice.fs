namespace ConcreteMl.Compiler.Core.Tools

open System.Collections.Generic
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Chooses the cheapest setting of the rounding that runs encrypted.
[<RequireQualifiedAccess>]
module RoundingChoice =

    /// How much more error than without rounding is accepted: the bound that `--rounding auto` promises. Both are errors to the network
    /// that nothing quantizes, so a file with quantizers of its own brings its own error, to which rounding may add a tenth.
    let acceptedError = 1.1

    /// Samples on which errors are measured at least, where there are as many: means over a hundred differ by a few per cent from those
    /// over thousands, which is much where a tenth decides.
    let private fewSamples = 100

    /// More samples are taken as long as a setting computes at most so many elements for them, about a tenth of a second's work: for
    /// small networks all of them, for large ones a hundred.
    let private mostElements = 1_000_000L

    /// Evenly chosen samples to measure errors on, for a stage of which one sample computes `elements` elements.
    let measured elements (samples: 'Sample list) : 'Sample list =
        let most = max (int64 fewSamples) (mostElements / max 1L elements)

        if int64 samples.Length <= most then
            samples
        else
            let all = Array.ofList samples
            List.init (int most) (fun index -> all[int (int64 index * int64 all.Length / most)])

    let private elements (stage: Stage) =
        match stage with
        | Stage.Planned graph -> graph.Types |> Array.sumBy (fun planned -> int64 (Shape.count planned.Shape))
        | _ -> mostElements

    /// Results of two bits have lost their function; a lookup of eleven bits takes longer than rounding exactly to fewer.
    let private narrowest, private widest = 3, 10

    /// What is tried where no rounding to `widest` bits keeps the bound. Depthwise convolutions by ONNX Runtime's quantizer, a scale per
    /// channel: 10 bits have 1.9 times the file's own error, 12 bits 1.0 times, for a third more time.
    let private widestAtAll = 12

    /// Roundings whose tables stand in for those without rounding, where these have more than 2^16 entries.
    let private finest = [ 16; 14; 12; 10 ]

    let private isBelow factor (reference: float list) (errors: float list) =
        List.forall2 (fun bound error -> error <= factor * bound) reference errors

    /// Whether none of the errors is more than a tenth above that of the reference.
    let within reference errors = isBelow acceptedError reference errors

    /// One rounding for all, with bins of a loss.
    let private aligned loss rounding =
        { Pricing.uniform rounding with
            BinLoss = loss
        }

    let private accepts pricing reference setting =
        Pricing.errorsOf pricing setting |> Option.exists (within reference)

    /// How far above the reference an error may be for fewer bits to be tried below it. Errors have some chance in them: a sum under a sign
    /// (`fun_sumkeep`, 6 bits, 200 samples) has 1.12, 1.19, .99 and 1.40 of the reference at 8, 7, 6 and 5 bits, where a new sample has
    /// 1.06, 1.00, 1.07 and 1.30.
    let private nearlyAccepted = 1.3

    let private nearlyAccepts pricing reference setting =
        Pricing.errorsOf pricing setting
        |> Option.exists (isBelow nearlyAccepted reference)

    /// The fewest bits that are accepted: finer rounding is as a rule no less accurate, so a first one is found by halving what is left, and
    /// from there one goes down as long as errors stay near.
    let private fewest accepts isNear least most =
        let rec between low high =
            if low >= high then
                high
            else
                let middle = (low + high) / 2

                if accepts middle then
                    between low middle
                else
                    between (middle + 1) high

        let rec below found bits =
            if bits < least then found
            elif accepts bits then below (Some bits) (bits - 1)
            elif isNear bits then below found (bits - 1)
            else found

        if most < least then
            None
        else
            let first = between least (most + 1)
            below (if first <= most then Some first else None) (first - 1)

    let private price pricing rounding =
        Pricing.price pricing (Pricing.uniform rounding)

    let private byTime (found: PricedRounding list) =
        found
        |> List.filter _.Seconds.IsSome
        |> List.sortBy (fun one -> Option.get one.Seconds)

    /// What runs with the least error: exact settings before approximate ones.
    let private mostAccurate pricing methods widths =
        methods
        |> List.tryPick (fun method ->
            None :: [ for bits in widths -> Some(bits, method) ]
            |> List.choose (fun rounding ->
                Pricing.errorsOf pricing (Pricing.uniform rounding)
                |> Option.map (fun errors -> rounding, errors))
            |> List.sortBy (snd >> List.fold max 0.0)
            |> List.tryPick (fun (rounding, _) -> price pricing rounding |> Option.filter _.Seconds.IsSome))

    /// How many more bits in a row are priced that are no faster than the best. Times of exact rounding fall with the bits that need not
    /// be extracted, and rise with the lookups' own; approximate rounding extracts nothing, and more bits are slower.
    let private patience method =
        match method with
        | RoundingMethod.Exact -> 2
        | RoundingMethod.Approximate -> 1

    /// How much slower than the fastest so far bits may be with one loss of bins for another loss to be tried on them. In 19 choices for fourteen zoo
    /// networks at 4 and 6 bits, bits beyond it were never the fastest with another loss (at best from 1.64 to 1.26 times the fastest), and are half of what would be priced.
    let private mostSpread = 1.6

    /// Whether bits may become the fastest: what other losses of `before` say of them, if they say anything.
    let private isWorthPricing (before: PricedRounding list) method bits =
        let seconds filter =
            before |> List.filter filter |> List.choose _.Seconds

        let known = seconds (fun one -> one.Rounding = Some(bits, method))

        known.IsEmpty
        || List.min known <= mostSpread * List.min (seconds (fun _ -> true))

    /// The settings of a method and a loss of bins within the bound that are priced, from the fewest bits on, behind those priced `before`.
    let private priced pricing reference least most method before loss : PricedRounding list =
        let setting bits = aligned loss (Some(bits, method))

        let rec upwards idle (best: float option) found bits =
            if bits > most || idle = patience method then
                found
            elif not (isWorthPricing before method bits) then
                upwards (idle + 1) best found (bits + 1)
            else
                let one =
                    if accepts pricing reference (setting bits) then
                        Pricing.price pricing (setting bits)
                    else
                        None

                match one |> Option.bind _.Seconds, best with
                | Some seconds, Some fastest when seconds >= fastest -> upwards (idle + 1) best (Option.toList one @ found) (bits + 1)
                | Some seconds, _ -> upwards 0 (Some seconds) (Option.toList one @ found) (bits + 1)
                // What has no parameters may have them with less to extract.
                | None, None -> upwards 0 best found (bits + 1)
                | None, Some _ -> upwards (idle + 1) best found (bits + 1)

        fewest (setting >> accepts pricing reference) (setting >> nearlyAccepts pricing reference) least most
        |> Option.map (upwards 0 None [])
        |> Option.defaultValue []

    /// The fewest bits beyond `most` of an exact rounding that keeps the bound and runs.
    let private finer pricing reference most : PricedRounding option =
        [ most + 1 .. widestAtAll ]
        |> List.map (fun bits -> Pricing.uniform (Some(bits, RoundingMethod.Exact)))
        |> List.filter (accepts pricing reference)
        |> List.tryPick (Pricing.price pricing >> Option.filter _.Seconds.IsSome)

    /// How many bits less than an exact rounding an approximate one of as little error has at most: it is as fine without the folds.
    let private approximateLess = 2

    /// The cheapest approximate rounding within the bound, of at most `most` bits.
    let private approximate pricing reference most =
        priced
            pricing
            reference
            (max narrowest (most - 1 - approximateLess))
            most
            RoundingMethod.Approximate
            []
            QuantOptions.standardBinLoss
        |> byTime
        |> List.tryHead

    /// The best approximate rounding beside a choice that has none: what an exact rounding of these bits costs in error, an approximate one
    /// of a bit more or less costs as well.
    let private otherThan (chosen: PricedRounding) pricing reference most =
        chosen.Rounding
        |> Option.map (fun (bits, _) -> min most (bits + 1))
        |> Option.defaultValue most
        |> approximate pricing reference
        |> Option.filter (fun one -> one.Rounding <> chosen.Rounding)

    /// How much slower than the fastest a start may be for roundings of single values to be tried from it. They take .84 to .97 of their start's seconds in
    /// four and .60 in one of the 33 choices for eleven zoo networks at 4, 6 and 8 bits, and none elsewhere.
    let private mostGain = 1.3

    /// The fastest setting with exceptions that the best of every loss leads to.
    let private withExceptions pricing reference most units (found: PricedRounding list) =
        found
        |> List.distinctBy _.BinLoss
        |> List.filter (fun one -> Option.get one.Seconds <= mostGain * Option.get found.Head.Seconds)
        |> List.map (MixedRounding.improve pricing (within reference) narrowest most units)
        |> byTime
        |> List.head

    let private choose pricing (offered: RoundingMethod list) sharedResults (reference: float list) unrounded =
        let most =
            unrounded
            |> Option.map (fun bits -> bits - 1)
            |> Option.defaultValue widest
            |> min widest

        let alone =
            // Wide lookups may be faster bit by bit than rounded (act_hardshrink at 6 bits: 13 bits .45 s, rounded to 8 .52 s).
            if unrounded |> Option.exists (fun bits -> bits <= QuantOptions.widestLookup) then
                price pricing None |> Option.toList
            else
                []

        let found =
            List.allPairs offered QuantOptions.binLosses
            |> List.fold (fun before (method, loss) -> before @ priced pricing reference narrowest most method before loss) alone

        let units =
            Stage.planned.Read pricing.Prepared
            |> Option.map MixedRounding.units
            |> Option.defaultValue []

        let hasOther =
            not (sharedResults || List.contains RoundingMethod.Approximate offered)

        let answer (chosen: PricedRounding) runnerUp isWithin =
            {
                Chosen = chosen
                Places = MixedRounding.places units chosen
                RunnerUp = runnerUp
                Approximate =
                    if hasOther then
                        otherThan chosen pricing reference most
                    else
                        None
                Reference = reference
                WithinBound = isWithin
            }

        match byTime found with
        | chosen :: others as sorted ->
            let mixed = withExceptions pricing reference most units sorted

            // Where single values are rounded otherwise, one rounding for all is the runner-up.
            let runnerUp =
                if mixed.Exceptions.IsEmpty then
                    List.tryHead others
                else
                    Some chosen

            Some(answer mixed runnerUp true)
        | [] ->
            let lastly = if sharedResults then [] else [ RoundingMethod.Approximate ]

            let wide =
                if most = widest && List.contains RoundingMethod.Exact offered then
                    finer pricing reference most
                else
                    None

            wide
            |> Option.orElseWith (fun () -> mostAccurate pricing (List.distinct (offered @ lastly)) ([ most .. -1 .. narrowest ] @ [ 2 ]))
            |> Option.map (fun chosen -> answer chosen None (within reference chosen.Errors))

    /// The errors that the bound is a multiple of, with the bits that lookups read where these are the errors of no rounding.
    let private reference pricing : (float list * int option) option =
        match Pricing.quantize pricing (Pricing.uniform None) with
        | Ok(stage, errors) -> Some(errors, Some(Pricing.lookupBits stage))
        | Error _ ->
            finest
            |> List.tryPick (fun bits -> Pricing.errorsOf pricing (Pricing.uniform (Some(bits, RoundingMethod.Exact))))
            |> Option.map (fun errors -> errors, None)

    /// Prices with their reference, measured at `place`; in the circuit where the client makes something infinite of an error (the logarithm
    /// of a small probability that became none), which nothing could be compared with.
    let rec private referred pricing place =
        pricing place
        |> Option.bind (fun prices ->
            match reference prices, place with
            | Some(errors, _), ErrorPlace.Outputs when not (List.forall System.Double.IsFinite errors) ->
                referred pricing ErrorPlace.Circuit
            | found, _ -> found |> Option.map (fun found -> prices, found))

    /// An imported network that runs without rounding computes exactly what its file says, and keeps to it.
    let private chooseFor pricing offered sharedResults errors unrounded =
        let alone =
            if pricing.Settings.ImportQat && Option.isSome unrounded then
                price pricing None |> Option.filter _.Seconds.IsSome
            else
                None

        match alone with
        | Some chosen ->
            Some
                {
                    Chosen = chosen
                    Places = []
                    RunnerUp = None
                    Approximate = None
                    Reference = errors
                    WithinBound = true
                }
        | None -> choose pricing offered sharedResults errors unrounded

    /// The choice for the steps that are left for a stage: the cheapest setting, without rounding or rounded by one of `offered`
    /// methods, that runs encrypted with at most 1.1 times the errors of no rounding; where none keeps that bound, the one of the least
    /// error that runs (approximate rounding being the last resort, which `sharedResults` forbids). None where there is nothing to
    /// choose: the rounding is decided already, the model is refused, or nothing runs.
    let run settings (context: Context) offered sharedResults (steps: Step list) (stage: Stage) : ChosenRounding option =
        let earlier, integers, later = Pricing.parts steps

        let quiet =
            { context with
                Warn = ignore
                Progress = fun _ _ -> context.Progress "choose-rounding" 0.0
            }

        let pricing prepared samples place =
            Pricing.outputs place (Pricing.unquantized prepared) samples
            |> Result.toOption
            |> Option.map (fun expected ->
                {
                    Settings = settings
                    Context = quiet
                    Integers = integers
                    Later = later
                    Prepared = prepared
                    Samples = samples
                    Place = place
                    Expected = expected
                    Quantized = Dictionary()
                    Priced = Dictionary()
                })

        if List.isEmpty integers || List.isEmpty settings.Calibration then
            None
        else
            Driver.run ignore settings quiet earlier stage
            |> Result.toOption
            |> Option.bind (fun prepared ->
                let samples = measured (elements prepared) settings.Calibration

                referred (pricing prepared samples) (Pricing.place prepared)
                |> Option.bind (fun (pricing, (errors, unrounded)) -> chooseFor pricing offered sharedResults errors unrounded))
