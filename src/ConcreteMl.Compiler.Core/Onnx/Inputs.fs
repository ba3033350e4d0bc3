namespace ConcreteMl.Compiler.Core.Onnx

open System.Collections.Generic

/// What a caller of the model has to supply.
[<RequireQualifiedAccess>]
module Inputs =

    /// The graph's inputs that are not initializers, in order.
    let real (graph: Graph) : ValueInfo[] =
        let initializers =
            graph.Initializers |> Seq.map (fun tensor -> tensor.Name) |> HashSet

        graph.Inputs
        |> Array.filter (fun input -> not (initializers.Contains input.Name))
