namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Matrix products, convolutions and normalization.
[<RequireQualifiedAccess>]
module ImportLinear =

    let private gemm (node: NodeScope) =
        let flags = node.Flag("transA", false), node.Flag("transB", false)

        let op =
            Op.Gemm(node.Float("alpha", 1.0f), node.Float("beta", 1.0f), fst flags, snd flags)

        [| node.Add(op, node.Inputs) |]

    let private matMul (node: NodeScope) =
        [| node.Add(Op.MatMul, [ node.Input 0; node.Input 1 ]) |]

    let private conv (node: NodeScope) =
        let x, weights = node.Input 0, node.Input 1
        let spatial = node.Rank x - 2

        if spatial < 1 then
            node.RefuseAttribute($"an operand of rank {node.Rank x}", "batch, channels and at least one spatial axis")

        [|
            node.Add(Op.Conv(ImportPool.weightWindow node weights, node.Int("group", 1)), node.Inputs)
        |]

    let private trains (node: NodeScope) =
        let named = node.Node.Outputs |> Array.filter ((<>) "") |> Array.length

        if node.Opset >= 14 then node.Flag("training_mode", false)
        elif node.Opset >= 7 then named > 1
        else not (node.Flag("is_test", false)) && named > 1

    /// Statistics per element instead of per channel (`spatial` = 0, before opset 9).
    let private perElement (node: NodeScope) (x: ValueId) (epsilon: float32) =
        let parameter index = node.Input index

        let binary operation left right =
            node.Add(Op.Binary operation, [ left; right ])

        let variance =
            binary Binary.Add (parameter 4) (node.Scalar(parameter 4, float epsilon))

        let factor =
            binary Binary.Div (parameter 1) (node.Add(Op.Unary Unary.Sqrt, [ variance ]))

        binary Binary.Add (binary Binary.Mul (binary Binary.Sub x (parameter 3)) factor) (parameter 2)

    let private batchNormalization (node: NodeScope) =
        let epsilon = node.Float("epsilon", 1e-5f)

        if trains node then
            node.Refuse(
                "CML1107",
                "the normalization is in training mode",
                "inference: statistics that do not depend on the batch",
                "Export the model in evaluation mode (for PyTorch: model.eval())."
            )
        elif node.Opset < 9 && not (node.Flag("spatial", true)) then
            [| perElement node (node.Input 0) epsilon |]
        else
            [| node.Add(Op.BatchNormalization epsilon, List.init 5 node.Input) |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [
            "BatchNormalization", batchNormalization
            "Conv", conv
            "Gemm", gemm
            "MatMul", matMul
        ]
