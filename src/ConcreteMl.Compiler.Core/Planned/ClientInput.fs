namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Inputs as the client quantizes them.
[<RequireQualifiedAccess>]
module ClientInput =

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

        let batch =
            Array.init lanes (fun lane ->
                Tensor.ofFloat64 node.Shape (Array.init steps.Length (fun element -> values[element * lanes + lane]))
                |> Client.quantizeInput coding node.Shape)
            |> IntegerBatch.ofSamples node.Shape

        { real with
            Id = conversion.Emitter.Input(conversion.Plan.Inputs[port], coding, batch)
            Batch = batch
        }
