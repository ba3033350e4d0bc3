namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned.Plan

/// Plans the float stage's convolutions and pools.
[<RequireQualifiedAccess>]
module PlanWindows =

    let private index (ValueId value) = value

    let private shapeOf (builder: PlanBuilder) value = builder.Sources.Shapes[value]

    let private realOf (builder: PlanBuilder) value =
        builder.Sources.Graph.Types[value].Element

    /// Pads for `auto_pad`: begin, then end pads.
    let pads (window: FloatWindow) (spatial: int[]) : int[] =
        let total axis =
            let cells = (spatial[axis] + window.Strides[axis] - 1) / window.Strides[axis]
            let extent = window.Dilations[axis] * (window.Kernel[axis] - 1) + 1
            max 0 ((cells - 1) * window.Strides[axis] + extent - spatial[axis])

        let totals = lazy (Array.init spatial.Length total)

        match window.AutoPad with
        | FloatAutoPad.Explicit -> window.Pads
        | FloatAutoPad.Valid -> Array.zeroCreate (2 * spatial.Length)
        | FloatAutoPad.SameUpper ->
            Array.append (totals.Value |> Array.map (fun pad -> pad / 2)) (totals.Value |> Array.map (fun pad -> pad - pad / 2))
        | FloatAutoPad.SameLower ->
            Array.append (totals.Value |> Array.map (fun pad -> pad - pad / 2)) (totals.Value |> Array.map (fun pad -> pad / 2))

    let private geometry (window: FloatWindow) (spatial: int[]) =
        let pads = pads window spatial

        {
            Strides = window.Strides
            Dilations = window.Dilations
            PadsBegin = pads[.. spatial.Length - 1]
            PadsEnd = pads[spatial.Length ..]
        }

    let private planConv (builder: PlanBuilder) (node: FloatNode) (window: FloatWindow) group (weights: Tensor) (bias: Tensor option) =
        let x, w, result =
            index node.Operands[0], index node.Operands[1], index node.Results[0]

        let weights =
            {
                Values = PlanLinear.doubles weights
                Bias = bias |> Option.map Tensor.toFloat64s
                Transposed = false
                Factor = 1.0
                Steps = WeightSteps.ofFile builder.Sources (w, false) 1.0
            }

        let shape = shapeOf builder x
        let op = PlanOp.Conv(weights, geometry window shape[2..], group)

        let need =
            if PlainSums.isPlain (Some op) then
                Need.Inside
            else
                Need.Weighted

        let operand = integers builder need x
        builder.Add(op, [ operand ], shapeOf builder result, realOf builder result, node.Origin)

    let private refuseAxes (builder: PlanBuilder) (node: FloatNode) what =
        builder.Refuse("CML3011", node.Origin, what, "one or two", "reshape the model to two axes")

    /// Convolution of an encrypted operand with constant weights over one or two spatial axes.
    let conv (builder: PlanBuilder) (node: FloatNode) (window: FloatWindow) group =
        let sources = builder.Sources
        let x, w = index node.Operands[0], index node.Operands[1]

        let bias =
            Array.tryItem 2 node.Operands
            |> Option.map (fun operand -> sources.Constants[index operand])

        match sources.Constants[x], sources.Constants[w], bias with
        | None, Some weights, (None | Some(Some _)) when weights.Shape.Length = 3 || weights.Shape.Length = 4 ->
            planConv builder node window group weights (Option.flatten bias)
        | None, Some weights, (None | Some(Some _)) ->
            refuseAxes builder node $"a convolution over {weights.Shape.Length - 2} spatial axes"
            integers builder Need.Weighted x
        | None, Some _, _ ->
            builder.Refuse("CML3012", node.Origin, "the bias is encrypted", "one constant bias per channel", "add it by a separate Add")
            integers builder Need.Weighted x
        | _ ->
            PlanLinear.twoEncrypted builder node
            integers builder Need.Weighted (if sources.Constants[x].IsNone then x else w)

    /// Cells under a window along one axis that lie in [low, high).
    let private cellsWithin (window: FloatWindow) axis start (low, high) =
        Seq.init window.Kernel[axis] (fun k -> start + k * window.Dilations[axis])
        |> Seq.filter (fun position -> position >= low && position < high)
        |> Seq.length

    /// Real cells and all cells (padding included where it counts) under each window.
    let private divisors (window: FloatWindow) (shape: int[]) (result: int[]) (geometry: Geometry) includePad =
        let spatial = shape.Length - 2
        let cells = result[2..]
        let strides = Shape.strides cells
        let area = Shape.count cells

        let counted axis =
            if includePad then
                -geometry.PadsBegin[axis], shape[axis + 2] + (pads window shape[2..])[spatial + axis]
            else
                0, shape[axis + 2]

        let count axis cell =
            cellsWithin window axis (cell * window.Strides[axis] - geometry.PadsBegin[axis]) (counted axis)

        Array.init (Shape.count result) (fun element ->
            Seq.init spatial (fun axis -> count axis (element % area / strides[axis] % cells[axis]))
            |> Seq.fold (*) 1
            |> max 1
            |> float)

    /// Pads at the ends as far as windows reach: beyond the explicit ones where the cells were rounded up, and no further than needed.
    let private endPads (window: FloatWindow) (shape: int[]) (cells: int[]) (begins: int[]) =
        Array.init (shape.Length - 2) (fun axis ->
            let reached =
                (cells[axis + 2] - 1) * window.Strides[axis]
                + window.Dilations[axis] * (window.Kernel[axis] - 1)
                + 1

            max 0 (reached - shape[axis + 2] - begins[axis]))

    /// Average pooling: window sums on codes, divisors in the meaning.
    let averagePool (builder: PlanBuilder) (node: FloatNode) (window: FloatWindow) includePad =
        let x = index node.Operands[0]
        let result = index node.Results[0]
        let shape, cells = shapeOf builder x, shapeOf builder result

        if shape.Length < 3 || shape.Length > 4 then
            refuseAxes builder node $"a pool over {shape.Length - 2} spatial axes"
            integers builder Need.Inside x
        else
            let exact = geometry window shape[2..]
            let ends = endPads window shape cells exact.PadsBegin
            let divisors = divisors window shape cells exact includePad
            let op = PlanOp.SumPool(window.Kernel, { exact with PadsEnd = ends }, divisors)
            builder.Add(op, [ integers builder Need.Inside x ], cells, realOf builder result, node.Origin)
