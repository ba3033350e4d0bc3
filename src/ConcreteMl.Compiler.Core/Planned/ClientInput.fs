namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Inputs as the client quantizes them.
[<RequireQualifiedAccess>]
module ClientInput =

    /// The codes of an input over calibration, as the client encrypts them.
    let private batchOf coding (shape: int[]) lanes (values: float[]) =
        let elements = Shape.count shape

        Array.init lanes (fun lane ->
            Tensor.ofFloat64 shape (Array.init elements (fun element -> values[element * lanes + lane]))
            |> Client.quantizeInput coding shape)
        |> IntegerBatch.ofSamples shape

    /// How many codes beyond the ends [low, high] values like those of each element reach; None where none of them does.
    let private beyond (shape: int[]) (steps: Step[]) (low: int64, high: int64) lanes (values: float[]) : Tensor option =
        let reached element =
            let step = steps[element]

            let codes =
                Calibration.samplesOf lanes values [| element |]
                |> Array.map (fun value -> Math.Round((value - step.Offset) / step.Scale))
                |> Array.filter Double.IsFinite

            if codes.Length = 0 then
                0.0
            else
                let least, most = Array.min codes, Array.max codes
                let beyond = max (float low - least) (most - float high)

                if beyond > 0.0 then
                    beyond + ceil (ClassSamples.further * (most - least))
                else
                    0.0

        let reached = Array.init steps.Length reached

        if values.Length = 0 || Array.forall ((=) 0.0) reached then
            None
        else
            Some(Constants.reals shape reached)

    /// Declares the input of a port with one step per element; codes lie in [low, high].
    let emit (conversion: Conversion) index (node: PlanNode) port rounding (steps: Step[]) (low, high) : Emitted =
        let values = conversion.Reference index |> Option.defaultValue [||]
        let lanes = conversion.Emitter.Lanes

        let real =
            {
                Id = ValueId -1
                Batch = IntegerBatch.zeros node.Shape lanes
                Scale = steps |> Array.map _.Scale
                Offset = steps |> Array.map _.Offset
                Worst = low, high
            }

        let coding =
            { Conversion.coding real low high node.Real with
                Rounding = rounding
                Beyond = beyond node.Shape steps (low, high) lanes values
            }

        let batch = batchOf coding node.Shape lanes values
        let id = conversion.Emitter.Input(conversion.Plan.Inputs[port], coding, batch)
        { real with Id = id; Batch = batch }
