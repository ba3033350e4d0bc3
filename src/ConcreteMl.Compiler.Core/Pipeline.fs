namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base

/// The whole way from an ONNX model to a program: the one list of steps, in order, each with its reason.
[<RequireQualifiedAccess>]
module Pipeline =

    let private import =
        Step.create
            "import"
            "reads every node by its own opset and reduces it to the float vocabulary"
            "all later steps know one vocabulary; the batch is bound to one sample, so that shapes are static"
            (fun _ context stage ->
                match stage with
                | Stage.Onnx model ->
                    Onnx.Inline.functions model
                    |> Result.bind (Float.Import.model context { BindBatch = true })
                    |> Result.map Stage.Float
                    |> Some
                | _ -> None)

    /// A step from the float stage that reads the settings.
    let private fromFloat name summary reason run =
        Step.create name summary reason (fun settings context stage ->
            match stage with
            | Stage.Float graph -> run settings context graph |> Some
            | _ -> None)

    let private quantize =
        fromFloat
            "quantize"
            "fits scales and widths to the calibration data and leaves integers alone"
            "after folding, so that weights are seen as they are used"
            (fun settings context graph ->
                Quant.Ptq.quantize context settings.Quant graph settings.Calibration
                |> Result.map Stage.Quant)

    let private importQuantized =
        fromFloat
            "import-quantizers"
            "turns the quantizers of a network that was trained with them into codes and tables"
            "in the place of quantize: the file says scales and widths, calibration only widths of accumulators"
            (fun settings context graph ->
                Quant.QatImport.import context settings.Quant graph settings.Calibration
                |> Result.map Stage.Quant)

    let private lower =
        Step.create
            "lower"
            "gives every value the width of its encoding"
            "widths are settled before noise, which depends on them"
            (fun _ context stage ->
                match stage with
                | Stage.Quant graph -> Circuit.Lower.run context graph |> Result.map Stage.Circuit |> Some
                | _ -> None)

    let private chooseParameters =
        Step.create
            "choose-parameters"
            "analyses noise and searches the cheapest keys that meet the failure bound"
            "last of the circuit stage: it prices what the other passes left"
            (fun settings _ stage ->
                match stage with
                | Stage.Circuit graph ->
                    let options: Circuit.ParameterOptions =
                        {
                            Curve =
                                if settings.Security = 132 then
                                    Circuit.SecurityCurve.bits132
                                else
                                    Circuit.SecurityCurve.bits128
                            PError = settings.PError
                            GlobalPError = settings.GlobalPError
                        }

                    Circuit.ChooseParameters.run options graph |> Stage.Parameterized |> Ok |> Some
                | _ -> None)

    let private emit =
        Step.create
            "emit"
            "writes the flat program that the run time executes"
            "every decision is taken; what follows is execution"
            (fun _ _ stage ->
                match stage with
                | Stage.Parameterized circuit ->
                    Circuit.Emit.program circuit.Parameters circuit.Graph
                    |> Stage.Program
                    |> Ok
                    |> Some
                | _ -> None)

    /// From the ONNX model to a clean float graph.
    let float: Step list =
        [
            import
            for pass, reason in Float.Passes.Standard.ordered do
                Step.float reason pass
        ]

    let private expandMixtures =
        let pass = Float.Passes.ExpandMixtures.pass

        fromFloat
            pass.Name
            pass.Summary
            "lookups have one operand; the calibration data tells the magnitudes of the factors of products"
            (fun settings _ graph -> Float.Passes.ExpandMixtures.run settings.Calibration graph |> Stage.Float |> Ok)

    /// From the float graph to the program; `importQat` keeps the quantizers that a model was trained with.
    let encrypted importQat : Step list =
        [
            Step.float "lookups have one operand" Float.Passes.ExpandSelections.pass
            expandMixtures
            (if importQat then importQuantized else quantize)
            lower
            Step.circuit "before noise: equal lookups are paid once, and what leads to them" Circuit.Passes.ShareValues.pass
            Step.circuit "after whole lookups: the same for single elements" Circuit.Passes.ShareElements.pass
            Step.circuit "before low bits are looked at: weights are final" Circuit.Passes.FoldScales.pass
            Step.circuit "before noise: low bits are read where they carry the least" Circuit.Passes.ReadBitsFromResidues.pass
            Step.circuit "before parameters, which tell how many tables stay together" Circuit.Passes.JoinLookups.pass
            chooseParameters
            emit
        ]

    /// Every step of a compilation.
    let all importQat = float @ encrypted importQat

    let private indexOf name (steps: Step list) =
        match steps |> List.tryFindIndex (fun step -> step.Name = name) with
        | Some index -> index
        | None -> invalidArg (nameof name) $"no step is called '{name}'"

    /// The steps with another one before the named one.
    let before name (step: Step) (steps: Step list) =
        List.insertAt (indexOf name steps) step steps

    /// The steps with another one after the named one.
    let after name (step: Step) (steps: Step list) =
        List.insertAt (indexOf name steps + 1) step steps
