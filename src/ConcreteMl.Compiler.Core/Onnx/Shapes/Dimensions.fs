namespace ConcreteMl.Compiler.Core.Onnx.Shapes

open ConcreteMl.Compiler.Core.Onnx

/// Raised by a rule whose operands cannot have the shapes that they have; the driver turns it into a diagnostic.
exception internal ShapeContradiction of Reason: string

/// Arithmetic on dimensions of which some are only named or not known at all.
[<RequireQualifiedAccess>]
module internal Dimensions =

    let contradict message = raise (ShapeContradiction message)

    let print (dims: Dimension[]) =
        let one dim =
            match dim with
            | Dimension.Known size -> string size
            | Dimension.Named name -> name
            | Dimension.Unknown -> "?"

        "[" + (dims |> Array.map one |> String.concat ", ") + "]"

    /// A product that stays at the largest number instead of overflowing.
    let multiply (left: int64) (right: int64) =
        if left = 0L || right = 0L then
            0L
        elif abs left > System.Int64.MaxValue / abs right then
            System.Int64.MaxValue
        else
            left * right

    /// The product; a single name times ones keeps its name.
    let product (dims: Dimension seq) =
        let combine left right =
            match left, right with
            | Dimension.Known 0L, _
            | _, Dimension.Known 0L -> Dimension.Known 0L
            | Dimension.Known 1L, other
            | other, Dimension.Known 1L -> other
            | Dimension.Known left, Dimension.Known right -> Dimension.Known(multiply left right)
            | _ -> Dimension.Unknown

        Seq.fold combine (Dimension.Known 1L) dims

    /// The one dimension that two equal ones describe; None when they are known to differ.
    let tryUnify left right =
        match left, right with
        | Dimension.Known l, Dimension.Known r when l <> r -> None
        | Dimension.Known _, _ -> Some left
        | _, Dimension.Known _ -> Some right
        | Dimension.Named _, _ -> Some left
        | Dimension.Unknown, _ -> Some right

    let private broadcastPair (whole: unit -> string) left right =
        match left, right with
        | Dimension.Known 1L, other
        | other, Dimension.Known 1L -> other
        | Dimension.Known l, Dimension.Known r when l <> r -> contradict (whole ())
        | Dimension.Known _, _ -> left
        | _, Dimension.Known _ -> right
        | _ when left = right -> left
        | _ -> Dimension.Unknown

    /// NumPy's broadcasting of two shapes.
    let broadcast (left: Dimension[]) (right: Dimension[]) : Dimension[] =
        let rank = max left.Length right.Length

        let at (dims: Dimension[]) axis =
            let own = axis - (rank - dims.Length)
            if own < 0 then Dimension.Known 1L else dims[own]

        let whole () =
            $"the shapes {print left} and {print right} do not broadcast"

        Array.init rank (fun axis -> broadcastPair whole (at left axis) (at right axis))

    /// Broadcasting where any shape may be unknown.
    let broadcastAll (shapes: Dimension[] option list) : Dimension[] option =
        let combine left right = Option.map2 broadcast left right

        match shapes with
        | [] -> None
        | first :: rest -> List.fold combine first rest

    let sum left right =
        match left, right with
        | Dimension.Known l, Dimension.Known r -> Dimension.Known(l + r)
        | other, Dimension.Known 0L
        | Dimension.Known 0L, other -> other
        | _ -> Dimension.Unknown

    /// The axis in [0, rank); a contradiction when it lies outside.
    let axis (rank: int) (value: int64) : int =
        if value >= 0L && value < int64 rank then
            int value
        elif value < 0L && value + int64 rank >= 0L then
            int value + rank
        else
            contradict $"axis {value} lies outside a tensor of rank {rank}"
