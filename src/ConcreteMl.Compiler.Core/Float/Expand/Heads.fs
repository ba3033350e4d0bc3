namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// The heads of an attention: parts of a width that lie side by side, or an axis of their own.
[<RequireQualifiedAccess>]
module internal Heads =

    /// Batch x length x heads·size as batch x length x heads x size; None for other shapes.
    let tryApart (node: NodeScope) heads x : ValueId option =
        match node.Shape x with
        | [| batch; length; width |] when heads > 0 && width % heads = 0 ->
            Some(Formula.reshape node [ batch; length; heads; width / heads ] x)
        | _ -> None

    /// Batch x length x heads·size as batch x heads x length x size; None for other shapes.
    let trySplit (node: NodeScope) heads x : ValueId option =
        tryApart node heads x |> Option.map (Formula.transpose node [| 0; 2; 1; 3 |])

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

    /// Keys or values behind those that earlier calls left, by position (batch x heads x length x size).
    let behind (node: NodeScope) (past: ValueId option) present : ValueId =
        match past with
        | Some past -> Formula.concat node 2 [ past; present ]
        | None -> present

    /// What products of queries and keys of this size are multiplied by where `scale` says nothing else (domain com.microsoft).
    let scale (node: NodeScope) (size: int) : float =
        match node.Float("scale", 0.0f) with
        | 0.0f -> 1.0 / sqrt (float size)
        | own -> float own

    /// Scores within ± `softcap`, where there is one.
    let capped (node: NodeScope) scores : ValueId =
        match float (node.Float("softcap", 0.0f)) with
        | 0.0 -> scores
        | cap -> Formula.times node (Formula.unary Unary.Tanh node (Formula.times node scores (1.0 / cap))) cap

    /// Which keys a query may see, 0 or −∞ in the type of `like`: those up to itself, the last query at the last key, and no more than
    /// `window` of them unless that is negative.
    let seen (node: NodeScope) queries keys window like : ValueId =
        let allowed =
            Array.init (queries * keys) (fun at ->
                let behind = at / keys + (keys - queries) - at % keys
                behind >= 0 && (window < 0 || behind < window))

        let truth = node.Constant(Tensor.ofBool [| queries; keys |] allowed)
        Formula.choose node truth (node.Scalar(like, 0.0)) (node.Scalar(like, -infinity))
