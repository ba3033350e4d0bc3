namespace ConcreteMl.Compiler.Core

open System
open System.Diagnostics
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Tfhe.Programs

/// What a step receives and gives: one of the stages of a compilation.
[<RequireQualifiedAccess>]
type Stage =
    | Onnx of Onnx.Model
    | Float of Float.Graph
    | Quant of Quant.Graph
    | Circuit of Circuit.Graph
    /// The circuit with its parameters, or with the reasons why there are none.
    | Parameterized of Circuit.ParameterizedCircuit
    | Program of TfheProgram

/// What one compilation was asked for; steps read the part that concerns them.
type Settings =
    {
        Quant: Quant.QuantOptions
        /// The model was trained with quantizers and keeps them.
        ImportQat: bool
        /// One list of inputs per sample.
        Calibration: Tensor list list
        /// Bound on the failure probability of each lookup.
        PError: float option
        /// Bound on the probability that any lookup of one inference fails.
        GlobalPError: float option
        /// Bits of security: 128 or 132.
        Security: int
    }

/// A named step of the pipeline: a pass of one stage, or the conversion to the next.
type Step =
    {
        /// Kebab-case, unique in a pipeline; the name of the dump.
        Name: string
        /// One line, shown by the command line.
        Summary: string
        /// Why it stands at this place.
        Reason: string
        Run: Settings -> Context -> Stage -> Result<Stage, Diagnostic list>
    }

/// A step broke its own promise: never the fault of a model.
exception CompilerDefect of Step: string * Findings: Diagnostic list with
    override this.Message =
        let findings = this.Findings |> List.map Diagnostic.render |> String.concat "\n"
        $"the step '{this.Step}' left an illegal graph:\n{findings}"

[<RequireQualifiedAccess>]
module Step =

    let private misplaced name stage =
        invalidOp $"the step '{name}' stands where it meets {stage.GetType().Name}"

    /// A conversion or pass, and how it reads and writes stages.
    let ofPass (read: Stage -> 'In option) (write: 'Out -> Stage) reason (pass: Pass<'In, 'Out>) : Step =
        {
            Name = pass.Name
            Summary = pass.Summary
            Reason = reason
            Run =
                fun _ context stage ->
                    match read stage with
                    | Some input -> pass.Run context input |> Result.map write
                    | None -> misplaced pass.Name stage
        }

    let private asFloat stage =
        match stage with
        | Stage.Float graph -> Some graph
        | _ -> None

    let private asQuant stage =
        match stage with
        | Stage.Quant graph -> Some graph
        | _ -> None

    let private asCircuit stage =
        match stage with
        | Stage.Circuit graph -> Some graph
        | _ -> None

    /// A pass of the float stage.
    let float reason pass = ofPass asFloat Stage.Float reason pass

    /// A pass of the quantized stage.
    let quant reason pass = ofPass asQuant Stage.Quant reason pass

    /// A pass of the circuit stage.
    let circuit reason pass =
        ofPass asCircuit Stage.Circuit reason pass

    /// A step that reads the settings.
    let create name summary reason run : Step =
        {
            Name = name
            Summary = summary
            Reason = reason
            Run =
                fun settings context stage ->
                    match run settings context stage with
                    | Some result -> result
                    | None -> misplaced name stage
        }

/// What the driver saw of one step.
type StepRecord =
    {
        /// From 1 on.
        Number: int
        Name: string
        Seconds: float
        Result: Stage
    }

/// Runs steps in order, and verifies, times and shows each result; a step itself does none of this.
[<RequireQualifiedAccess>]
module Driver =

    let private programFindings (program: TfheProgram) =
        ProgramVerifier.Verify program
        |> Seq.map (fun finding -> Diagnostic.error "CML6303" finding.Origin (string finding) "a legal program" "")
        |> List.ofSeq

    let private verify step stage =
        let findings =
            match stage with
            | Stage.Onnx _ -> []
            | Stage.Float graph -> Float.Verify.graph graph
            | Stage.Quant graph -> Quant.Verify.graph graph
            | Stage.Circuit graph -> Circuit.Verify.graph graph
            | Stage.Parameterized circuit -> Circuit.Verify.graph circuit.Graph
            | Stage.Program program -> programFindings program
            |> List.filter Diagnostic.isError

        if not findings.IsEmpty then
            raise (CompilerDefect(step, findings))

    /// The stage after all steps, or the findings of the first step that refused. `observe` sees every result, in order.
    let run (observe: StepRecord -> unit) settings (context: Context) (steps: Step list) (stage: Stage) =
        let total = float steps.Length

        let one (index, stage) (step: Step) =
            let inner =
                { context with
                    Progress = fun name fraction -> context.Progress name ((float index + fraction) / total)
                }

            inner.Progress step.Name 0.0
            let watch = Stopwatch.StartNew()

            step.Run settings inner stage
            |> Result.map (fun result ->
                verify step.Name result

                observe
                    {
                        Number = index + 1
                        Name = step.Name
                        Seconds = watch.Elapsed.TotalSeconds
                        Result = result
                    }

                index + 1, result)

        let folder state step =
            state |> Result.bind (fun reached -> one reached step)

        List.fold folder (Ok(0, stage)) steps |> Result.map snd
