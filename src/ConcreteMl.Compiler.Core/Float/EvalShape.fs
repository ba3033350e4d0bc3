namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Operations that move elements or compute with shapes.
[<RequireQualifiedAccess>]
module EvalShape =

    let private axisOf rank axis =
        match Shape.tryAxis rank axis with
        | Some axis -> axis
        | None -> Elements.fail $"axis {axis} of a tensor of rank {rank}"

    // Positions of elements take as much memory as the elements.
    let private allocatable (shape: int[]) =
        Shape.count shape |> ignore
        shape

    let private product (dims: int seq) = Seq.fold (*) 1 dims

    /// The shape that ONNX's Reshape asks for: 0 copies a dimension (unless allowed as such), −1 takes what is left.
    let reshaped allowZero (shape: int[]) (target: int[]) : int[] =
        let copied =
            target
            |> Array.mapi (fun axis size ->
                if size <> 0 || allowZero then
                    size
                elif axis < shape.Length then
                    shape[axis]
                else
                    Elements.fail "Reshape copies a dimension that is not there")

        let known = copied |> Array.filter ((<>) -1) |> product

        let result =
            copied
            |> Array.map (fun size ->
                if size <> -1 then size
                elif known = 0 then 0
                else Shape.count shape / known)

        if Shape.count result <> Shape.count shape then
            Elements.fail $"Reshape of {Shape.print shape} to {Shape.print target}"

        result

    let reshape allowZero (x: Tensor) (target: Tensor) =
        x.Reshape(reshaped allowZero x.Shape (Elements.integers target))

    let flatten axis (x: Tensor) =
        let axis = if axis = x.Rank then axis else axisOf x.Rank axis
        x.Reshape [| product (Seq.take axis x.Shape); product (Seq.skip axis x.Shape) |]

    let transpose (permutation: int[]) (x: Tensor) =
        let permutation =
            if permutation.Length = 0 then
                Array.init x.Rank (fun axis -> x.Rank - 1 - axis)
            else
                permutation

        if Array.sort permutation <> Array.init x.Rank id then
            Elements.fail $"Transpose of {Shape.print x.Shape} by {permutation.Length} axes"

        let strides = Shape.strides x.Shape
        let shape = permutation |> Array.map (fun axis -> x.Shape[axis])
        Strided.take shape (Strided.indices shape (permutation |> Array.map (fun axis -> strides[axis])) 0) x

    let squeeze (axes: int[] option) (x: Tensor) =
        let dropped =
            match axes with
            | Some axes -> Array.map (axisOf x.Rank) axes
            | None -> [| 0 .. x.Rank - 1 |] |> Array.filter (fun axis -> x.Shape[axis] = 1)

        if dropped |> Array.exists (fun axis -> x.Shape[axis] <> 1) then
            Elements.fail $"Squeeze of an axis of {Shape.print x.Shape} that is not 1"

        x.Reshape
            [|
                for axis in 0 .. x.Rank - 1 do
                    if not (Array.contains axis dropped) then
                        x.Shape[axis]
            |]

    let unsqueeze (axes: int[]) (x: Tensor) =
        let rank = x.Rank + axes.Length
        let added = Array.map (axisOf rank) axes

        if (Array.distinct added).Length <> added.Length then
            Elements.fail "Unsqueeze names an axis twice"

        let rest = System.Collections.Generic.Queue x.Shape
        x.Reshape(Array.init rank (fun axis -> if Array.contains axis added then 1 else rest.Dequeue()))

    /// Per axis: first element, number of elements, step.
    let sliced (shape: int[]) (starts: int64[]) (ends: int64[]) (axes: int[] option) (steps: int64[] option) =
        let axes = axes |> Option.defaultValue (Array.init starts.Length id)
        let steps = steps |> Option.defaultValue (Array.create starts.Length 1L)

        if
            ends.Length <> starts.Length
            || axes.Length <> starts.Length
            || steps.Length <> starts.Length
        then
            Elements.fail "Slice with starts, ends, axes and steps of different lengths"

        let result = shape |> Array.map (fun size -> 0, size, 1)

        for at in 0 .. axes.Length - 1 do
            let axis = axisOf shape.Length axes[at]
            let size, step = int64 shape[axis], steps[at]

            let wrap position =
                if position < 0L then position + size else position

            if step = 0L then
                Elements.fail "Slice with a step of 0"

            let first, last =
                if step > 0L then
                    System.Math.Clamp(wrap starts[at], 0L, size), System.Math.Clamp(wrap ends[at], 0L, size)
                else
                    System.Math.Clamp(wrap starts[at], -1L, size - 1L), System.Math.Clamp(wrap ends[at], -1L, size - 1L)

            let distance = if step > 0L then last - first else first - last
            let stride = abs step
            let count = if distance <= 0L then 0L else (distance - 1L) / stride + 1L
            result[axis] <- int first, int count, (if count <= 1L then 1 else int step)

        result

    let slice (x: Tensor) (starts: Tensor) (ends: Tensor) (axes: Tensor option) (steps: Tensor option) =
        let parts =
            sliced
                x.Shape
                (Tensor.toInt64s starts)
                (Tensor.toInt64s ends)
                (Option.map Elements.integers axes)
                (Option.map Tensor.toInt64s steps)

        let strides = Shape.strides x.Shape
        let shape = parts |> Array.map (fun (_, count, _) -> count)
        let steps = Array.map2 (fun (_, _, step) stride -> step * stride) parts strides

        let offset =
            Array.fold2 (fun sum (first, _, _) stride -> sum + first * stride) 0 parts strides

        Strided.take shape (Strided.indices shape steps offset) x

    let concat axis (operands: Tensor list) =
        let first = List.head operands
        let axis = axisOf first.Rank axis

        let other (tensor: Tensor) =
            tensor.Shape |> Array.mapi (fun at size -> if at = axis then 0 else size)

        if
            operands
            |> List.exists (fun tensor ->
                tensor.Rank <> first.Rank
                || tensor.Element <> first.Element
                || other tensor <> other first)
        then
            Elements.fail "Concat of tensors that differ beside their axis"

        let size = operands |> List.sumBy (fun tensor -> tensor.Shape[axis])

        let shape =
            first.Shape |> Array.mapi (fun at own -> if at = axis then size else own)

        let outer = product (Seq.take axis first.Shape)
        let inner = product (Seq.skip (axis + 1) first.Shape)

        let result =
            System.Array.CreateInstance(Element.storage first.Element, Shape.count shape)

        let mutable into = 0

        for block in 0 .. outer - 1 do
            for tensor in operands do
                let length = tensor.Shape[axis] * inner
                System.Array.Copy(tensor.Data, block * length, result, into, length)
                into <- into + length

        Tensor.create first.Element shape result

    let gather axis (x: Tensor) (indices: Tensor) =
        let axis = axisOf x.Rank axis
        let size = x.Shape[axis]
        let outer = product (Seq.take axis x.Shape)
        let inner = product (Seq.skip (axis + 1) x.Shape)

        let chosen =
            Elements.integers indices
            |> Array.map (fun index ->
                let index = if index < 0 then index + size else index

                if index < 0 || index >= size then
                    Elements.fail $"Gather of index {index} along an axis of {size}"

                index)

        let shape =
            Array.concat [ Array.take axis x.Shape; indices.Shape; Array.skip (axis + 1) x.Shape ]
            |> allocatable

        let positions =
            [|
                for block in 0 .. outer - 1 do
                    for index in chosen do
                        for at in 0 .. inner - 1 do
                            (block * size + index) * inner + at
            |]

        Strided.take shape positions x

    /// The source position along one axis for a padded position; −1 for constant padding.
    let private padded mode size position =
        if position >= 0 && position < size then
            position
        else
            match mode with
            | "edge" -> System.Math.Clamp(position, 0, size - 1)
            | "wrap" -> ((position % size) + size) % size
            | "reflect" when size = 1 -> 0
            | "reflect" ->
                let period = 2 * (size - 1)
                let phase = ((position % period) + period) % period
                if phase < size then phase else period - phase
            | _ -> -1

    /// Pads of all padded axes: begins, then ends; negative pads crop.
    let pad mode (x: Tensor) (pads: int[]) (value: Tensor option) (axes: int[] option) =
        let axes =
            axes
            |> Option.map (Array.map (axisOf x.Rank))
            |> Option.defaultValue (Array.init x.Rank id)

        if pads.Length <> 2 * axes.Length then
            Elements.fail $"Pad of {axes.Length} axes by {pads.Length} pads"

        let before, after = Array.zeroCreate x.Rank, Array.zeroCreate x.Rank

        axes
        |> Array.iteri (fun at axis ->
            before[axis] <- pads[at]
            after[axis] <- pads[axes.Length + at])

        let shape =
            Array.init x.Rank (fun axis -> Elements.saturated (max 0L (int64 x.Shape[axis] + int64 before[axis] + int64 after[axis])))
            |> allocatable

        let strides = Shape.strides x.Shape

        let refine (positions: int[]) axis =
            let along =
                Array.init shape[axis] (fun at -> padded mode x.Shape[axis] (at - before[axis]))

            positions
            |> Array.collect (fun position ->
                along
                |> Array.map (fun own ->
                    if position < 0 || own < 0 then
                        -1
                    else
                        position + own * strides[axis]))

        let positions = Seq.fold refine [| 0 |] (seq { 0 .. x.Rank - 1 })
        Strided.takeOr value shape positions x

    /// Broadcast both ways, as ONNX's Expand does.
    let expand (x: Tensor) (target: int[]) =
        let shape = Strided.commonShape [ x.Shape; target ]
        Strided.take shape (Strided.broadcast x.Shape shape) x

    /// The dimensions from `first` up to, not including, `last`; both clamped to the rank.
    let dimensions first (last: int option) (shape: int[]) =
        let clamp position =
            System.Math.Clamp((if position < 0 then position + shape.Length else position), 0, shape.Length)

        let first = clamp first
        let last = last |> Option.map clamp |> Option.defaultValue shape.Length
        let dims = if last > first then shape[first .. last - 1] else [||]
        Tensor.ofInt64 [| dims.Length |] (Array.map int64 dims)

    let constantOfShape (value: Tensor) (target: Tensor) =
        let shape = Elements.integers target
        Strided.take shape (Array.zeroCreate (Shape.count shape)) value
