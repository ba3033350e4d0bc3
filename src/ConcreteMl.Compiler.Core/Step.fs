namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base

/// What one compilation was asked for; steps read the part that concerns them.
type Settings =
    {
        Quant: Quant.QuantOptions
        /// The model was trained with quantizers and keeps them.
        ImportQat: bool
        /// One list of inputs per sample.
        Calibration: Tensor list list
        /// Shapes of one sample by input, where the model leaves sizes open; calibration samples tell the others.
        Shapes: (string * int[]) list
        /// Bound on the failure probability of each lookup.
        PError: float option
        /// Bound on the probability that any lookup of one inference fails.
        GlobalPError: float option
        /// Bits of security: the level of one of `Circuit.SecurityCurve.offered`.
        Security: int
        /// How lookups get from the big key to a small one.
        KeySwitch: Circuit.KeySwitchKind
        /// The client does what needs no circuit.
        ClientParts: bool
    }

[<RequireQualifiedAccess>]
module Settings =

    /// 6 bits, no rounding, the usual failure bound and security, nothing calibrated: `{ Settings.defaults with … }`.
    let defaults: Settings =
        {
            Quant = Quant.QuantOptions.uniform 6
            ImportQat = false
            Calibration = []
            Shapes = []
            PError = None
            GlobalPError = None
            Security = Circuit.SecurityCurve.standard.Level
            KeySwitch = Circuit.KeySwitchKind.standard
            ClientParts = true
        }

/// A named step of the pipeline: a pass of one stage, or the conversion to the next.
type Step =
    {
        /// Kebab-case, unique in a pipeline and in the registry; the name of the dump.
        Name: string
        /// The name of the pass that it runs: its own name, unless the pass stands at several places.
        Pass: string
        /// One line, shown by the command line.
        Summary: string
        /// Why it stands at this place.
        Reason: string
        /// The stage that it takes.
        From: StageKind
        /// The stage that it gives.
        To: StageKind
        Options: OptionDeclaration list
        /// The result need not compute the same: what quantizes or approximates on purpose. Validation measures it and does not refuse it.
        Lossy: bool
        Run: Settings -> Context -> Stage -> Result<Stage, Diagnostic list>
    }

[<RequireQualifiedAccess>]
module Step =

    let private misplaced name (from: StageKind) (stage: Stage) =
        Error
            [
                Diagnostic.error
                    "CML7004"
                    name
                    $"the step '{name}' stands where it meets the {stage.Kind} stage"
                    $"a text of the {from} stage, before its steps are through"
                    "`concreteml passes` lists the steps with their stages, in order."
            ]

    /// A conversion or pass, and how it reads and writes stages.
    let ofPass (input: StageOf<'In>) (output: StageOf<'Out>) reason (pass: Pass<'In, 'Out>) : Step =
        {
            Name = pass.Name
            Pass = pass.Name
            Summary = pass.Summary
            Reason = reason
            From = input.Kind
            To = output.Kind
            Options = pass.Options
            Lossy = false
            Run =
                fun _ context stage ->
                    match input.Read stage with
                    | Some graph -> pass.Run context graph |> Result.map output.Write
                    | None -> misplaced pass.Name input.Kind stage
        }

    /// A pass of the float stage.
    let float reason pass =
        ofPass Stage.float Stage.float reason pass

    /// A pass of the planned stage.
    let planned reason pass =
        ofPass Stage.planned Stage.planned reason pass

    /// A pass of the quantized stage.
    let quant reason pass =
        ofPass Stage.quant Stage.quant reason pass

    /// A pass of the circuit stage.
    let circuit reason pass =
        ofPass Stage.circuit Stage.circuit reason pass

    /// A step that reads the settings.
    let create
        (input: StageOf<'In>)
        (output: StageOf<'Out>)
        name
        summary
        reason
        (run: Settings -> Context -> 'In -> Result<'Out, Diagnostic list>)
        : Step =
        {
            Name = name
            Pass = name
            Summary = summary
            Reason = reason
            From = input.Kind
            To = output.Kind
            Options = []
            Lossy = false
            Run =
                fun settings context stage ->
                    match input.Read stage with
                    | Some graph -> run settings context graph |> Result.map output.Write
                    | None -> misplaced name input.Kind stage
        }

    /// The same work under another name and for another reason: a pass that stands twice in a pipeline.
    let again name reason (step: Step) : Step =
        { step with
            Name = name
            Reason = reason
        }

    /// The same step, which changes on purpose what the graph computes: validation measures the change and does not refuse it.
    let lossy (step: Step) : Step = { step with Lossy = true }

    /// What is wrong with options that are given to a step: names that it does not have (CML7002), values that they do not take (CML7003).
    let checkOptions (options: Map<string, string>) (step: Step) : Diagnostic list =
        let known = step.Options |> List.map _.Name |> String.concat ", "

        [
            for KeyValue(name, value) in options do
                match step.Options |> List.tryFind (fun option -> option.Name = name) with
                | None ->
                    Diagnostic.error
                        "CML7002"
                        step.Name
                        $"'{step.Name}' has no option '{name}'"
                        (if known = "" then "no option: it has none" else known)
                        "`concreteml passes --json` lists the options of every pass."
                | Some option when not (option.Allows value) ->
                    Diagnostic.error
                        "CML7003"
                        step.Name
                        $"option '{name}' of '{step.Name}' is '{value}'"
                        option.Accepts
                        $"Write for example {step.Name}[{name}={option.Default}]."
                | Some _ -> ()
        ]

    /// The step with options given; or what is wrong with them (CML7002, CML7003).
    let withOptions (options: Map<string, string>) (step: Step) : Result<Step, Diagnostic list> =
        match checkOptions options step with
        | [] ->
            Ok
                { step with
                    Run = fun settings context stage -> step.Run settings { context with Options = options } stage
                }
        | findings -> Error findings
