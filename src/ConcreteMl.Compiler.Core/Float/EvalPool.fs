namespace ConcreteMl.Compiler.Core.Float

open System
open System.Numerics
open ConcreteMl.Compiler.Core.Base

/// Pools, normalization and reductions.
[<RequireQualifiedAccess>]
module EvalPool =

    let private geometry (window: Window) (x: Tensor) =
        if x.Rank < 3 then
            Elements.fail $"a pool over {Shape.print x.Shape}"

        let spatial = Array.skip 2 x.Shape
        let window = Windows.resolve window spatial
        let output = Windows.outputShape window spatial
        Windows.positions window spatial output, Shape.count window.Kernel, Array.append (Array.take 2 x.Shape) output, spatial

    /// The mean of each window; padded cells count when `includePad`, cells beyond the padding never do.
    let average (window: Window) (includePad: bool) (x: Tensor) : Tensor =
        let table, cells, shape, spatial = geometry window x
        let area = Shape.count spatial
        let windows = table.Length / cells
        let source = Tensor.toFloat64s x

        let divisors =
            Array.init windows (fun at ->
                let counted = if includePad then -1 else 0
                let own = ReadOnlySpan(table, at * cells, cells)
                let mutable count = 0

                for position in own do
                    if position >= counted then
                        count <- count + 1

                float count)

        let result =
            Array.init (Shape.count shape) (fun at ->
                let start = at / windows * area
                let own = at % windows
                let mutable sum = 0.0

                for cell in own * cells .. (own + 1) * cells - 1 do
                    if table[cell] >= 0 then
                        sum <- sum + source[start + table[cell]]

                sum / divisors[own])

        Elements.ofFloat64s x.Element shape result

    /// The position of a cell within the whole operand, spatial axes row-major or (storage order 1) column-major.
    let private cellIndex storageOrder (spatial: int[]) (start: int) (position: int) =
        if storageOrder = 0 then
            start + position
        else
            let strides = Shape.strides spatial

            let columnMajor =
                Seq.fold
                    (fun (sum, step) axis -> sum + position / strides[axis] % spatial[axis] * step, step * spatial[axis])
                    (0, 1)
                    (seq { 0 .. spatial.Length - 1 })
                |> fst

            start + columnMajor

    let private largest (window: Window) (storageOrder: int) (x: Tensor) : Tensor list =
        let table, cells, shape, spatial = geometry window x
        let area = Shape.count spatial
        let windows = table.Length / cells
        let indices = Array.zeroCreate<int64>(Shape.count shape)

        let kernel =
            { new NumberKernel<Tensor> with
                member _.Run<'T
                    when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T> and 'T :> IMinMaxValue<'T>>
                    ()
                    =
                    let source = x.Data :?> 'T[]
                    let result = Array.zeroCreate<'T> indices.Length

                    for at in 0 .. result.Length - 1 do
                        let start = at / windows * area
                        let own = at % windows
                        let mutable best = -1

                        for cell in own * cells .. (own + 1) * cells - 1 do
                            let position = table[cell]

                            if position >= 0 then
                                let value = source[start + position]

                                if best < 0 || 'T.op_GreaterThan (value, source[start + best]) || 'T.IsNaN value then
                                    best <- position

                        if best < 0 then
                            result[at] <- 'T.MinValue
                        else
                            result[at] <- source[start + best]
                            indices[at] <- int64 (cellIndex storageOrder spatial start best)

                    Tensor.create x.Element shape result
            }

        [ Elements.onNumber kernel x.Element; Tensor.ofInt64 shape indices ]

    /// The largest element of each window, and the int64 position in the operand where it lies.
    let max window storageOrder (x: Tensor) : Tensor list =
        let run operands =
            operands |> List.collect (largest window storageOrder)

        Elements.widened run [ x ]

    /// x · factor + offset per channel, with factor = scale / √(variance + epsilon).
    let batchNormalization (epsilon: float32) (operands: Tensor list) : Tensor =
        match operands with
        | [ x; scale; bias; mean; variance ] ->
            let parameter (tensor: Tensor) = Tensor.toFloat64s tensor

            let scale, bias, mean, variance =
                parameter scale, parameter bias, parameter mean, parameter variance

            let factor = Array.map2 (fun s v -> s / sqrt (v + float epsilon)) scale variance
            let offset = Array.init factor.Length (fun c -> bias[c] - mean[c] * factor[c])
            let channels = if x.Rank > 1 then x.Shape[1] else 1

            if channels <> factor.Length then
                Elements.fail $"BatchNormalization of {channels} channels with {factor.Length} parameters"

            let area = if x.Rank > 2 then Shape.count (Array.skip 2 x.Shape) else 1

            Tensor.toFloat64s x
            |> Array.mapi (fun at value ->
                let channel = at / area % channels
                value * factor[channel] + offset[channel])
            |> Elements.ofFloat64s x.Element x.Shape
        | _ -> Elements.fail "BatchNormalization has five operands"

    let private axisOf rank axis =
        match Shape.tryAxis rank axis with
        | Some axis -> axis
        | None -> Elements.fail $"axis {axis} of a tensor of rank {rank}"

    /// The sum over the named axes (all when none are named, unless `noop`). Floats accumulate in float64.
    let reduceSum keepDims noop (axes: Tensor option) (x: Tensor) : Tensor =
        let named = axes |> Option.map Elements.integers |> Option.defaultValue [||]

        if named.Length = 0 && noop then
            x
        else
            let reduced =
                if named.Length = 0 then
                    Array.init x.Rank id
                else
                    Array.map (axisOf x.Rank) named

            let kept =
                x.Shape
                |> Array.mapi (fun axis size -> if Array.contains axis reduced then 1 else size)

            let strides = Shape.broadcastStrides kept x.Shape
            let into = Strided.indices x.Shape strides 0

            let shape =
                if keepDims then
                    kept
                else
                    [|
                        for axis in 0 .. x.Rank - 1 do
                            if not (Array.contains axis reduced) then
                                x.Shape[axis]
                    |]

            if Element.isFloat x.Element then
                let sums = Array.zeroCreate<float>(Shape.count kept)
                Array.iter2 (fun at value -> sums[at] <- sums[at] + value) into (Tensor.toFloat64s x)
                Elements.ofFloat64s x.Element shape sums
            else
                let sums = Array.zeroCreate<int64>(Shape.count kept)
                Array.iter2 (fun at value -> sums[at] <- sums[at] + value) into (Tensor.toInt64s x)
                Elements.ofInt64s x.Element shape sums

    /// Positions of the best along an axis of this size and step, for a comparison of two positions.
    let private winners (axis: int) keepDims (x: Tensor) (beats: int -> int -> bool) : Tensor =
        let size = x.Shape[axis]
        let step = Shape.count (Array.skip (axis + 1) x.Shape)

        let best start =
            let mutable best = 0

            for at in 1 .. size - 1 do
                if beats (start + at * step) (start + best * step) then
                    best <- at

            int64 best

        let shape =
            if keepDims then
                Array.mapi (fun at size -> if at = axis then 1 else size) x.Shape
            else
                Array.removeAt axis x.Shape

        Array.init (Shape.count shape) (fun at -> best (at / step * size * step + at % step))
        |> Tensor.ofInt64 shape

    /// The int64 position of the largest element along an axis, compared in the operand's own type.
    let argMax axis keepDims selectLast (x: Tensor) : Tensor =
        let axis = axisOf x.Rank axis

        if x.Shape[axis] = 0 then
            Elements.fail "ArgMax over no elements"

        let x =
            if x.Element = Element.BFloat16 then
                Elements.cast Element.Float32 x
            else
                x

        let kernel =
            { new NumberKernel<Tensor> with
                member _.Run<'T
                    when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T> and 'T :> IMinMaxValue<'T>>
                    ()
                    =
                    let values = x.Data :?> 'T[]

                    winners axis keepDims x (fun challenger champion ->
                        'T.op_GreaterThan (values[challenger], values[champion])
                        || selectLast && 'T.op_Equality (values[challenger], values[champion]))
            }

        Elements.onNumber kernel x.Element
