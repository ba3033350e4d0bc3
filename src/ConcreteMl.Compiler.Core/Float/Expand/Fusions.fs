namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators that join others: newer activations of ai.onnx and what ONNX Runtime's optimizer writes (domain com.microsoft).
[<RequireQualifiedAccess>]
module Fusions =

    /// x · σ(αx).
    let private gated (node: NodeScope) (alpha: float) x =
        Formula.times node x alpha
        |> Formula.unary Unary.Sigmoid node
        |> Formula.mul node x

    let private swish (node: NodeScope) =
        [| gated node (float (node.Float("alpha", 1.0f))) (node.Input 0) |]

    let private quickGelu (node: NodeScope) =
        [| gated node (float (node.Float("alpha", 1.702f))) (node.Input 0) |]

    /// a · σ(αa) · b.
    let private swiGlu (node: NodeScope) =
        [|
            gated node (float (node.Float("alpha", 1.0f))) (node.Input 0)
            |> Formula.mul node (node.Input 1)
        |]

    let private gelu (tanh: bool) (node: NodeScope) =
        let x =
            match node.TryInput 1 with
            | Some bias -> Formula.add node (node.Input 0) bias
            | None -> node.Input 0

        [| Formula.unary (Unary.Gelu tanh) node x |]

    let private activation (node: NodeScope) x =
        let parameters =
            Onnx.Attributes.tryFloats "activation_params" node.Node
            |> Option.defaultValue [||]

        let parameter at fallback =
            if at < parameters.Length then parameters[at] else fallback

        match node.Text("activation", "") with
        | "" -> x
        | "Relu" -> Formula.unary Unary.Relu node x
        | "Sigmoid" -> Formula.unary Unary.Sigmoid node x
        | "Tanh" -> Formula.unary Unary.Tanh node x
        | "LeakyRelu" -> Formula.unary (Unary.LeakyRelu(parameter 0 0.01f)) node x
        | "HardSigmoid" -> Formula.unary (Unary.HardSigmoid(parameter 0 0.2f, parameter 1 0.5f)) node x
        | "Clip" ->
            let bound at =
                node.Scalar(x, float (parameter at 0.0f))

            node.Add(Op.Clip(true, true), [ x; bound 0; bound 1 ])
        | other -> node.RefuseAttribute($"activation = {other}", "Relu, Sigmoid, Tanh, LeakyRelu, HardSigmoid or Clip")

    /// A convolution, an addend where there is one, and an activation.
    let private fusedConv (plain: Importer) (node: NodeScope) =
        let x, weights = node.Input 0, node.Input 1

        let convolved =
            match node.TryInput 3 with
            | None -> (plain node)[0]
            | Some addend ->
                let operands = [ x; weights ] @ Option.toList (node.TryInput 2)

                let conv =
                    node.Add(Op.Conv(ImportPool.weightWindow node weights, node.Int("group", 1)), operands)

                Formula.add node conv addend

        [| activation node convolved |]

    let private exchanged (node: NodeScope) first second x =
        let order = [| 0 .. node.Rank x - 1 |]
        order[first] <- second
        order[second] <- first
        Formula.transpose node order x

    /// α · op(A) · op(B); transBatch moves the first axis before the last but one.
    let private fusedMatMul (node: NodeScope) =
        let operand index (transposed: string) (batched: string) =
            let x = node.Input index
            let rank = node.Rank x

            let moved =
                if node.Flag(batched, false) && rank > 2 then
                    Formula.transpose node (Array.concat [ [| 1 .. rank - 2 |]; [| 0; rank - 1 |] ]) x
                else
                    x

            if node.Flag(transposed, false) && rank > 1 then
                exchanged node (rank - 1) (rank - 2) moved
            else
                moved

        let product =
            Formula.matMul node (operand 0 "transA" "transBatchA") (operand 1 "transB" "transBatchB")

        [| Formula.times node product (float (node.Float("alpha", 1.0f))) |]

    /// A product, a bias and an activation.
    let private fusedGemm (plain: Importer) (node: NodeScope) =
        let product = (plain node)[0]
        [| activation node product |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "SwiGLU", swiGlu; "Swish", swish ]

    /// Those of ONNX Runtime (domain com.microsoft).
    let microsoft (plain: Map<string, Importer>) : (string * Importer) list =
        [
            "BiasGelu", gelu false
            "FastGelu", gelu true
            "FusedConv", fusedConv plain["Conv"]
            "FusedGemm", fusedGemm plain["Gemm"]
            "FusedMatMul", fusedMatMul
            "Gelu", gelu false
            "QuickGelu", quickGelu
            "TransposeMatMul", fusedMatMul
        ]
