namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// How much operations amplify noise: squared 2-norms of the weights that lead to each element, of noises that are taken as independent.
[<RequireQualifiedAccess>]
module LinearNorm =

    /// Larger ones say nothing more, and leave room in 64 bits for the next operation.
    let private most = 1_000_000_000_000L

    let private squared (weights: Tensor) =
        Tensor.toInt64s weights
        |> Array.map (fun weight -> weight * weight)
        |> Tensor.ofIntegers weights.Shape

    /// The operation that does to squared norms what `linear` does to codes.
    let private onNorms (linear: Linear) : Linear =
        match linear with
        | Linear.Shift _ -> Linear.Shift(Tensor.ofIntegers [||] [| 0L |])
        | _ -> Linear.mapWeights squared linear

    /// Squared norms of a result's elements from its operands'; batches have one lane.
    let ofResult (linear: Linear) (result: int[]) (operands: IntegerBatch list) : IntegerBatch =
        let norms = EvalLinear.run (onNorms linear) result operands

        { norms with
            Data = norms.Data |> Array.map (min most)
        }
