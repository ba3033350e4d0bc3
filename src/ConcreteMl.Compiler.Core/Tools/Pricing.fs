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
        /// How many times as large as possible mean squared bins may be.
        BinLoss: float
        /// Planned values that lookups read otherwise, and how.
        Exceptions: (int * (int * RoundingMethod) option) list
        /// Predicted seconds of one sample on one core; None: no parameters exist.
        Seconds: float option
        /// Mean absolute difference to the float graph in clear, without quantizers of its own, over the deviation of its output (over 1
        /// where that is constant): one for each output, over the samples.
        Errors: float list
    }

    /// The error of the worst output.
    member this.Error = List.fold max 0.0 this.Errors

/// What was chosen, and between what.
type ChosenRounding =
    {
        Chosen: PricedRounding
        /// The node before each exception of the choice.
        Places: string list
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

/// A rounding for all values that lookups read, and its exceptions.
type internal RoundingSetting =
    {
        Rounding: (int * RoundingMethod) option
        BinLoss: float
        Exceptions: (int * (int * RoundingMethod) option) list
    }

/// Where errors are measured.
[<RequireQualifiedAccess>]
type internal ErrorPlace =
    /// In the file's outputs, behind what the client does: what users see.
    | Outputs
    /// In the circuit's outputs, before it.
    | Circuit

/// What is shared by all settings, and what each of them needs only once.
type internal Pricing =
    {
        Settings: Settings
        Context: Context
        Integers: Step list
        Later: Step list
        /// The stage before roundings are decided.
        Prepared: Stage
        Samples: Tensor list list
        Place: ErrorPlace
        /// The outputs of the network that nothing quantizes, there.
        Expected: float[] list
        Quantized: Dictionary<RoundingSetting, Result<Stage * float list, Diagnostic list>>
        Priced: Dictionary<RoundingSetting, PricedRounding>
    }

/// Prices settings of the rounding by compiling for each.
[<RequireQualifiedAccess>]
module internal Pricing =

    /// The steps before the rounding is decided, from there to integers, and those that price them. Empty in the middle: the
    /// rounding is decided already.
    let parts (steps: Step list) =
        let decides (step: Step) =
            step.Pass = Planned.Passes.PlanRoundings.Name

        match List.tryFindIndex decides steps with
        | None -> steps, [], []
        | Some first ->
            let earlier, later = List.splitAt first steps

            let integers =
                later
                |> List.takeWhile (fun step -> step.To = StageKind.Planned || step.To = StageKind.Quant)

            earlier, integers, List.skip integers.Length later

    /// The stage without quantizers of the file's own, where there are any.
    let unquantized (stage: Stage) =
        match stage with
        | Stage.Planned graph -> Stage.Planned(Planned.Unquantized.graph graph)
        | _ -> stage

    /// Where a stage's errors are measured: labels, counts and decisions of the client are right or wrong, and say less of an error than
    /// the values that they are made of.
    let place (stage: Stage) =
        match stage.ClientParts.After with
        | Some part when
            part.Outputs
            |> Array.forall (fun port -> Element.isFloat (part.TypeOf port.Value).Element)
            |> not
            ->
            ErrorPlace.Circuit
        | Some _
        | None -> ErrorPlace.Outputs

    /// The outputs of a stage at that place.
    let outputs place (stage: Stage) samples : Result<float[] list, Diagnostic list> =
        let run =
            match place with
            | ErrorPlace.Outputs -> Interpret.forward false stage
            | ErrorPlace.Circuit ->
                List.map (Float.Client.ClientParts.enter stage.ClientParts)
                >> Interpret.circuit false stage

        run samples
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
    let lookupBits (stage: Stage) =
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

    let private settled (pricing: Pricing) setting =
        { pricing.Settings with
            Settings.Quant.Rounding = setting.Rounding
            Settings.Quant.BinLoss = setting.BinLoss
            Settings.Quant.Exceptions = setting.Exceptions
        }

    /// The setting without exceptions, of the standard loss of bins.
    let uniform rounding =
        {
            Rounding = rounding
            BinLoss = QuantOptions.standardBinLoss
            Exceptions = []
        }

    /// The integers of a setting and their errors.
    let quantize (pricing: Pricing) setting =
        match pricing.Quantized.TryGetValue setting with
        | true, found -> found
        | _ ->
            let found =
                Driver.run ignore (settled pricing setting) pricing.Context pricing.Integers pricing.Prepared
                |> Result.bind (fun stage ->
                    outputs pricing.Place stage pricing.Samples
                    |> Result.map (fun met -> stage, List.map2 difference pricing.Expected met))

            pricing.Quantized[setting] <- found
            found

    let errorsOf pricing setting =
        match quantize pricing setting with
        | Ok(_, errors) -> Some errors
        | Error _ -> None

    let private seconds (stage: Stage) (circuit: Circuit.Graph option) =
        match stage, circuit with
        | Stage.Program program, Some circuit when program.IsExecutable -> Some (Cost.create circuit program).Report.PredictedSeconds
        | _ -> None

    /// What a priced setting takes whose integers are the same: one loss of bins often gives those of another.
    let private secondsOfTwin (pricing: Pricing) (stage: Stage) (errors: float list) =
        pricing.Priced
        |> Seq.tryFind (fun (KeyValue(setting, _)) ->
            match pricing.Quantized[setting] with
            | Ok(other, others) -> others = errors && other = stage
            | Error _ -> false)
        |> Option.map _.Value.Seconds

    /// What integers take, compiled to the end; None where that fails.
    let private secondsOf (pricing: Pricing) setting stage : float option option =
        let mutable circuit = None

        let observe (record: StepRecord) =
            circuit <- Stage.circuit.Read record.Result |> Option.orElse circuit

        Driver.run observe (settled pricing setting) pricing.Context pricing.Later stage
        |> Result.toOption
        |> Option.map (fun reached -> seconds reached circuit)

    /// A setting with its price; None for one that the quantizer refuses.
    let price (pricing: Pricing) setting : PricedRounding option =
        match pricing.Priced.TryGetValue setting, quantize pricing setting with
        | (true, found), _ -> Some found
        | _, Error _ -> None
        | _, Ok(stage, errors) ->
            secondsOfTwin pricing stage errors
            |> Option.orElseWith (fun () -> secondsOf pricing setting stage)
            |> Option.map (fun seconds ->
                let found: PricedRounding =
                    {
                        Rounding = setting.Rounding
                        BinLoss = setting.BinLoss
                        Exceptions = setting.Exceptions
                        Seconds = seconds
                        Errors = errors
                    }

                pricing.Priced[setting] <- found
                found)
