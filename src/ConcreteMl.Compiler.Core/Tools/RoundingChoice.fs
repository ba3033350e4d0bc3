namespace ConcreteMl.Compiler.Core.Tools

open System.Collections.Generic
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// A setting of the rounding with what it costs: the whole circuit is compiled for it.
type PricedRounding =
    {
        /// None: no rounding.
        Rounding: (int * RoundingMethod) option
        /// Predicted seconds of one sample on one core; None: no parameters exist.
        Seconds: float option
        /// Mean absolute difference to the float graph in clear, over the deviation of its output (over 1 where that is constant):
        /// one for each output, over the samples.
        Errors: float list
    }

    /// The error of the worst output.
    member this.Error = List.fold max 0.0 this.Errors

/// What was chosen, and between what.
type ChosenRounding =
    {
        Chosen: PricedRounding
        /// The cheapest other setting within the bound.
        RunnerUp: PricedRounding option
        /// The cheapest setting with approximate rounding within the bound that was priced, where the choice is another.
        Approximate: PricedRounding option
        /// The errors without rounding, which the bound is a multiple of; where a table without rounding would be too large, those
        /// of the finest rounding that has tables.
        Reference: float list
        /// Whether the choice has at most 1.1 times the errors of the reference.
        WithinBound: bool
    }

