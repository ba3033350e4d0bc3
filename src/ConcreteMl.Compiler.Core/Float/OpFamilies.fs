namespace ConcreteMl.Compiler.Core.Float

/// Which operations have in common what passes ask for.
[<RequireQualifiedAccess>]
module internal OpFamilies =

    /// Whether every element of the result depends on the operands' elements in its own place alone.
    let isElementwise (op: Op) =
        match op with
        | Op.Unary _
        | Op.Binary _
        | Op.Clip _
        | Op.Where
        | Op.Quant _
        | Op.BatchNormalization _ -> true
        | _ -> false

    /// Whether the result has the elements of the first operand, each of them once, in another shape or order.
    let isRearrangement (op: Op) =
        match op with
        | Op.Reshape _
        | Op.Flatten _
        | Op.Transpose _
        | Op.Squeeze
        | Op.Unsqueeze -> true
        | _ -> false

    /// Whether the result has no elements but the first operand's: all or some of them, some of them again.
    let isMovement (op: Op) =
        isRearrangement op
        || match op with
           | Op.Expand
           | Op.Slice
           | Op.Gather _ -> true
           | _ -> false
