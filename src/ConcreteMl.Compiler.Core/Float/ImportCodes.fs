namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Operators on the codes of quantized networks (ONNX's and ONNX Runtime's): each is dequantized, computed and quantized
/// again, so that a network of them reads like one with quantizers between its layers.
[<RequireQualifiedAccess>]
module ImportCodes =

    /// The real value of the codes at `index`, whose scale and zero point follow them.
    let private real (node: NodeScope) axis index =
        ImportQuant.dequantize node axis (node.Input index) (node.Input(index + 1)) (node.TryInput(index + 2))

    /// Quantized by the scale and zero point at `index`.
    let private coded (node: NodeScope) index (value: ValueId) =
        [|
            ImportQuant.quantize node 1 value (node.Input index) (node.TryInput(index + 1))
        |]

    /// An integer bias has the scale of the products: that of the input times that of the weights.
    let private bias (node: NodeScope) index (inputScale: int) (weightScale: int) =
        node.TryInput index
        |> Option.map (fun codes ->
            let scale =
                node.Add(Op.Binary Binary.Mul, [ node.Input inputScale; node.Input weightScale ])

            let flat = node.Add(Op.Reshape false, [ scale; node.Integers [ -1 ] ])
            node.Add(Op.Binary Binary.Mul, [ node.Add(Op.Unary(Unary.Cast Element.Float32), [ codes ]); flat ]))
        |> Option.toList

    /// Operands x, scale, zero, weights, scale, zero, scale and zero of the result, bias.
    let private conv (node: NodeScope) =
        let weights = real node 0 3
        let op = Op.Conv(ImportPool.weightWindow node weights, node.Int("group", 1))
        node.Add(op, [ real node 1 0; weights ] @ bias node 8 1 4) |> coded node 6

    let private matMul (node: NodeScope) =
        node.Add(Op.MatMul, [ real node 1 0; real node 1 3 ]) |> coded node 6

    /// Operands A, scale, zero, B, scale, zero, bias, and scale and zero of the result, without which it is real.
    let private gemm (node: NodeScope) =
        let transB = node.Flag("transB", false)

        let op =
            Op.Gemm(node.Float("alpha", 1.0f), 1.0f, node.Flag("transA", false), transB)

        let weights = real node (if transB then 0 else 1) 3
        let result = node.Add(op, [ real node 1 0; weights ] @ bias node 6 1 4)

        match node.TryInput 7 with
        | Some _ -> coded node 7 result
        | None -> [| result |]

    let private binary operation : Importer =
        fun node -> node.Add(Op.Binary operation, [ real node 1 0; real node 1 3 ]) |> coded node 6

    let private unary (operation: NodeScope -> Unary) : Importer =
        fun node -> node.Add(Op.Unary(operation node), [ real node 1 0 ]) |> coded node 3

    let private averagePool (node: NodeScope) =
        if node.Flag("channels_last", false) then
            node.RefuseAttribute("channels_last = 1", "channels before the spatial axes")

        match node.TryInts "kernel_shape" with
        | None -> node.RefuseAttribute("no kernel_shape", "the attribute kernel_shape")
        | Some kernel ->
            let op =
                Op.AveragePool(ImportPool.window node kernel, node.Flag("count_include_pad", false))

            node.Add(op, [ real node 1 0 ]) |> coded node 3

    /// Operands: scale and zero of the result, then codes, scale and zero of each part.
    let private concat (node: NodeScope) =
        let parts =
            List.init ((node.Arity - 2) / 3) (fun part -> real node 1 (2 + 3 * part))

        node.Add(Op.Concat(node.Int("axis", 1)), parts) |> coded node 0

    /// By domain and name.
    let all: ((string * string) * Importer) list =
        let runtime = "com.microsoft"

        [
            ("", "QLinearConv"), conv
            ("", "QLinearMatMul"), matMul
            (runtime, "QGemm"), gemm
            (runtime, "QLinearAdd"), binary Binary.Add
            (runtime, "QLinearAveragePool"), averagePool
            (runtime, "QLinearConcat"), concat
            (runtime, "QLinearLeakyRelu"), unary (fun node -> Unary.LeakyRelu(node.Float("alpha", 0.01f)))
            (runtime, "QLinearMul"), binary Binary.Mul
            (runtime, "QLinearSigmoid"), unary (fun _ -> Unary.Sigmoid)
            // ONNX Runtime's own pair, used for 16-bit codes.
            for name, importer in ImportQuant.all do
                (runtime, name), importer
        ]