/// Prices settings of the rounding by compiling for each, and chooses the cheapest that runs encrypted.
[<RequireQualifiedAccess>]
module RoundingChoice =

    /// How much more error than without rounding is accepted: the bound that `--rounding auto` promises.
    let acceptedError = 1.1

    /// Samples on which errors are measured: means over a hundred differ by a few per cent from those over thousands.
    let private mostSamples = 100

    /// Results of two bits have lost their function; beyond ten bits no lookup is carried out (`Infeasible.WidestLookup`).
    let private narrowest, private widest = 3, Infeasible.WidestLookup

    /// Roundings whose tables stand in for those without rounding, where these have more than 2^16 entries.
    let private finest = [ 16; 14; 12; 10 ]

    let private decisions = [ "choose-codes"; "read-file-codes" ]

    /// The steps before the rounding is decided, from there to integers, and those that price them. Empty in the middle: the
    /// rounding is decided already.
    let private parts (steps: Step list) =
        let decides (step: Step) = List.contains step.Pass decisions

        match List.tryFindIndex decides steps with
        | None -> steps, [], []
        | Some first ->
            let earlier, later = List.splitAt first steps

            let integers =
                later
                |> List.takeWhile (fun step -> step.To = StageKind.Planned || step.To = StageKind.Quant)

            earlier, integers, List.skip integers.Length later

    /// The outputs of the circuit itself: what the client makes of them needs no rounding.
    let private outputs (stage: Stage) samples : Result<float[] list, Diagnostic list> =
        samples
        |> List.map (Float.Client.ClientParts.enter stage.ClientParts)
        |> Interpret.circuit false stage
        |> Result.map (
            fst
            >> List.transpose
            >> List.map (List.toArray >> Array.collect Tensor.toFloat64s)
        )

    let private deviation (values: float[]) =
        let mean = Array.average values

        let variance =
            values |> Array.averageBy (fun value -> (value - mean) * (value - mean))

        if variance > 0.0 then sqrt variance else 1.0

    let private difference (expected: float[]) (met: float[]) =
        if expected.Length = 0 then
            0.0
        else
            // Equal infinities agree.
            let apart (e: float) (m: float) = if e = m then 0.0 else abs (e - m)

            (Array.fold2 (fun sum e m -> sum + apart e m) 0.0 expected met
             / float expected.Length)
            / deviation expected

    /// The width of the widest operand of a lookup.
    let private lookupBits (stage: Stage) =
        match stage with
        | Stage.Quant graph ->
            graph.Nodes
            |> Seq.choose (fun node ->
                match node.Op with
                | Quant.Op.Lookup _ -> Some (graph.TypeOf node.Operands[0]).Bits
                | Quant.Op.Linear _
                | Quant.Op.Round _
                | Quant.Op.Constant _ -> None)
            |> Seq.fold max 0
        | _ -> invalidOp "the steps of quantization end in the quantized stage"

    /// Whether none of the errors is more than a tenth above that of the reference.
    let within (reference: float list) (errors: float list) =
        List.forall2 (fun bound error -> error <= acceptedError * bound) reference errors

    /// What is shared by all settings, and what each of them needs only once.
    type private Pricing =
        {
            Settings: Settings
            Context: Context
            Integers: Step list
            Later: Step list
            /// The stage before the first decision on codes.
            Prepared: Stage
            Samples: Tensor list list
            Expected: float[] list
            Quantized: Dictionary<struct (int * RoundingMethod), Result<Stage * float list, Diagnostic list>>
            Priced: Dictionary<struct (int * RoundingMethod), PricedRounding>
        }

    let private rounded (settings: Settings) rounding =
        { settings with
            Settings.Quant.Rounding = rounding
        }

    // No rounding as a key of a dictionary, which takes no null.
    let private key (rounding: (int * RoundingMethod) option) =
        match rounding with
        | Some(bits, method) -> struct (bits, method)
        | None -> struct (0, RoundingMethod.Exact)

    /// The integers of a setting and their errors.
    let private quantize (pricing: Pricing) rounding =
        match pricing.Quantized.TryGetValue(key rounding) with
        | true, found -> found
        | _ ->
            let found =
                Driver.run ignore (rounded pricing.Settings rounding) pricing.Context pricing.Integers pricing.Prepared
                |> Result.bind (fun stage ->
                    outputs stage pricing.Samples
                    |> Result.map (fun met -> stage, List.map2 difference pricing.Expected met))

            pricing.Quantized[key rounding] <- found
            found

    let private errorsOf pricing rounding =
        match quantize pricing rounding with
        | Ok(_, errors) -> Some errors
        | Error _ -> None

    let private seconds (stage: Stage) (circuit: Circuit.Graph option) =
        match stage, circuit with
        | Stage.Program program, Some circuit when program.IsExecutable -> Some (Cost.create circuit program).Report.PredictedSeconds
        | _ -> None

    /// A setting with its price; None for one that the quantizer refuses.
    let private price (pricing: Pricing) rounding =
        match pricing.Priced.TryGetValue(key rounding), quantize pricing rounding with
        | (true, found), _ -> Some found
        | _, Error _ -> None
        | _, Ok(stage, errors) ->
            let mutable circuit = None

            let observe (record: StepRecord) =
                circuit <- Stage.circuit.Read record.Result |> Option.orElse circuit

            match Driver.run observe (rounded pricing.Settings rounding) pricing.Context pricing.Later stage with
            | Error _ -> None
            | Ok reached ->
                let found =
                    {
                        Rounding = rounding
                        Seconds = seconds reached circuit
                        Errors = errors
                    }

                pricing.Priced[key rounding] <- found
                Some found

    /// The settings within the bound from wide to narrow; two in a row beyond it end the search, as finer rounding is as a rule no
    /// less accurate.
    let private accepted pricing reference method widths =
        let rec go missed found widths =
            match widths with
            | [] -> found
            | _ when missed = 2 -> found
            | bits :: narrower ->
                match errorsOf pricing (Some(bits, method)) with
                | Some errors when within reference errors -> go 0 (Some(bits, method) :: found) narrower
                | _ -> go (missed + 1) found narrower

        go 0 [] widths

    let private byTime (found: PricedRounding list) =
        found
        |> List.filter _.Seconds.IsSome
        |> List.sortBy (fun one -> Option.get one.Seconds)

    /// What runs with the least error: exact settings before approximate ones.
    let private mostAccurate pricing methods widths =
        methods
        |> List.tryPick (fun method ->
            None :: [ for bits in widths -> Some(bits, method) ]
            |> List.choose (fun rounding -> errorsOf pricing rounding |> Option.map (fun errors -> rounding, errors))
            |> List.sortBy (snd >> List.fold max 0.0)
            |> List.tryPick (fun (rounding, _) -> price pricing rounding |> Option.filter _.Seconds.IsSome))

    /// The cheapest approximate rounding within the bound: the narrowest, as nothing is extracted. It is looked for from `most` bits on.
    let private approximate pricing reference most =
        accepted pricing reference RoundingMethod.Approximate [ most .. -1 .. narrowest ]
        |> List.truncate 1
        |> List.choose (price pricing)
        |> List.tryFind _.Seconds.IsSome

    let private choose pricing (offered: RoundingMethod list) sharedResults (reference: float list) unrounded =
        let most =
            unrounded
            |> Option.map (fun bits -> bits - 1)
            |> Option.defaultValue widest
            |> min widest

        let widths = [ most .. -1 .. narrowest ]

        let settings =
            [
                if unrounded |> Option.exists (fun bits -> bits <= widest) then
                    None
                for method in offered do
                    yield! accepted pricing reference method widths
            ]

        // What an exact rounding of these bits costs in error, an approximate one of a bit more or less costs as well.
        let other (chosen: PricedRounding) =
            if sharedResults || List.contains RoundingMethod.Approximate offered then
                None
            else
                chosen.Rounding
                |> Option.map (fun (bits, _) -> min most (bits + 1))
                |> Option.defaultValue most
                |> approximate pricing reference
                |> Option.filter (fun one -> one.Rounding <> chosen.Rounding)

        let answer chosen runnerUp isWithin =
            {
                Chosen = chosen
                RunnerUp = runnerUp
                Approximate = other chosen
                Reference = reference
                WithinBound = isWithin
            }

        match settings |> List.choose (price pricing) |> byTime with
        | chosen :: others -> Some(answer chosen (List.tryHead others) true)
        | [] ->
            let lastly = if sharedResults then [] else [ RoundingMethod.Approximate ]

            mostAccurate pricing (List.distinct (offered @ lastly)) (widths @ [ 2 ])
            |> Option.map (fun chosen -> answer chosen None (within reference chosen.Errors))

    /// The choice for the steps that are left for a stage: the cheapest setting, without rounding or rounded by one of `offered`
    /// methods, that runs encrypted with at most 1.1 times the errors of no rounding; where none keeps that bound, the one of the least
    /// error that runs (approximate rounding being the last resort, which `sharedResults` forbids). None where there is nothing to
    /// choose: the rounding is decided already, the model is refused, or nothing runs. An imported network that runs without
    /// rounding computes exactly what its file says, and keeps to it.
    let run settings (context: Context) offered sharedResults (steps: Step list) (stage: Stage) : ChosenRounding option =
        let earlier, integers, later = parts steps
        let samples = List.truncate mostSamples settings.Calibration

        let quiet =
            { context with
                Warn = ignore
                Progress = fun _ _ -> context.Progress "choose-rounding" 0.0
            }

        if List.isEmpty integers || List.isEmpty samples then
            None
        else
            Driver.run ignore settings quiet earlier stage
            |> Result.bind (fun prepared -> outputs prepared samples |> Result.map (fun expected -> prepared, expected))
            |> Result.toOption
            |> Option.bind (fun (prepared, expected) ->
                let pricing =
                    {
                        Settings = settings
                        Context = quiet
                        Integers = integers
                        Later = later
                        Prepared = prepared
                        Samples = samples
                        Expected = expected
                        Quantized = Dictionary()
                        Priced = Dictionary()
                    }

                let alone () =
                    price pricing None |> Option.filter _.Seconds.IsSome

                match quantize pricing None with
                | Ok(_, errors) when settings.ImportQat && (alone ()).IsSome ->
                    Some
                        {
                            Chosen = (alone ()).Value
                            RunnerUp = None
                            Approximate = None
                            Reference = errors
                            WithinBound = true
                        }
                | Ok(stage, errors) -> choose pricing offered sharedResults errors (Some(lookupBits stage))
                | Error _ ->
                    finest
                    |> List.tryPick (fun bits -> errorsOf pricing (Some(bits, RoundingMethod.Exact)))
                    |> Option.bind (fun errors -> choose pricing offered sharedResults errors None))
