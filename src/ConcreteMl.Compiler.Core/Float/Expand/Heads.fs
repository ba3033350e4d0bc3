namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// The heads of an attention: parts of a width that lie side by side, or an axis of their own.
[<RequireQualifiedAccess>]
module internal Heads =

    /// Batch x length x heads·size as batch x heads x length x size; None for other shapes.
    let trySplit (node: NodeScope) heads x : ValueId option =
        match node.Shape x with
        | [| batch; length; width |] when heads > 0 && width % heads = 0 ->
            Formula.reshape node [ batch; length; heads; width / heads ] x
            |> Formula.transpose node [| 0; 2; 1; 3 |]
            |> Some
        | _ -> None

    /// Batch x heads x length x size as batch x length x heads·size.
    let joined (node: NodeScope) x : ValueId =
        let shape = node.Shape x

        Formula.transpose node [| 0; 2; 1; 3 |] x
        |> Formula.reshape node [ shape[0]; shape[2]; shape[1] * shape[3] ]

    /// Each head in turn as often as makes `heads` of them; as it is, where these are no multiple of its own.
    let repeated (node: NodeScope) heads x : ValueId =
        let own = (node.Shape x)[1]

        if own = heads || own = 0 || heads % own <> 0 then
            x
        else
            Formula.pick node 1 [ for head in 0 .. heads - 1 -> head / (heads / own) ] x
