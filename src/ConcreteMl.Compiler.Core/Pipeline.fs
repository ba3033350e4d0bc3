namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base

/// The whole way from an ONNX model to a program: the one list of steps, in order, each with its reason.
[<RequireQualifiedAccess>]
module Pipeline =

    let private import =
        Step.create
            Stage.onnx
            Stage.float
            "import"
            "reads every node by its own opset and reduces it to the float vocabulary"
            "all later steps know one vocabulary; the batch is bound to one sample, so that shapes are static"
            (fun settings context model ->
                Float.ImportInputs.sampleSizes model settings.Calibration
                |> DeclaredInputs.sizes model settings.Shapes
                |> Result.bind (fun sizes ->
                    let options: Float.ImportOptions = { BindBatch = true; Sizes = sizes }
                    Onnx.Inline.functions model |> Result.bind (Float.Import.model context options)))

    let private formRegions =
        Step.create
            Stage.float
            Stage.planned
            "form-regions"
            "tells which integers are needed where, and which functions lead to them"
            "after folding, so that weights are seen as they are used"
            (fun settings _ graph -> Planned.Passes.FormRegions.run settings.ImportQat graph)

    let private measure =
        Step.planned "first of the planned stage: ranges are those of the plan itself" Planned.Passes.Measure.pass

    // What is known of values before codes are chosen for them.
    let private prepared =
        [
            Step.planned "before codes: what shares a scale is asked for from the readers back" Planned.Passes.GroupScales.pass
            Step.planned "before meetings: what is padded has codes of its own" Planned.Passes.CentrePadding.pass
            Step.planned "before codes: both sides of a sum are made for each other" Planned.Passes.FindMeetings.pass
        ]

    let private planRoundings =
        Step.create
            Stage.planned
            Stage.planned
            Planned.Passes.PlanRoundings.Name
            "decides how many bits the lookups of every value read"
            "before codes: scales of results follow the bins that lookups read"
            (fun settings _ graph -> Ok(Planned.Passes.PlanRoundings.run settings.Quant graph))

    let private codeSummands =
        Step.create
            Stage.planned
            Stage.planned
            Planned.Passes.CodeSummands.Name
            "makes codes of accumulators that sums behind them outgrow"
            "behind roundings: what is rounded may be as wide as it becomes"
            (fun settings _ graph -> Ok(Planned.Passes.CodeSummands.run settings.Quant graph))

    let private chooseCodes =
        Step.create
            Stage.planned
            Stage.planned
            "choose-codes"
            "fits scales, weights, bins of roundings and multipliers to the calibration data, node by node"
            "weights are fitted to the codes that arrive, so that what comes before is decided before"
            (fun settings context graph -> Planned.Ptq.chooseCodes context settings.Quant graph)
        |> Step.lossy

    let private readFileCodes =
        Step.create
            Stage.planned
            Stage.planned
            "read-file-codes"
            "takes scales and codes from the quantizers that the network was trained with"
            "in the place of choose-codes: the file says scales and widths, calibration only widths of accumulators"
            (fun settings context graph -> Planned.QatImport.readCodes context settings.Quant graph)
        |> Step.lossy

    let private tabulate =
        Step.ofPass Stage.planned Stage.quant "codes are chosen: what is left follows from them" Planned.Passes.Tabulate.pass

    // The way from real numbers to integers.
    let private quantization importQat =
        if importQat then
            [
                Step.float "regions keep the file's quantizers whole" Planned.Passes.MatchQuantizers.pass
                formRegions
                measure
                yield! prepared
                planRoundings
                readFileCodes
                tabulate
            ]
        else
            [
                formRegions
                measure
                Step.planned "before scales are asked for: what a maximum is taken of becomes codes" Planned.Passes.CodeMaxima.pass
                yield! prepared
                planRoundings
                Step.planned "behind roundings: codes of factors pay where exact roundings are spared" Planned.Passes.CodeFactors.pass
                codeSummands
                chooseCodes
                tabulate
            ]

    let private lower =
        Step.create
            Stage.quant
            Stage.circuit
            "lower"
            "gives every value the width of its encoding"
            "widths are settled before noise, which depends on them"
            (fun _ context graph -> Circuit.Lower.run context graph)

    let private unknownLevel step (level: int) =
        let offered =
            Circuit.SecurityCurve.offered
            |> List.map (fun curve -> string curve.Level)
            |> String.concat " or "

        Error
            [
                Diagnostic.error
                    "CML5003"
                    step
                    $"the security asked for is {level} bits"
                    $"{offered} bits"
                    $"Leave it out: {Circuit.SecurityCurve.standard.Level} bits are the default."
            ]

    /// A step that prices circuits: it reads the level of security and the bounds on failures.
    let private priced name summary reason (run: Circuit.ParameterOptions -> Context -> Circuit.Graph -> Result<Circuit.Graph, _>) =
        Step.create Stage.circuit Stage.circuit name summary reason (fun settings context graph ->
            match Circuit.SecurityCurve.tryOfLevel settings.Security with
            | None -> unknownLevel name settings.Security
            | Some curve ->
                run
                    {
                        Curve = curve
                        Switch = settings.KeySwitch
                        PError = settings.PError
                        GlobalPError = settings.GlobalPError
                    }
                    context
                    graph)

    let private parameters: Step list =
        [
            priced
                Circuit.Passes.FitCodes.Name
                "gives encodings room for the codes that lookups read and outputs can take, where these are fewer than their width has"
                "before anything is priced: boxes decide how much noise is borne"
                (fun options _ graph -> Circuit.Passes.FitCodes.run options graph |> Ok)
            priced
                Circuit.Passes.SplitLookups.Name
                "decides how many tables one operation looks up together"
                "before noise, which results of one operation share"
                (fun options context graph -> Circuit.Passes.SplitLookups.run options context graph |> Ok)
            Step.circuit "the last change of structure is made" Circuit.Passes.AnalyseNoise.pass
            priced
                Circuit.Passes.SplitDigits.Name
                "decides into which digits exact roundings split the bits that they drop"
                "before groups: a digit belongs to one"
                Circuit.Passes.SplitDigits.run
            Step.circuit "before the search, which gives a group one class" Circuit.Passes.GroupLookups.pass
            priced
                Circuit.Passes.SearchParameters.Name
                "searches the cheapest keys and classes that meet the failure bound"
                "everything that it prices is settled"
                Circuit.Passes.SearchParameters.run
            Step.circuit "last of the circuit stage: it only spells out what was found" Circuit.Passes.AssignClasses.pass
        ]

    let private emit =
        Step.create
            Stage.circuit
            Stage.program
            "emit"
            "writes the flat program that the run time executes"
            "every decision is taken; what follows is execution"
            (fun _ _ graph -> Circuit.Emit.run graph |> Ok)

    /// From the ONNX model to a clean float graph.
    let float: Step list =
        [
            import
            for name, pass, reason in Float.Passes.Standard.ordered do
                Step.float reason pass |> Step.again name reason
        ]

    /// The name of the step that cuts off what the client does.
    let cut = "cut-client-parts"

    let private cutClientParts =
        Step.create
            Stage.float
            Stage.float
            cut
            "leaves to the client what stands before the first and behind the last operation that needs a circuit"
            "after folding, and before anything is written out for lookups: what the client does needs none"
            (fun settings _ graph ->
                if settings.ClientParts then
                    Ok(Float.Passes.LastQuantizers.cut graph)
                else
                    // what no code can hold, as the −∞ of a mask
                    Ok(Float.Passes.CutClientParts.ofMasks graph))

    /// From the float graph to the program; `importQat` keeps the quantizers that a model was trained with.
    let encrypted importQat : Step list =
        [
            Step.float "before the cut: the client bounds the masks that it sends" Float.Passes.BoundMasks.pass
            |> Step.lossy
            Step.float "before the cut: the client encodes its indices, the table stays" Float.Passes.EncodeGathers.pass
            cutClientParts
            if not importQat then
                Step.float
                    "before anything is written out, and behind the cut: what is linear at the ends is the client's"
                    Float.Passes.MergeLinearMaps.pass
            Step.float "lookups have one operand" Float.Passes.ExpandSelections.pass
            Step.float
                "lookups have one operand; the calibration data tells the magnitudes of the factors of products"
                Float.Passes.ExpandMixtures.pass
            Step.float "whole numbers are told before their differences are quantized" Float.Passes.SharpenComparisons.pass
            |> Step.again "sharpen-differences" "comparisons of two values have become comparisons of a difference with 0"
            yield! quantization importQat
            lower
            Step.circuit "before noise: equal lookups are paid once, and what leads to them" Circuit.Passes.ShareValues.pass
            Step.circuit "after whole lookups: the same for single elements" Circuit.Passes.ShareElements.pass
            Step.circuit "before low bits are looked at: weights are final" Circuit.Passes.FoldScales.pass
            Step.circuit "before noise: low bits are read where they carry the least" Circuit.Passes.ReadBitsFromResidues.pass
            Step.circuit "before parameters, which tell how many tables stay together" Circuit.Passes.JoinLookups.pass
            yield! parameters
            emit
        ]

    /// Every step of a compilation.
    let all importQat = float @ encrypted importQat

    let private indexOf name (steps: Step list) =
        match steps |> List.tryFindIndex (fun step -> step.Name = name) with
        | Some index -> index
        | None -> invalidArg (nameof name) $"no step is called '{name}'"

    let private unique (steps: Step list) =
        match steps |> List.countBy _.Name |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(name, _) -> invalidArg (nameof steps) $"two steps are called '{name}'; `Step.again` gives one of them another name"
        | None -> steps

    /// The steps with another one before the named one. Names stay unique: ArgumentException otherwise, or when no step has the name.
    let before name (step: Step) (steps: Step list) =
        List.insertAt (indexOf name steps) step steps |> unique

    /// The steps with another one after the named one. Names stay unique: ArgumentException otherwise, or when no step has the name.
    let after name (step: Step) (steps: Step list) =
        List.insertAt (indexOf name steps + 1) step steps |> unique

    /// The steps with another one in the place of the named one. ArgumentException when no step has the name, or two would have one.
    let replace name (step: Step) (steps: Step list) =
        List.updateAt (indexOf name steps) step steps |> unique

    /// The steps that are left for a text: those behind the step `last` that left it, or, where that is not known, all from
    /// the first that takes its stage.
    let from (last: string option) (stage: StageKind) (steps: Step list) : Step list =
        let behind =
            last
            |> Option.bind (fun name -> steps |> List.tryFindIndex (fun step -> step.Name = name && step.To = stage))

        match behind with
        | Some index -> List.skip (index + 1) steps
        | None -> steps |> List.skipWhile (fun step -> step.From <> stage)
