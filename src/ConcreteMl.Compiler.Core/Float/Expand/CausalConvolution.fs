namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// The convolution of state-space networks (opset 27): each channel by its own kernel, over what was and what is, never what comes.
[<RequireQualifiedAccess>]
module CausalConvolution =

    /// What stands before the input: the carried state, or zeros.
    let private past (node: NodeScope) x before =
        match node.TryInput 3 with
        | Some state -> state
        | None ->
            let shape = [| Formula.size node 0 x; Formula.size node 1 x; before |]
            Formula.constant node x shape (Array.zeroCreate (Shape.count shape))

    let private activated (node: NodeScope) y =
        match node.Text("activation", "none") with
        | "none" -> y
        | "silu"
        | "swish" -> Formula.mul node y (Formula.unary Unary.Sigmoid node y)
        | other -> node.RefuseAttribute($"activation = {other}", "none, silu or swish")

    let private causal (node: NodeScope) =
        let x, weights = node.Input 0, node.Input 1
        let before = Formula.size node 2 weights - 1

        let whole =
            if before = 0 then
                x
            else
                Formula.concat node 2 [ past node x before; x ]

        let total = Formula.size node 2 whole

        let convolution =
            Op.Conv(ImportPool.weightWindow node weights, Formula.size node 1 x)

        let y = node.Add(convolution, [ whole; weights ] @ Option.toList (node.TryInput 2))
        [| activated node y; Formula.slice node 2 (total - before) total whole |]

    let all: (string * Importer) list = [ "CausalConvWithState", causal ]
