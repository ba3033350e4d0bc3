namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// More of what ONNX Runtime's quantizer writes (domain com.microsoft): operators on codes that are written out, and those that quantize
/// their activations while they run.
[<RequireQualifiedAccess>]
module RuntimeCodes =

    /// The real value of codes with the scale and the zero point at these inputs.
    let private real (node: NodeScope) axis codes scale zero =
        ImportQuant.dequantize node axis (node.Input codes) (node.Input scale) (node.TryInput zero)

    /// Codes, scale and zero point, then those of the result around some function.
    let private coded (compute: NodeScope -> ValueId -> ValueId) : Importer =
        fun node ->
            let result = compute node (real node 1 0 1 2)

            [| ImportQuant.quantize node 1 result (node.Input 3) (node.TryInput 4) |]

    let private globalAverage (node: NodeScope) x =
        if node.Flag("channels_last", false) then
            node.RefuseAttribute("channels_last = 1", "channels before the spatial axes")

        Formula.mean node [| 2 .. node.Rank x - 1 |] x

    /// Before opset 13 (the attribute opset) the axes from `axis` on count as one.
    let private softmax (node: NodeScope) x =
        let rank = node.Rank x
        let isOld = node.Int("opset", 13) < 13
        let axis = node.Axis(rank, node.Int("axis", (if isOld then 1 else -1)))

        if isOld && axis < rank - 1 then
            node.RefuseAttribute($"axis {axis} of {rank} before opset 13", "the last axis")

        ImportSoftmax.along node axis x

    let private mean (node: NodeScope) x =
        let rank = node.Rank x

        let axes =
            node.TryInts "axes"
            |> Option.map (Array.map (fun axis -> node.Axis(rank, axis)))
            |> Option.defaultValue [| 0 .. rank - 1 |]

        let result = Formula.mean node axes x

        if node.Flag("keepdims", true) then
            result
        else
            Formula.squeeze node axes result

    /// Operands: a condition, then codes, scale and zero of both values, and scale and zero of the result.
    let private where (node: NodeScope) =
        let chosen =
            Formula.choose node (node.Input 0) (real node 1 1 2 3) (real node 1 4 5 6)

        [| ImportQuant.quantize node 1 chosen (node.Input 7) (node.TryInput 8) |]

    let private biased (node: NodeScope) index product =
        match node.TryInput index with
        | Some bias -> Formula.add node product bias
        | None -> product

    /// Real A, codes of B, their scale and zero point, a bias. What A's own codes would lose is far below those of a circuit.
    let private dynamicMatMul (node: NodeScope) =
        let weights = real node ((node.Rank(node.Input 1)) - 1) 1 2 3

        [| Formula.matMul node (node.Input 0) weights |> biased node 4 |]

    /// Codes of A and B, then both scales, both zero points, a bias.
    let private matMulToFloat (node: NodeScope) =
        let left =
            // Behind a DynamicQuantizeLinear for a circuit the activations are real.
            if Element.isFloat (node.Type(node.Input 0)).Element then
                node.Input 0
            else
                real node (max 0 (node.Rank(node.Input 0) - 2)) 0 2 4

        let right = real node (node.Rank(node.Input 1) - 1) 1 3 5
        [| Formula.matMul node left right |> biased node 6 |]

    /// Rows of a table of codes in blocks along an axis, with a scale and maybe a zero point each.
    let private gatherBlocks (node: NodeScope) =
        let codes = node.ConstantValue(0, "the table")
        let scales = node.ConstantValue(2, "the scales")
        let bits, size = node.Int("bits", 4), node.Int("block_size", 128)
        let axis = node.Axis(codes.Rank, node.Int("quantize_axis", 1))

        // The table may come as bytes that hold several codes each, the lowest bits first.
        let perByte =
            if node.NarrowType 0 = "" && codes.Element = Element.UInt8 && bits < 8 then
                8 / bits
            else
                1

        if axis <> codes.Rank - 1 || size < 1 then
            node.RefuseAttribute($"quantize_axis = {axis} of {codes.Rank} axes, block_size = {size}", "blocks along the last axis")

        let width = codes.Shape[axis] * perByte
        let rows = codes.Count / codes.Shape[axis]
        let blocks = (width + size - 1) / size
        let packed = Tensor.toInt64s codes

        let unpacked (values: int64[]) rowLength at column =
            (values[at * rowLength + column / perByte] >>> (bits * (column % perByte)))
            &&& ((1L <<< bits) - 1L)

        let code row column =
            if perByte = 1 then
                float packed[row * width + column]
            else
                float (unpacked packed codes.Shape[axis] row column)

        let zero =
            match node.TryConstantValue(3, "the zero points") with
            | None -> fun _ _ -> if perByte > 1 then float (1 <<< (bits - 1)) else 0.0
            | Some tensor when perByte = 1 ->
                let values = Tensor.toFloat64s tensor
                fun row block -> values[row * blocks + block]
            | Some tensor ->
                let values = Tensor.toInt64s tensor
                fun row block -> float (unpacked values ((blocks + perByte - 1) / perByte) row block)

        let scale = Tensor.toFloat64s scales

        let table =
            Array.init (rows * width) (fun at ->
                let row, column = at / width, at % width

                (code row column - zero row (column / size))
                * scale[row * blocks + column / size])

        let shape = Array.append codes.Shape[.. axis - 1] [| width |]
        let values = node.Constant(Elements.ofFloat64s scales.Element shape table)

        [| node.Add(Op.Gather(node.Int("gather_axis", 0)), [ values; node.Input 1 ]) |]

    /// Operators of the domain com.microsoft.
    let microsoft: (string * Importer) list =
        [
            "DynamicQuantizeMatMul", dynamicMatMul
            "GatherBlockQuantized", gatherBlocks
            "MatMulIntegerToFloat", matMulToFloat
            "QLinearGlobalAveragePool", coded globalAverage
            "QLinearReduceMean", coded mean
            "QLinearSoftmax", coded softmax
            "QLinearWhere", where
        ]
