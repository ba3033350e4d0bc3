namespace ConcreteMl.Compiler.Core.Planned

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
            }

        let batch = batchOf coding node.Shape lanes values
        let id = conversion.Emitter.Input(conversion.Plan.Inputs[port], coding, batch)
        { real with Id = id; Batch = batch }
