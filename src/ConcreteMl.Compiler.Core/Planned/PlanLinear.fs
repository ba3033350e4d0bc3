namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned.Plan

/// Plans the float stage's products, convolutions and pools.
[<RequireQualifiedAccess>]
module PlanLinear =

    let private index (ValueId value) = value

    let private shapeOf (builder: PlanBuilder) value = builder.Sources.Shapes[value]

    let private realOf (builder: PlanBuilder) value =
        builder.Sources.Graph.Types[value].Element

    let private transposed (tensor: Tensor) =
        let rank = tensor.Shape.Length
        let permutation = [| 0 .. rank - 1 |]
        permutation[rank - 1] <- rank - 2
        permutation[rank - 2] <- rank - 1
        let shape = permutation |> Array.map (fun axis -> tensor.Shape[axis])
        let values = Tensor.toFloat64s tensor

        match Moves.indices (Linear.Transpose permutation) tensor.Shape shape with
        | Some indices -> Tensor.ofFloat64 shape (indices |> Array.map (fun element -> values[element]))
        | None -> tensor

    let private doubles (tensor: Tensor) =
        Tensor.ofFloat64 tensor.Shape (Tensor.toFloat64s tensor)

    let private biasOf (factor: float) columns (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor

        if tensor.Count = 1 then
            Some(Array.create columns (factor * values[0]))
        elif
            tensor.Count = columns
            && (tensor.Shape.Length = 0 || tensor.Shape[tensor.Shape.Length - 1] = columns)
        then
            Some(values |> Array.map (fun value -> factor * value))
        else
            None

    let private swapLast (shape: int[]) =
        let permutation = [| 0 .. shape.Length - 1 |]
        permutation[shape.Length - 1] <- shape.Length - 2
        permutation[shape.Length - 2] <- shape.Length - 1
        permutation

    /// x · W with W in either order; the transposed flag tells how W stands in the file.
    let private product (builder: PlanBuilder) (node: FloatNode) operand (weights: Tensor) source bias factor =
        let shape =
            LinearShape.infer (Linear.MatMul weights) [ (builder.Node operand).Shape ]

        let result = index node.Results[0]

        match shape with
        | Error reason ->
            builder.Refuse("CML3011", node.Origin, reason, "shapes that fit", "check the model's shapes")
            operand
        | Ok shape ->
            let weights =
                {
                    Values = weights
                    Bias = bias
                    Transposed = snd source
                    Factor = factor
                    Steps = WeightSteps.ofFile builder.Sources source factor
                }

            builder.Add(PlanOp.MatMul weights, [ operand ], shape, realOf builder result, node.Origin)

    let private twoEncrypted (builder: PlanBuilder) (node: FloatNode) =
        builder.Refuse(
            "CML3010",
            node.Origin,
            "both factors of a product are encrypted",
            "one factor that is constant",
            "replace the product by one with constant weights, or run this part of the model on the client"
        )

    let private swapped = Linear.Transpose [| 1; 0 |]

    let private times (alpha: float32) (tensor: Tensor) =
        Tensor.ofFloat64 tensor.Shape (Tensor.toFloat64s tensor |> Array.map (fun value -> float alpha * value))

    /// x · W + bias with a constant W on the right.
    let private gemmOnRight (builder: PlanBuilder) (node: FloatNode) (alpha: float32, beta: float32, transA, transB) weights =
        let a, b = index node.Operands[0], index node.Operands[1]
        let weights' = times alpha (if transB then transposed weights else weights)
        let x = integers builder Need.Weighted a

        let x =
            if transA then
                move builder swapped x (realOf builder a) node.Origin
            else
                x

        let bias =
            match Array.tryItem 2 node.Operands |> Option.map index with
            | None -> Ok None
            | Some c ->
                match
                    builder.Sources.Constants[c]
                    |> Option.map (biasOf (float beta) weights'.Shape[1])
                with
                | Some(Some values) -> Ok(Some values)
                | _ -> Error()

        match bias with
        | Error() ->
            builder.Refuse(
                "CML3012",
                node.Origin,
                "the bias is encrypted, or differs between rows",
                "one constant bias per column",
                "add it by a separate Add"
            )

            x
        | Ok bias -> product builder node x weights' (b, transB) bias (float alpha)

    /// W · x with a constant W on the left: the transposed product, transposed.
    let private gemmOnLeft (builder: PlanBuilder) (node: FloatNode) (alpha: float32, transA, transB) weights =
        let a, b = index node.Operands[0], index node.Operands[1]
        let weights' = times alpha (if transA then weights else transposed weights)
        let x = integers builder Need.Weighted b
        let real = realOf builder b

        let x =
            if transB then
                x
            else
                move builder swapped x real node.Origin

        let y = product builder node x weights' (a, not transA) None (float alpha)
        move builder swapped y real node.Origin

    /// Gemm with one constant factor.
    let gemm (builder: PlanBuilder) (node: FloatNode) (alpha: float32, beta: float32, transA, transB) =
        let a, b = index node.Operands[0], index node.Operands[1]

        match builder.Sources.Constants[a], builder.Sources.Constants[b] with
        | None, Some weights -> gemmOnRight builder node (alpha, beta, transA, transB) weights
        | Some weights, None when node.Operands.Length = 2 -> gemmOnLeft builder node (alpha, transA, transB) weights
        | Some _, None ->
            builder.Refuse(
                "CML3012",
                node.Origin,
                "constant weights on the left come with a bias",
                "no bias there",
                "add the bias by a separate Add"
            )

            integers builder Need.Weighted b
        | _ ->
            twoEncrypted builder node
            integers builder Need.Weighted a

    /// MatMul with a constant on either side.
    let matMul (builder: PlanBuilder) (node: FloatNode) =
        let sources = builder.Sources
        let a, b = index node.Operands[0], index node.Operands[1]
        let result = index node.Results[0]

        let column (weights: Tensor) =
            if weights.Shape.Length = 1 then
                weights.Reshape [| weights.Shape[0]; 1 |]
            else
                weights

        match sources.Constants[a], sources.Constants[b] with
        | None, Some weights ->
            let x = integers builder Need.Weighted a

            let y = product builder node x (doubles (column weights)) (b, false) None 1.0
            move builder (Linear.Reshape(shapeOf builder result)) y (realOf builder result) node.Origin
        | Some weights, None ->
            let x = integers builder Need.Weighted b
            let real = realOf builder b
            let xShape = shapeOf builder b

            let x =
                if xShape.Length = 1 then
                    move builder (Linear.Reshape [| xShape[0]; 1 |]) x real node.Origin
                else
                    x

            let row =
                if weights.Shape.Length = 1 then
                    weights.Reshape [| 1; weights.Shape[0] |]
                else
                    weights

            let turned =
                move builder (Linear.Transpose(swapLast (builder.Node x).Shape)) x real node.Origin

            let full =
                LinearShape.infer (Linear.MatMul(transposed row)) [ (builder.Node turned).Shape ]
                |> Result.defaultValue [| 1; 1 |]

            let back = swapLast full
            let y = product builder node turned (transposed row) (a, true) None 1.0
            let y = move builder (Linear.Transpose back) y real node.Origin
            move builder (Linear.Reshape(shapeOf builder result)) y real node.Origin
        | _ ->
            twoEncrypted builder node
            integers builder Need.Weighted a

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

    /// Convolution of an encrypted operand with constant weights over one or two spatial axes.
    let conv (builder: PlanBuilder) (node: FloatNode) (window: FloatWindow) group =
        let sources = builder.Sources
        let x, w = index node.Operands[0], index node.Operands[1]
        let result = index node.Results[0]

        let bias =
            Array.tryItem 2 node.Operands
            |> Option.map (fun operand -> sources.Constants[index operand])

        match sources.Constants[x], sources.Constants[w], bias with
        | None, Some weights, (None | Some(Some _)) when weights.Shape.Length = 3 || weights.Shape.Length = 4 ->
            let weights =
                {
                    Values = doubles weights
                    Bias = bias |> Option.flatten |> Option.map Tensor.toFloat64s
                    Transposed = false
                    Factor = 1.0
                    Steps = WeightSteps.ofFile sources (w, false) 1.0
                }

            let operand = integers builder Need.Weighted x
            let shape = shapeOf builder x
            let op = PlanOp.Conv(weights, geometry window shape[2..], group)
            builder.Add(op, [ operand ], shapeOf builder result, realOf builder result, node.Origin)
        | None, Some weights, (None | Some(Some _)) ->
            builder.Refuse(
                "CML3011",
                node.Origin,
                $"a convolution over {weights.Shape.Length - 2} spatial axes",
                "one or two",
                "reshape the model to two axes"
            )

            integers builder Need.Weighted x
        | None, Some _, _ ->
            builder.Refuse("CML3012", node.Origin, "the bias is encrypted", "one constant bias per channel", "add it by a separate Add")
            integers builder Need.Weighted x
        | _ ->
            twoEncrypted builder node

            if sources.Constants[x].IsNone then
                integers builder Need.Weighted x
            else
                integers builder Need.Weighted w

    /// Real cells and all cells (padding included where it counts) under each window.
    let private divisors (window: FloatWindow) (shape: int[]) (result: int[]) (geometry: Geometry) includePad =
        let spatial = shape.Length - 2
        let cells = result[2..]

        let count axis cell =
            let start = cell * window.Strides[axis] - geometry.PadsBegin[axis]

            let low, high =
                if includePad then
                    -geometry.PadsBegin[axis], shape[axis + 2] + (pads window shape[2..])[spatial + axis]
                else
                    0, shape[axis + 2]

            Seq.init window.Kernel[axis] (fun k -> start + k * window.Dilations[axis])
            |> Seq.filter (fun position -> position >= low && position < high)
            |> Seq.length

        let strides = Shape.strides cells
        let area = Shape.count cells

        Array.init (Shape.count result) (fun element ->
            let cell = element % area

            Seq.init spatial (fun axis -> count axis (cell / strides[axis] % cells[axis]))
            |> Seq.fold (*) 1
            |> max 1
            |> float)

    /// Average pooling: window sums on codes, divisors in the meaning.
    let averagePool (builder: PlanBuilder) (node: FloatNode) (window: FloatWindow) includePad =
        let x = index node.Operands[0]
        let result = index node.Results[0]
        let shape, cells = shapeOf builder x, shapeOf builder result

        if shape.Length < 3 || shape.Length > 4 then
            builder.Refuse(
                "CML3011",
                node.Origin,
                $"a pool over {shape.Length - 2} spatial axes",
                "one or two",
                "reshape the model to two axes"
            )

            integers builder Need.Inside x
        else
            let exact = geometry window shape[2..]

            let reached axis =
                (cells[axis + 2] - 1) * window.Strides[axis]
                + window.Dilations[axis] * (window.Kernel[axis] - 1)
                + 1

            let ends =
                Array.init (shape.Length - 2) (fun axis -> max 0 (reached axis - shape[axis + 2] - exact.PadsBegin[axis]))

            let divisors = divisors window shape cells exact includePad
            let op = PlanOp.SumPool(window.Kernel, { exact with PadsEnd = ends }, divisors)
            builder.Add(op, [ integers builder Need.Inside x ], cells, realOf builder result, node.Origin)
