/// The steps from a normalized float graph to integers, as tests run them.
namespace ConcreteMl.Compiler.Core.Tests.Quant

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

[<RequireQualifiedAccess>]
module Quantize =

    let private integers importQat context options (graph: Float.Graph) samples : Result<Quant.Graph, Diagnostic list> =
        let settings =
            { Settings.defaults with
                Quant = options
                ImportQat = importQat
                Calibration = samples
                ClientParts = false
            }

        let steps =
            Pipeline.encrypted importQat
            |> List.filter (fun step -> not (List.contains step.Name [ "expand-selections"; "expand-mixtures" ]))
            |> List.takeWhile (fun step -> step.From <> StageKind.Quant)

        Driver.run ignore settings context steps (Stage.Float graph)
        |> Result.map (fun stage -> Stage.quant.Read stage |> Option.get)

    let private run (settings: Settings) (steps: Step list) (model: Onnx.Model) : Result<Stage, Diagnostic list> =
        Driver.run
            ignore
            settings
            { Context.quiet with
                Samples = settings.Calibration
            }
            steps
            (Stage.Onnx model)

    let private settings options samples =
        { Settings.defaults with
            Quant = options
            Calibration = samples
        }

    /// Steps on a model, with these calibration samples.
    let steps options samples (steps: Step list) (model: Onnx.Model) : Result<Stage, Diagnostic list> =
        run (settings options samples) steps model

    let private toIntegers =
        Pipeline.all false |> List.takeWhile (fun step -> step.From <> StageKind.Quant)

    /// From a model to integers, the client's parts cut off.
    let wholeModel options samples model = steps options samples toIntegers model

    /// From a model to integers, all of it in the circuit.
    let uncut options samples model =
        run
            { settings options samples with
                ClientParts = false
            }
            toIntegers
            model

    /// Post-training quantization.
    let fit context options graph samples =
        integers false context options graph samples

    /// A network that brings its quantizers.
    let import context options graph samples =
        integers true context options graph samples
