namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// What is known of an operand before anything runs.
type Operand =
    {
        Type: ValueType
        /// The value where it does not depend on the graph's inputs, computed when asked for.
        Value: Lazy<Tensor> option
    }

/// Dimensions as far as they are known, and the result types of operations that move elements.
[<RequireQualifiedAccess>]
module MoveTypes =

    let private isDynamic dim = (dim = Dim.Dynamic)

    let private joinDim left right =
        match left, right with
        | Dim.Known 1, other
        | other, Dim.Known 1 -> other
        | Dim.Dynamic, other
        | other, Dim.Dynamic -> other
        | Dim.Known l, Dim.Known r when l = r -> Dim.Known l
        | Dim.Known l, Dim.Known r -> Elements.fail $"dimensions {l} and {r} do not broadcast"

    let broadcast (left: Dim[] option) (right: Dim[] option) =
        match left, right with
        | Some left, Some right ->
            let rank = max left.Length right.Length

            let padded (dims: Dim[]) =
                Array.append (Array.create (rank - dims.Length) (Dim.Known 1)) dims

            Some(Array.map2 joinDim (padded left) (padded right))
        | None, _
        | _, None -> None

    let integers (operand: Operand) =
        operand.Value |> Option.map (fun value -> Elements.integers (value.Force()))

    let axisOf rank axis =
        match Shape.tryAxis rank axis with
        | Some axis -> axis
        | None -> Elements.fail $"axis {axis} of a tensor of rank {rank}"

    let private product (dims: Dim seq) =
        Seq.fold
            (fun left right ->
                match left, right with
                | Dim.Known l, Dim.Known r -> Dim.Known(l * r)
                | _ -> Dim.Dynamic)
            (Dim.Known 1)
            dims

    let ofDims element dims : ValueType = { Element = element; Dims = dims }

    let concat axis (types: ValueType list) =
        let element = types.Head.Element

        if types |> List.exists (fun other -> other.Element <> element) then
            Elements.fail "Concat of several element types"

        let join (left: Dim[]) (right: Dim[]) =
            if left.Length <> right.Length then
                Elements.fail $"Concat of the ranks {left.Length} and {right.Length}"

            let axis = axisOf left.Length axis

            Array.mapi2
                (fun at l r ->
                    match l, r with
                    | Dim.Known l, Dim.Known r when at = axis -> Dim.Known(l + r)
                    | _ when at = axis -> Dim.Dynamic
                    | Dim.Known l, Dim.Known r when l <> r -> Elements.fail $"Concat beside dimensions {l} and {r}"
                    | Dim.Dynamic, other
                    | other, _ -> other)
                left
                right

        let every = types |> List.map (fun each -> each.Dims)

        if List.forall Option.isSome every then
            ofDims element (Some(every |> List.map Option.get |> List.reduce join))
        else
            ofDims element None

    /// The number of elements of a shape operand: the rank of what is made by it.
    let private rankOf (shape: Operand) =
        match shape.Type.Dims with
        | Some [| Dim.Known rank |] -> Some(Array.create rank Dim.Dynamic)
        | _ -> None

    let reshape allowZero (x: ValueType) (shape: Operand) =
        match integers shape, ValueType.tryShape x, x.Dims with
        | Some target, Some known, _ -> ValueType.ofShape x.Element (EvalShape.reshaped allowZero known target)
        | Some target, None, dims ->
            let resolve axis size =
                match size, dims with
                | -1, _ -> Dim.Dynamic
                | 0, Some dims when not allowZero && axis < dims.Length -> dims[axis]
                | 0, _ when not allowZero -> Dim.Dynamic
                | size, _ -> Dim.Known size

            ofDims x.Element (Some(Array.mapi resolve target))
        | None, _, _ -> ofDims x.Element (rankOf shape)

    let flatten axis (x: ValueType) =
        match x.Dims with
        | None -> ofDims x.Element (Some [| Dim.Dynamic; Dim.Dynamic |])
        | Some dims ->
            let axis = if axis = dims.Length then axis else axisOf dims.Length axis
            ofDims x.Element (Some [| product (Seq.take axis dims); product (Seq.skip axis dims) |])

    let transpose (permutation: int[]) (x: ValueType) =
        match x.Dims with
        | None -> x
        | Some dims when permutation.Length = 0 -> ofDims x.Element (Some(Array.rev dims))
        | Some dims when Array.sort permutation <> [| 0 .. dims.Length - 1 |] ->
            Elements.fail $"Transpose of rank {dims.Length} by {permutation.Length} axes"
        | Some dims -> ofDims x.Element (Some(permutation |> Array.map (fun axis -> dims[axis])))

    let squeeze (x: ValueType) (axes: int[] option) =
        match x.Dims, axes with
        | Some dims, Some axes ->
            let axes = Array.map (axisOf dims.Length) axes

            let keeps axis dim =
                match dim with
                | Dim.Known size when size <> 1 && Array.contains axis axes -> Elements.fail $"Squeeze of a dimension of {size}"
                | _ -> not (Array.contains axis axes)

            dims
            |> Array.indexed
            |> Array.filter (fun (axis, dim) -> keeps axis dim)
            |> Array.map snd
            |> Some
            |> ofDims x.Element
        | Some dims, None when not (Array.exists isDynamic dims) -> ofDims x.Element (Some(Array.filter ((<>) (Dim.Known 1)) dims))
        | _ -> ofDims x.Element None

    let unsqueeze (x: ValueType) (axes: int[] option) =
        match x.Dims, axes with
        | Some dims, Some axes ->
            let rank = dims.Length + axes.Length
            let axes = Array.map (axisOf rank) axes
            let rest = System.Collections.Generic.Queue dims

            if (Array.distinct axes).Length <> axes.Length then
                Elements.fail "Unsqueeze names an axis twice"

            ofDims
                x.Element
                (Some(
                    Array.init rank (fun axis ->
                        if Array.contains axis axes then
                            Dim.Known 1
                        else
                            rest.Dequeue())
                ))
        | _ -> ofDims x.Element None

    let slice (operands: Operand list) =
        let x = operands[0].Type

        let longs (operand: Operand) =
            operand.Value |> Option.map (fun value -> Tensor.toInt64s (value.Force()))

        let known = operands.Tail |> List.forall (fun operand -> operand.Value.IsSome)

        match x.Dims with
        | Some dims when known ->
            // A dynamic axis stands as 0 in the computation and stays dynamic in its result unless it is not sliced.
            let shape =
                dims
                |> Array.map (fun dim ->
                    match dim with
                    | Dim.Known size -> size
                    | Dim.Dynamic -> 0)

            let parts = operands.Tail |> List.choose longs
            let axes = List.tryItem 2 parts |> Option.map (Array.map int)
            let sizes = EvalShape.sliced shape parts[0] parts[1] axes (List.tryItem 3 parts)

            Array.map2 (fun dim (_, count, _) -> if isDynamic dim then Dim.Dynamic else Dim.Known count) dims sizes
            |> Some
            |> ofDims x.Element
        | Some dims -> ofDims x.Element (Some(Array.map (fun _ -> Dim.Dynamic) dims))
        | None -> x

    let gather axis (x: ValueType) (indices: ValueType) =
        match x.Dims, indices.Dims with
        | Some dims, Some chosen ->
            let axis = axisOf dims.Length axis
            ofDims x.Element (Some(Array.concat [ Array.take axis dims; chosen; Array.skip (axis + 1) dims ]))
        | _ -> ofDims x.Element None

    let pad hasValue (operands: Operand list) =
        let x = operands[0].Type
        let axes = operands |> List.tryItem (if hasValue then 3 else 2)

        match x.Dims, integers operands[1], axes |> Option.map integers with
        | Some dims, Some pads, (None | Some(Some _) as named) ->
            let axes =
                named
                |> Option.flatten
                |> Option.map (Array.map (axisOf dims.Length))
                |> Option.defaultValue [| 0 .. dims.Length - 1 |]

            if pads.Length <> 2 * axes.Length then
                Elements.fail $"Pad of {axes.Length} axes by {pads.Length} pads"

            let grown axis dim =
                match dim, Array.tryFindIndex ((=) axis) axes with
                | Dim.Known size, Some at -> Dim.Known(max 0 (size + pads[at] + pads[axes.Length + at]))
                | other, _ -> other

            ofDims x.Element (Some(Array.mapi grown dims))
        | Some dims, _, _ -> ofDims x.Element (Some(Array.map (fun _ -> Dim.Dynamic) dims))
        | None, _, _ -> x

    let made element (shape: Operand) =
        match integers shape with
        | Some sizes -> ValueType.ofShape element sizes
        | None -> ofDims element (rankOf shape)

    let expand (x: ValueType) (shape: Operand) =
        ofDims x.Element (broadcast x.Dims (made x.Element shape).Dims)

    let shape first last (x: ValueType) =
        match x.Dims with
        | None -> ofDims Element.Int64 (Some [| Dim.Dynamic |])
        | Some dims -> ValueType.ofTensor (EvalShape.dimensions first last (Array.create dims.Length 1))
