namespace ConcreteMl.Compiler.Core

open System.Diagnostics
open ConcreteMl.Compiler.Core.Base

/// A step broke its own promise: never the fault of a model.
exception CompilerDefect of Step: string * Findings: Diagnostic list with
    override this.Message =
        let findings = this.Findings |> List.map Diagnostic.render |> String.concat "\n"
        $"the step '{this.Step}' left an illegal graph:\n{findings}"

/// What the driver saw of one step.
type StepRecord =
    {
        /// From 1 on.
        Number: int
        Step: Step
        Seconds: float
        /// False when the step returned the object that it was given.
        Changed: bool
        /// What the step was given.
        Before: Stage
        Result: Stage
    }

    member this.Name = this.Step.Name

/// What is done around each step.
type Watch =
    {
        /// Sees every result, in order, before it is verified: an illegal graph is shown before it is refused.
        Observe: StepRecord -> unit
        /// Whether every result is verified; a step that left an illegal graph raises `CompilerDefect`.
        Verify: bool
        /// Judges a legal result; what it finds ends the run.
        Judge: StepRecord -> Diagnostic list
    }

[<RequireQualifiedAccess>]
module Watch =

    /// Verifies, and shows the results to a function.
    let observe (see: StepRecord -> unit) : Watch =
        {
            Observe = see
            Verify = true
            Judge = fun _ -> []
        }

/// Runs steps in order, and shows, verifies and times each result; a step itself does none of this.
[<RequireQualifiedAccess>]
module Driver =

    let private check (watch: Watch) (record: StepRecord) =
        if watch.Verify then
            match Stage.verify record.Result with
            | [] -> ()
            | findings -> raise (CompilerDefect(record.Name, findings))

        match watch.Judge record with
        | [] -> Ok record.Result
        | findings -> Error findings

    /// A step that evaluates what the model's author wrote may meet operands that no operation takes: a refusal that names the node.
    let private attempt (step: Step) settings (context: Context) (samples: Stage -> Tensor list list) stage =
        try
            step.Run settings { context with Samples = samples stage } stage
        with :? Float.EvalException as problem ->
            Error
                [
                    Diagnostic.error
                        "CML1105"
                        step.Name
                        $"the model cannot be computed: {problem.Message}"
                        "operands whose types, shapes and values fit together"
                        "Check the model with its exporter's own checker, and export it again."
                ]

    /// The calibration samples as a stage's graph takes them: behind the client's part, where there is one.
    let private arriving (settings: Settings) =
        let mutable known = None

        fun (stage: Stage) ->
            match Map.tryFind Float.Client.ClientParts.before stage.Attributes, known with
            | None, _ -> settings.Calibration
            | Some part, Some(same, samples) when obj.ReferenceEquals(part, same) -> samples
            | Some part, _ ->
                let samples =
                    settings.Calibration
                    |> List.map (Float.Client.ClientParts.enter stage.ClientParts)

                known <- Some(part, samples)
                samples

    /// The stage after all steps, or the findings of the first step that refused. Every step gets the calibration samples of the
    /// settings, and the context's threads and cancellation, which is asked for before each step.
    let runWith (watch: Watch) (settings: Settings) (context: Context) (steps: Step list) (stage: Stage) : Result<Stage, Diagnostic list> =
        let total = float steps.Length
        let samples = arriving settings

        let one (index, stage) (step: Step) =
            context.Cancellation.ThrowIfCancellationRequested()

            let inner =
                { context with
                    Options = Map.empty
                    Progress = fun name fraction -> context.Progress name ((float index + fraction) / total)
                }

            inner.Progress step.Name 0.0
            let clock = Stopwatch.StartNew()

            attempt step settings inner samples stage
            |> Result.bind (fun result ->
                let record =
                    {
                        Number = index + 1
                        Step = step
                        Seconds = clock.Elapsed.TotalSeconds
                        Changed = not (Stage.same stage result)
                        Before = stage
                        Result = result
                    }

                watch.Observe record
                check watch record |> Result.map (fun result -> index + 1, result))

        (Ok(0, stage), steps)
        ||> List.fold (fun state step -> state |> Result.bind (fun reached -> one reached step))
        |> Result.map snd

    /// The stage after all steps, each verified. `observe` sees every result, in order.
    let run (observe: StepRecord -> unit) settings (context: Context) (steps: Step list) (stage: Stage) =
        runWith (Watch.observe observe) settings context steps stage
