namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators that move elements to places which a constant names: all are one gather of the flattened operand.
[<RequireQualifiedAccess>]
module Indexing =

    let private wrapped (node: NodeScope) size index =
        let at = if index < 0 then index + size else index

        if at < 0 || at >= size then
            node.Refuse(
                "CML1105",
                $"the index {index} of an axis of {size} cells",
                $"indices from {-size} to {size - 1}",
                "Check the constant indices of the model."
            )

        at

    /// The coordinates of a row-major position.
    let private coordinates (shape: int[]) position =
        let strides = Shape.strides shape
        shape |> Array.mapi (fun axis size -> position / strides[axis] % size)

    let private position (shape: int[]) (coordinates: int[]) =
        Array.fold2 (fun sum stride at -> sum + stride * at) 0 (Shape.strides shape) coordinates

    let private indices (node: NodeScope) index =
        let tensor = node.ConstantValue(index, "indices")
        tensor.Shape, Elements.integers tensor

    let private gatherConstantElements (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let axis = node.Axis(shape.Length, node.Int("axis", 0))

        let own, indices = indices node 1

        let positions =
            indices
            |> Array.mapi (fun at index ->
                let place = coordinates own at
                place[axis] <- wrapped node shape[axis] index
                position shape place)

        [| Formula.rearrange node own positions x |]

    let private isConstant (node: NodeScope) index =
        (node.TryValue(node.Input index)).IsSome

    let private gatherElements (node: NodeScope) =
        if isConstant node 1 then
            gatherConstantElements node
        else
            let x = node.Input 0

            [|
                IndexedChoices.elements node (node.Axis(node.Rank x, node.Int("axis", 0))) x (node.Input 1)
            |]

    /// The positions in a tensor of `shape` of the slices that tuples of indices name, behind `batch` shared axes.
    let private slices (node: NodeScope) (shape: int[]) batch (own: int[]) (indices: int[]) : int[][] =
        let depth = own[own.Length - 1]
        let tuples = Shape.count own[.. own.Length - 2]
        let inner = Shape.count shape[batch + depth ..]
        let strides = Shape.strides shape

        Array.init tuples (fun tuple ->
            let lead = coordinates own[.. own.Length - 2] tuple |> Array.truncate batch

            let along =
                Array.init depth (fun at -> wrapped node shape[batch + at] indices[tuple * depth + at])

            let first =
                Array.append lead along
                |> Array.mapi (fun axis at -> strides[axis] * at)
                |> Array.sum

            Array.init inner (fun at -> first + at))

    let private gatherConstantTuples (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let batch = node.Int("batch_dims", 0)

        let own, indices = indices node 1

        if own.Length < 1 || batch + own[own.Length - 1] > shape.Length then
            node.RefuseAttribute($"tuples of {Shape.print own} into {Shape.print shape}", "tuples no longer than the operand's rank")

        let result =
            Array.append own[.. own.Length - 2] shape[batch + own[own.Length - 1] ..]

        [|
            Formula.rearrange node result (Array.concat (slices node shape batch own indices)) x
        |]

    let private gatherNd (node: NodeScope) =
        if isConstant node 1 || node.Int("batch_dims", 0) <> 0 then
            gatherConstantTuples node
        else
            [| IndexedChoices.tuples node (node.Input 0) (node.Input 1) |]

    /// In a circuit, elements at positions that depend on data are chosen among all; whatever one of both is constant stays a lookup.
    let private gather (plain: Importer) (node: NodeScope) =
        let x, indices = node.Input 0, node.Input 1

        match node.TryValue x, node.TryValue indices, ValueType.tryShape (node.Type x), ValueType.tryShape (node.Type indices) with
        | None, None, Some shape, Some _ when node.ForCircuit ->
            [|
                IndexedChoices.along node (node.Axis(shape.Length, node.Int("axis", 0))) x indices
            |]
        | _ -> plain node

    let private join (node: NodeScope) (reduction: string) : ValueId -> ValueId -> ValueId =
        match reduction with
        | "add" -> Formula.add node
        | "mul" -> Formula.mul node
        | "max" -> Formula.binary Binary.Max node
        | "min" -> Formula.binary Binary.Min node
        | other -> node.RefuseAttribute($"reduction = {other}", "none, add, mul, max or min")

    /// `updates` written to positions of x, in order: targets[i] is the position of update i.
    let private written (node: NodeScope) (targets: int[]) x updates =
        let shape = node.Shape x
        let count = Shape.count shape
        let flat, fresh = Formula.reshape node [ -1 ] x, Formula.reshape node [ -1 ] updates

        match node.Text("reduction", "none") with
        | "none" ->
            let sources = Array.init count id
            targets |> Array.iteri (fun update target -> sources[target] <- count + update)

            Formula.concat node 0 [ flat; fresh ]
            |> Formula.pick node 0 sources
            |> Formula.reshape node shape
        | reduction ->
            let join = join node reduction

            // Updates of one cell come one after the other: layer k holds the k-th of each cell.
            let layers =
                targets
                |> Array.indexed
                |> Array.groupBy snd
                |> Array.collect (fun (target, updates) -> updates |> Array.mapi (fun layer (update, _) -> layer, target, update))
                |> Array.groupBy (fun (layer, _, _) -> layer)

            let apply value (_, updates: (int * int * int)[]) =
                let cells = updates |> Array.map (fun (_, target, _) -> target)

                let joined =
                    join (Formula.pick node 0 cells value) (Formula.pick node 0 [ for _, _, update in updates -> update ] fresh)

                let sources = Array.init count id
                cells |> Array.iteri (fun at cell -> sources[cell] <- count + at)
                Formula.concat node 0 [ value; joined ] |> Formula.pick node 0 sources

            layers |> Array.fold apply flat |> Formula.reshape node shape

    let private scatterElements (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let axis = node.Axis(shape.Length, node.Int("axis", 0))
        let own, indices = indices node 1

        let targets =
            indices
            |> Array.mapi (fun at index ->
                let place = coordinates own at
                place[axis] <- wrapped node shape[axis] index
                position shape place)

        [| written node targets x (node.Input 2) |]

    let private scatterNd (node: NodeScope) =
        let x = node.Input 0
        let own, indices = indices node 1

        [|
            written node (Array.concat (slices node (node.Shape x) 0 own indices)) x (node.Input 2)
        |]

    /// Cells of a cache from a position on, one for each sample, take what is new; beyond the end it goes on at the start.
    let private tensorScatter (node: NodeScope) =
        let past, update = node.Input 0, node.Input 1
        let shape, own = node.Shape past, node.Shape update
        let axis = node.Axis(shape.Length, node.Int("axis", -2))

        if axis = 0 || own.Length <> shape.Length then
            node.RefuseAttribute($"axis {axis} of {Shape.print shape}", "an axis behind that of the batch")

        let first =
            match node.TryConstantValue(2, "write_indices") with
            | None -> Array.zeroCreate shape[0]
            | Some tensor when tensor.Count = shape[0] -> Elements.integers tensor
            | Some tensor -> node.RefuseAttribute($"{tensor.Count} write_indices for a batch of {shape[0]}", "one per sample")

        let isCircular =
            match node.Text("mode", "linear") with
            | "linear" -> false
            | "circular" -> true
            | other -> node.RefuseAttribute($"mode = {other}", "linear or circular")

        let targets =
            Array.init (Shape.count own) (fun at ->
                let place = coordinates own at
                let cell = first[place[0]] + place[axis]

                place[axis] <-
                    if isCircular then
                        ((cell % shape[axis]) + shape[axis]) % shape[axis]
                    else
                        wrapped node shape[axis] cell

                position shape place)

        [| written node targets past update |]

    /// The cells whose condition holds, of one axis or of the flattened operand.
    let private compress (node: NodeScope) =
        let x = node.Input 0
        let condition = Tensor.toInt64s (node.ConstantValue(1, "condition"))

        let cells =
            [
                for at in 0 .. condition.Length - 1 do
                    if condition[at] <> 0L then
                        at
            ]

        if node.Has "axis" then
            [| Formula.pick node (node.Axis(node.Rank x, node.Int("axis", 0))) cells x |]
        else
            [| Formula.reshape node [ -1 ] x |> Formula.pick node 0 cells |]

    /// Rows of a batch turned about, each up to its own length.
    let private reverseSequence (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let batchAxis, timeAxis = node.Int("batch_axis", 1), node.Int("time_axis", 0)
        let lengths = Elements.integers (node.ConstantValue(1, "sequence_lens"))

        let positions =
            Array.init (Shape.count shape) (fun at ->
                let place = coordinates shape at
                let length = lengths[place[batchAxis]]

                if place[timeAxis] < length then
                    place[timeAxis] <- length - 1 - place[timeAxis]

                position shape place)

        [| Formula.rearrange node shape positions x |]

    /// The upper or lower triangle; the rest is zero.
    let private trilu (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let upper = node.Flag("upper", true)

        let k =
            node.TryConstantValue(1, "k")
            |> Option.map (fun tensor -> (Elements.integers tensor)[0])
            |> Option.defaultValue 0

        let rows, columns = shape[shape.Length - 2], shape[shape.Length - 1]

        let kept =
            Array.init (rows * columns) (fun at ->
                let row, column = at / columns, at % columns
                if upper then column - row >= k else column - row <= k)

        [|
            Formula.choose node (node.Constant(Tensor.ofBool [| rows; columns |] kept)) x (node.Scalar(x, 0.0))
        |]

    /// Indices of the elements that are not zero, of a constant.
    let private nonZero (node: NodeScope) =
        let tensor = node.ConstantValue(0, "the operand")
        let values = Tensor.toFloat64s tensor
        let shape = if tensor.Rank = 0 then [| 1 |] else tensor.Shape

        let places =
            [|
                for at in 0 .. values.Length - 1 do
                    if values[at] <> 0.0 then
                        coordinates shape at
            |]

        let indices =
            [|
                for axis in 0 .. shape.Length - 1 do
                    yield! places |> Array.map (fun place -> int64 place[axis])
            |]

        [| node.Constant(Tensor.ofInt64 [| shape.Length; places.Length |] indices) |]

    /// The distinct elements of a constant, or its distinct slices along an axis, in their order or by first appearance: themselves,
    /// where each stands first, which of them each element is, and how often each occurs.
    let private unique (node: NodeScope) =
        let tensor = node.ConstantValue(0, "the operand")
        let values = Tensor.toFloat64s tensor

        let axis, shape =
            match node.Has "axis" with
            | true -> node.Axis(tensor.Rank, node.Int("axis", 0)), tensor.Shape
            | false -> 0, [| values.Length |]

        let inner = Shape.count shape[axis + 1 ..]
        let slices = Shape.count shape[.. axis - 1]

        let slice at =
            List.init (slices * inner) (fun place -> values[(place / inner * shape[axis] + at) * inner + place % inner])

        let own = Array.init shape[axis] slice
        let firsts = [| 0 .. own.Length - 1 |] |> Array.distinctBy (fun at -> own[at])

        let order =
            if node.Flag("sorted", true) then
                firsts |> Array.sortBy (fun at -> own[at])
            else
                firsts

        let groupOf = order |> Array.mapi (fun group at -> own[at], group) |> Map.ofArray
        let groups = own |> Array.map (fun slice -> Map.find slice groupOf)

        let list (items: int[]) =
            node.Constant(Tensor.ofInt64 [| items.Length |] (Array.map int64 items))

        let flat = node.Constant(tensor) |> Formula.reshape node shape

        [|
            Formula.pick node axis order flat
            list order
            list groups
            list (Array.init order.Length (fun group -> groups |> Array.filter ((=) group) |> Array.length))
        |]
        |> Array.truncate node.Node.Outputs.Length

    /// The centre of some axes cut or padded to a size.
    let private centerCropPad (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let sizes = Elements.integers (node.ConstantValue(1, "shape"))

        let axes =
            node.TryInts "axes"
            |> Option.map (Array.map (fun axis -> node.Axis(shape.Length, axis)))
            |> Option.defaultValue [| 0 .. shape.Length - 1 |]

        let before, after = Array.zeroCreate shape.Length, Array.zeroCreate shape.Length

        for axis, size in Array.zip axes sizes do
            // The odd cell goes to the end, where cells are added as where they are cut.
            let more = size - shape[axis]
            before[axis] <- (if more >= 0 then more / 2 else -(-more / 2))
            after[axis] <- more - before[axis]

        [| Formula.padOrCut node before after 0.0 x |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [
            "CenterCropPad", centerCropPad
            "Compress", compress
            "GatherElements", gatherElements
            "GatherND", gatherNd
            "NonZero", nonZero
            "ReverseSequence", reverseSequence
            "Scatter", scatterElements
            "ScatterElements", scatterElements
            "ScatterND", scatterNd
            "TensorScatter", tensorScatter
            "Trilu", trilu
            "Unique", unique
        ]

    /// Those that extend an importer of the vocabulary itself.
    let internal extended (plain: Map<string, Importer>) : (string * Importer) list = [ "Gather", gather plain["Gather"] ]
