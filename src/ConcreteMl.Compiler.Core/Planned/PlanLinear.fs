namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned.Plan

/// Plans the float stage's products with constant weights.
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

        Moves.indices (Move.Transpose permutation) tensor.Shape shape
        |> Array.map (fun element -> values[element])
        |> Tensor.ofFloat64 shape

    /// The values as float64.
    let internal doubles (tensor: Tensor) =
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

            builder.Add(PlanOp.MatMul weights, [ operand ], shape, realOf builder (index node.Results[0]), node.Origin)

    /// Refuses an operation on two encrypted values.
    let internal twoEncrypted (builder: PlanBuilder) (node: FloatNode) =
        builder.Refuse(
            "CML3010",
            node.Origin,
            "both factors of a product are encrypted",
            "one factor that is constant",
            "replace the product by one with constant weights, or run this part of the model on the client"
        )

    /// What a product asks of its operand: plain sums take it as wide as it is. `source` is where the weights come from.
    let private needOf (builder: PlanBuilder) source (weights: Tensor) =
        if
            PlainSums.ofMatrix weights
            && (WeightSteps.ofFile builder.Sources source 1.0).IsNone
        then
            Need.Inside
        else
            Need.Weighted

    let private swapped = Move.Transpose [| 1; 0 |]

    let private times (alpha: float32) (tensor: Tensor) =
        Tensor.ofFloat64 tensor.Shape (Tensor.toFloat64s tensor |> Array.map (fun value -> float alpha * value))

    /// The bias of a Gemm by column, where there is one; an error where none is known at compile time that fits.
    let private tryBias (builder: PlanBuilder) (node: FloatNode) (beta: float32) columns =
        match Array.tryItem 2 node.Operands |> Option.map index with
        | None -> Ok None
        | Some c ->
            match builder.Sources.Constants[c] |> Option.bind (biasOf (float beta) columns) with
            | Some values -> Ok(Some values)
            | None -> Error()

    /// x · W + bias with a constant W on the right.
    let private gemmOnRight (builder: PlanBuilder) (node: FloatNode) (alpha: float32, beta: float32, transA, transB) weights =
        let a, b = index node.Operands[0], index node.Operands[1]
        let weights' = times alpha (if transB then transposed weights else weights)
        let x = integers builder (needOf builder (b, transB) weights') a

        let x =
            if transA then
                move builder swapped x (realOf builder a) node.Origin
            else
                x

        match tryBias builder node beta weights'.Shape[1] with
        | Ok bias -> product builder node x weights' (b, transB) bias (float alpha)
        | Error() ->
            builder.Refuse(
                "CML3012",
                node.Origin,
                "the bias is encrypted, or differs between rows",
                "one constant bias per column",
                "add it by a separate Add"
            )

            x

    /// W · x with a constant W on the left: the transposed product, transposed.
    let private gemmOnLeft (builder: PlanBuilder) (node: FloatNode) (alpha: float32, transA, transB) weights =
        let a, b = index node.Operands[0], index node.Operands[1]
        let weights' = times alpha (if transA then weights else transposed weights)
        let x = integers builder (needOf builder (a, not transA) weights') b
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

    /// A vector as a matrix of this shape; matrices stay.
    let private asMatrix shape (tensor: Tensor) =
        if tensor.Shape.Length = 1 then
            tensor.Reshape(shape tensor.Count)
        else
            tensor

    let private matMulOnRight (builder: PlanBuilder) (node: FloatNode) a b (weights: Tensor) =
        let result = index node.Results[0]
        let column = asMatrix (fun count -> [| count; 1 |]) weights
        let x = integers builder (needOf builder (b, false) column) a
        let y = product builder node x (doubles column) (b, false) None 1.0
        move builder (Move.Reshape(shapeOf builder result)) y (realOf builder result) node.Origin

    /// W · x, which is the transpose of xᵀ · Wᵀ.
    let private matMulOnLeft (builder: PlanBuilder) (node: FloatNode) a b (weights: Tensor) =
        let real = realOf builder b

        let moved movement x =
            move builder movement x real node.Origin

        let row = transposed (asMatrix (fun count -> [| 1; count |]) weights)
        let x = integers builder (needOf builder (a, true) row) b

        let x =
            match shapeOf builder b with
            | [| count |] -> moved (Move.Reshape [| count; 1 |]) x
            | _ -> x

        let turned = moved (Move.Transpose(swapLast (builder.Node x).Shape)) x

        let full =
            LinearShape.infer (Linear.MatMul row) [ (builder.Node turned).Shape ]
            |> Result.defaultValue [| 1; 1 |]

        product builder node turned row (a, true) None 1.0
        |> moved (Move.Transpose(swapLast full))
        |> moved (Move.Reshape(shapeOf builder (index node.Results[0])))

    /// MatMul with a constant on either side.
    let matMul (builder: PlanBuilder) (node: FloatNode) =
        let sources = builder.Sources
        let a, b = index node.Operands[0], index node.Operands[1]

        match sources.Constants[a], sources.Constants[b] with
        | None, Some weights -> matMulOnRight builder node a b weights
        | Some weights, None -> matMulOnLeft builder node a b weights
        | _ ->
            twoEncrypted builder node
            integers builder Need.Weighted a
