namespace ConcreteMl.Compiler.Core.Tools

open System
open System.Globalization
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Whether a step keeps what a graph computes: each stage is run by its own interpreter before and after, on some samples.
[<RequireQualifiedAccess>]
module Validate =

    /// How many of the calibration samples are run: enough to meet most branches, and few enough to cost less than the compilation.
    let sampleCount = 5

    // Float passes reassociate sums of float32: a thousand terms differ by about 1e-6 of the largest value, and a product written as
    // a difference of squares by some 1e-5.
    let private realTolerance = 1e-4

    let private largest (samples: float[][]) =
        samples
        |> Seq.concat
        |> Seq.filter Double.IsFinite
        |> Seq.fold (fun most value -> max most (abs value)) 0.0

    /// The first sample and element where two values differ by more than the tolerance.
    let private firstDifference tolerance (before: SeenValue) (after: SeenValue) =
        let allowed =
            if tolerance = 0.0 then
                0.0
            else
                tolerance * largest before.Samples

        let differ (a: float) (b: float) =
            not (a.Equals b) && not (abs (a - b) <= allowed)

        Seq.zip before.Samples after.Samples
        |> Seq.indexed
        |> Seq.tryPick (fun (sample, (a, b)) ->
            Array.zip a b
            |> Array.tryFindIndex (fun (a, b) -> differ a b)
            |> Option.map (fun element -> sample, element))

    let private comparable (before: SeenValue) (after: SeenValue) =
        before.Shape = after.Shape && before.Samples.Length = after.Samples.Length

    /// The first value after the step that has a counterpart before it, by the nodes that both come from, and differs from it.
    let private culprit tolerance (before: Outcome) (after: Outcome) =
        let known =
            before.Values
            |> List.filter (fun value -> value.Place <> "")
            |> List.groupBy _.Place
            |> List.map (fun (place, values) -> place, List.last values)
            |> Map.ofList

        after.Values
        |> List.tryPick (fun value ->
            Map.tryFind value.Place known
            |> Option.filter (fun counterpart -> comparable counterpart value)
            |> Option.bind (fun counterpart ->
                firstDifference tolerance counterpart value
                |> Option.map (fun at -> counterpart, value, at)))

    let private show (value: float) =
        value.ToString("R", CultureInfo.InvariantCulture)

    let private describe step (before: SeenValue, after: SeenValue, (sample, element)) =
        let number (value: SeenValue) =
            show (Array.item element value.Samples[sample])

        let name =
            if after.Name = "" then
                $"output {after.Place}"
            else
                after.Name

        Diagnostic.error
            "CML7101"
            after.Place
            $"the step '{step}' changed what the graph computes: {name} is {number after} instead of {number before} (element {element} of sample {sample})"
            "the same value as before the step"
            "Look at the node with --print-after; a step that approximates on purpose is made with Step.lossy."

    /// What differs between two outcomes of one step; empty when they agree.
    let private compare step tolerance (before: Outcome) (after: Outcome) =
        let sameOutputs =
            before.Outputs.Length = after.Outputs.Length
            && List.forall2 comparable before.Outputs after.Outputs

        if not sameOutputs then
            [
                Diagnostic.error
                    "CML7103"
                    step
                    $"the step '{step}' changed the number or the shapes of the outputs"
                    "the outputs as they were"
                    "Keep the ports of the graph."
            ]
        else
            let differing =
                List.zip before.Outputs after.Outputs
                |> List.tryPick (fun (a, b) -> firstDifference tolerance a b |> Option.map (fun at -> a, b, at))

            match differing with
            | None -> []
            | Some output ->
                [
                    culprit tolerance before after |> Option.defaultValue output |> describe step
                ]

    /// Mean absolute difference of all outputs, over the standard deviation of those before.
    let private relativeError (before: Outcome) (after: Outcome) =
        let flat (outcome: Outcome) =
            outcome.Outputs |> Seq.collect _.Samples |> Array.concat

        let expected, met = flat before, flat after

        if expected.Length <> met.Length || expected.Length = 0 then
            nan
        else
            let mean = Array.average expected

            let deviation =
                sqrt (expected |> Array.averageBy (fun value -> (value - mean) ** 2.0))

            (Array.map2 (fun a b -> abs (a - b)) expected met |> Array.average)
            / max deviation 1e-12

    /// The outputs of an integer stage as real numbers, to compare with a stage above.
    let private decoded (stage: Stage) (outcome: Outcome) =
        let ports =
            match stage with
            | Stage.Planned graph -> graph.Outputs |> Array.filter _.Coding.IsSome |> List.ofArray
            | Stage.Quant graph -> List.ofArray graph.Outputs
            | Stage.Circuit graph -> List.ofArray graph.Outputs
            | Stage.Onnx _
            | Stage.Float _
            | Stage.Program _ -> []

        let decode (value: SeenValue) (port: Port) =
            { value with
                Samples =
                    value.Samples
                    |> Array.map (fun codes ->
                        match port.Coding with
                        | Some coding ->
                            Quant.Client.dequantizeOutput coding value.Shape (Array.map int64 codes)
                            |> Tensor.toFloat64s
                        | None -> codes)
            }

        if ports.Length = outcome.Outputs.Length then
            { outcome with
                Outputs = List.map2 decode outcome.Outputs ports
            }
        else
            outcome

    let private note warn step (error: float) samples =
        let percent = error.ToString("0.#####", CultureInfo.InvariantCulture)

        warn (
            Diagnostic.create
                Severity.Note
                "CML7102"
                (Some step)
                $"'{step}' moves the outputs by {percent} of their standard deviation, on {samples} samples"
                ""
                ""
        )

    /// A step that moved work to the client: what the client and the graph give together.
    let private whole (stage: Stage) samples : Outcome option =
        match Interpret.forward false stage samples with
        | Error _ -> None
        | Ok(outputs, _) ->
            Some
                {
                    Outputs =
                        [
                            for at, values in List.indexed (List.transpose outputs) ->
                                {
                                    Place = $"output {at}"
                                    Name = ""
                                    Shape = values.Head.Shape
                                    Samples = values |> List.map Tensor.toFloat64s |> Array.ofList
                                }
                        ]
                    Values = []
                }

    /// What a stage gave before and after a step.
    let private outcomes (record: StepRecord) samples =
        if
            record.Before.ClientParts <> record.Result.ClientParts
            && record.Before.Kind = record.Result.Kind
        then
            whole record.Before samples, whole record.Result samples
        else
            let samples =
                samples |> List.map (Float.Client.ClientParts.enter record.Before.ClientParts)

            let above =
                if record.Step.Lossy then
                    None
                else
                    Interpret.inputCodes record.Before samples

            Interpret.run record.Before samples above, Interpret.run record.Result samples above

    /// What a step did wrong, on these real samples: it keeps the meaning exactly on integers and up to float32's rounding on reals. A
    /// step that is lossy by nature is measured, and the error told to `warn` as a note (CML7102).
    let judge (warn: Diagnostic -> unit) (samples: Tensor list list) (record: StepRecord) : Diagnostic list =
        let samples = List.truncate sampleCount samples

        if samples.IsEmpty || not record.Changed then
            []
        else
            match outcomes record samples with
            | Some before, Some after when record.Step.Lossy ->
                note warn record.Name (relativeError (decoded record.Before before) (decoded record.Result after)) samples.Length
                []
            | Some before, Some after ->
                let tolerance =
                    if record.Step.From = StageKind.Float then
                        realTolerance
                    else
                        0.0

                compare record.Name tolerance before after
            | _ -> []
