namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// The attribute post_transform of ai.onnx.ml, as ONNX Runtime computes it (its core/providers/cpu/ml/ml_common.h).
[<RequireQualifiedAccess>]
module PostTransforms =

    /// Softmax over the scores that are not 0; those stay 0. ONNX Runtime counts as 0 what is within 1e-7 of it.
    let private softmaxZero (node: NodeScope) (scores: ValueId) =
        let last = node.Rank scores - 1
        let largest = Formula.halves node (Formula.binary Binary.Max node) last scores

        let isScore =
            Formula.binary Binary.Greater node (Formula.unary Unary.Abs node scores) (node.Scalar(scores, 1e-7))

        let exponentials = Formula.unary Unary.Exp node (Formula.sub node scores largest)

        let kept =
            Formula.mul node exponentials (Formula.cast (node.Type scores).Element node isScore)

        Formula.div node kept (Formula.sum node true [ last ] kept)

    /// √2 · erf⁻¹(2x − 1) by Winitzki's approximation with a = 0.147.
    let private probit (node: NodeScope) (scores: ValueId) =
        let x = Formula.plus node (Formula.times node scores 2.0) -1.0

        let logarithm =
            Formula.unary
                Unary.Log
                node
                (Formula.mul node (Formula.plus node (Formula.unary Unary.Neg node x) 1.0) (Formula.plus node x 1.0))

        let half =
            Formula.plus node (Formula.times node logarithm 0.5) (2.0 / (3.14159 * 0.147))

        let root =
            Formula.unary Unary.Sqrt node (Formula.sub node (Formula.square node half) (Formula.times node logarithm (1.0 / 0.147)))

        let size = Formula.unary Unary.Sqrt node (Formula.sub node root half)

        let isNegative = Formula.binary Binary.Less node x (node.Scalar(x, 0.0))

        Formula.times node (Formula.choose node isNegative (Formula.unary Unary.Neg node size) size) 1.41421356

    /// Scores [N, classes] behind a transform.
    let named (node: NodeScope) (name: string) (scores: ValueId) : ValueId =
        match name with
        | "NONE" -> scores
        | "LOGISTIC" -> Formula.unary Unary.Sigmoid node scores
        | "SOFTMAX" -> ImportSoftmax.along node (node.Rank scores - 1) scores
        | "SOFTMAX_ZERO" -> softmaxZero node scores
        | "PROBIT" -> probit node scores
        | other -> node.RefuseAttribute($"post_transform = {other}", "NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO or PROBIT")

    let private name (node: NodeScope) = node.Text("post_transform", "NONE")

    /// Scores behind the attribute post_transform.
    let apply (node: NodeScope) (scores: ValueId) : ValueId = named node (name node) scores

    /// Results of a regression: one alone is not transformed, but for PROBIT.
    let ofRegression (node: NodeScope) (outputs: int) (result: ValueId) : ValueId =
        match outputs, name node with
        | 1, ("LOGISTIC" | "SOFTMAX" | "SOFTMAX_ZERO") -> result
        | _, transform -> named node transform result

    /// The scores of both classes from that of the second [N, 1], which is a probability where `probabilities` says so.
    let ofTwo (node: NodeScope) (probabilities: bool) (score: ValueId) : ValueId =
        let opposite = Formula.unary Unary.Neg node score
        let sigmoid = Formula.unary Unary.Sigmoid node

        let both =
            match name node with
            | "LOGISTIC" -> [ sigmoid opposite; sigmoid score ]
            | "NONE"
            | "SOFTMAX"
            | "SOFTMAX_ZERO" when probabilities -> [ Formula.plus node opposite 1.0; score ]
            | "NONE"
            | "SOFTMAX"
            | "SOFTMAX_ZERO" -> [ opposite; score ]
            // ONNX Runtime leaves the second column of PROBIT as it finds it in memory.
            | other -> node.RefuseAttribute($"post_transform = {other} of one score", "NONE, LOGISTIC, SOFTMAX or SOFTMAX_ZERO")

        Formula.concat node 1 both
