namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Dynamic quantization: activations get codes by their own range, which is known at run time only; weights have theirs in the file.
/// A circuit has to know ranges beforehand. For it the activations stay real and are calibrated, and the weights keep their codes.
[<RequireQualifiedAccess>]
module ImportIntegers =

    /// Codes of 8 bits, their scale and their zero point, from the range of x together with 0.
    let private dynamicQuantize (node: NodeScope) =
        let x = node.Input 0

        if node.ForCircuit then
            [|
                x
                node.Constant(Tensor.scalar32 1.0f)
                node.Constant(Tensor.create Element.UInt8 [||] [| 0uy |])
            |]
        else
            let flat = Formula.reshape node [ -1 ] x

            let bound comparison =
                Formula.halves node (Formula.binary comparison node) 0 flat
                |> Formula.reshape node []
                |> fun bound -> Formula.binary comparison node bound (node.Scalar(x, 0.0))

            let low, high = bound Binary.Min, bound Binary.Max
            let difference = Formula.sub node high low

            // A tensor of zeros has codes of 0, whatever the scale.
            let isZero = Formula.binary Binary.Equal node difference (node.Scalar(x, 0.0))

            let scale =
                Formula.choose node isZero (node.Scalar(x, 1.0)) (Formula.div node difference (node.Scalar(x, 255.0)))

            let clipped value =
                node.Add(Op.Clip(true, true), [ value; node.Scalar(x, 0.0); node.Scalar(x, 255.0) ])

            let zero =
                Formula.div node (Formula.unary Unary.Neg node low) scale
                |> Formula.unary Unary.Round node
                |> clipped

            let codes =
                Formula.unary Unary.Round node (Formula.div node x scale)
                |> fun rounded -> clipped (Formula.add node rounded zero)

            [|
                Formula.cast Element.UInt8 node codes
                scale
                Formula.cast Element.UInt8 node zero
            |]

    /// An operand less its zero point, which is one number or one along an axis of the operand.
    let private centred (node: NodeScope) element index zero (axis: int -> int) =
        let value = Formula.cast element node (node.Input index)

        match node.TryInput zero with
        | None -> value
        | Some zero ->
            let zero = Formula.cast element node zero

            let shaped =
                match node.Shape zero with
                | [| size |] when size > 1 ->
                    let rank = node.Rank value
                    Formula.reshape node (List.init rank (fun at -> if at = axis rank then size else 1)) zero
                | [| 1 |] -> Formula.reshape node [] zero
                | _ -> zero

            Formula.sub node value shaped

    /// The element type of a product: real activations make it real.
    let private isReal (node: NodeScope) index =
        Element.isFloat (node.Type(node.Input index)).Element

    /// Operands A, B, zero points of A (along its rows) and of B (along its columns).
    let private matMulInteger (node: NodeScope) =
        let element = if isReal node 0 then Element.Float32 else Element.Int32

        [|
            Formula.matMul node (centred node element 0 2 (fun rank -> max 0 (rank - 2))) (centred node element 1 3 (fun rank -> rank - 1))
        |]

    /// Operands x, weights, zero points of x and of the weights (along their outputs). Sums of products of 8-bit codes are exact in float64.
    let private convInteger (node: NodeScope) =
        let element = if isReal node 0 then Element.Float32 else Element.Float64
        let x = centred node element 0 2 (fun _ -> 0)
        let weights = centred node element 1 3 (fun _ -> 0)

        let result =
            node.Add(Op.Conv(ImportPool.weightWindow node weights, node.Int("group", 1)), [ x; weights ])

        [|
            if element = Element.Float64 then
                Formula.cast Element.Int32 node result
            else
                result
        |]

    /// A · Bᵀ with B in blocks of codes along K (operands A, B, scales, zero points, order, bias).
    let private matMulNBits (node: NodeScope) =
        let columns, rows = node.Int("N", 0), node.Int("K", 0)
        let bits, size = node.Int("bits", 4), node.Int("block_size", 0)

        if not (List.contains bits [ 2; 4; 8 ]) || size < 1 || columns < 1 || rows < 1 then
            node.RefuseAttribute($"bits = {bits}, block_size = {size}, N = {columns}, K = {rows}", "2, 4 or 8 bits, in blocks")

        if node.Arity > 4 && node.TryInput 4 <> None then
            node.RefuseAttribute("an order of groups (g_idx)", "groups in their own order")

        let blocks = (rows + size - 1) / size
        let perByte = 8 / bits

        let packed =
            (node.ConstantValue(1, "the weights") |> Elements.cast Element.UInt8).Values<byte>()

        let scales = node.ConstantValue(2, "the scales") |> Tensor.toFloat64s

        let unpack (bytes: byte[]) rowBytes row at =
            (int bytes[row * rowBytes + at / perByte] >>> (bits * (at % perByte)))
            &&& ((1 <<< bits) - 1)

        let zero =
            match node.TryConstantValue(3, "the zero points") with
            | None -> fun _ _ -> float (1 <<< (bits - 1))
            | Some tensor when Element.isFloat tensor.Element ->
                let values = Tensor.toFloat64s tensor
                fun column block -> values[column * blocks + block]
            | Some tensor ->
                let bytes = tensor.Values<byte>()
                let rowBytes = (blocks + perByte - 1) / perByte
                fun column block -> float (unpack bytes rowBytes column block)

        let rowBytes = packed.Length / columns

        let weights =
            Array.init (rows * columns) (fun index ->
                let row, column = index / columns, index % columns
                let block = row / size

                (float (unpack packed rowBytes column row) - zero column block)
                * scales[column * blocks + block])

        let x = node.Input 0

        let product =
            Formula.matMul node x (Formula.constant node x [| rows; columns |] weights)

        match node.TryInput 5 with
        | Some bias -> [| Formula.add node product bias |]
        | None -> [| product |]

    /// Operators of the domain ai.onnx.
    let all: (string * Importer) list =
        [
            "ConvInteger", convInteger
            "DynamicQuantizeLinear", dynamicQuantize
            "MatMulInteger", matMulInteger
        ]

    /// Operators of the domain com.microsoft.
    let microsoft: (string * Importer) list = [ "MatMulNBits", matMulNBits ]
