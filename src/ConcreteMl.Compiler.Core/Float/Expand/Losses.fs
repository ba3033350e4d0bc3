namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Losses, as sums over the classes that the targets name.
[<RequireQualifiedAccess>]
module Losses =

    /// The weight of each sample: that of its class, 0 where the target is to be ignored.
    let private weighted (node: NodeScope) (scores: ValueId) (target: ValueId) (weights: ValueId option) =
        let classes = Formula.size node 1 scores
        let rank = node.Rank scores
        let labels = Formula.cast Element.Int64 node target

        let cells =
            node.Constant(Tensor.ofInt64 (Array.init rank (fun axis -> if axis = 1 then classes else 1)) (Array.init classes int64))

        let chosen =
            Formula.binary Binary.Equal node (Formula.unsqueeze node [ 1 ] labels) cells

        let ofClass =
            match weights with
            | Some weights when rank > 2 -> Formula.unsqueeze node [ 1 .. rank - 2 ] weights
            | Some weights -> weights
            | None -> node.Scalar(scores, 1.0)

        let each = Formula.choose node chosen ofClass (node.Scalar(scores, 0.0))

        if node.Has "ignore_index" then
            let ignored =
                node.Constant(Tensor.ofInt64 [||] [| int64 (node.Int("ignore_index", 0)) |])

            let skip =
                Formula.binary Binary.Equal node (Formula.unsqueeze node [ 1 ] labels) ignored

            Formula.choose node skip (node.Scalar(scores, 0.0)) each
        else
            each

    /// −Σ weight · score, reduced as the node says.
    let private negativeLogLikelihood (node: NodeScope) scores target weights =
        let each = weighted node scores target weights
        let zero = node.Scalar(scores, 0.0)
        let used = Formula.binary Binary.Equal node each zero

        // A score of −∞ that does not count must not spoil the sum.
        let losses =
            Formula.choose node used zero (Formula.mul node each scores)
            |> Formula.sum node false [ 1 ]
            |> Formula.unary Unary.Neg node

        let total x =
            Formula.sum node false [ 0 .. node.Rank x - 1 ] x

        match node.Text("reduction", "mean") with
        | "none" -> losses
        | "sum" -> total losses
        | "mean" -> Formula.div node (total losses) (total (Formula.sum node false [ 1 ] each))
        | other -> node.RefuseAttribute($"reduction = {other}", "none, sum or mean")

    let private nll (node: NodeScope) =
        [| negativeLogLikelihood node (node.Input 0) (node.Input 1) (node.TryInput 2) |]

    let private crossEntropy (node: NodeScope) =
        let scores = ImportSoftmax.logarithm node 1 (node.Input 0)

        [| negativeLogLikelihood node scores (node.Input 1) (node.TryInput 2); scores |]
        |> Array.truncate node.Node.Outputs.Length

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [ "NegativeLogLikelihoodLoss", nll; "SoftmaxCrossEntropyLoss", crossEntropy ]
