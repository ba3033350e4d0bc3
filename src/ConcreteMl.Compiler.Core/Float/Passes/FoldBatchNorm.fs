namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Multiplies a normalization into the constant weights of the layer before it. Quantized weights are no constants, so
/// their normalization stays and later becomes part of a table.
[<RequireQualifiedAccess>]
module FoldBatchNorm =

    /// Per channel: what to multiply by, and what to add.
    type private Normalization = { Factor: float[]; Offset: float[] }

    let private constantOf (producers: Node<Op> option[]) (ValueId index) : Tensor option =
        match producers[index] with
        | Some { Op = Op.Constant value } -> Some value
        | _ -> None

    let private normalization producers (epsilon: float32) (node: Node<Op>) : Normalization option =
        let parameters =
            node.Operands[1..]
            |> Array.choose (constantOf producers)
            |> Array.map Tensor.toFloat64s

        if parameters.Length < 4 then
            None
        else
            let factor =
                Array.map2 (fun scale variance -> scale / sqrt (variance + float epsilon)) parameters[0] parameters[3]

            Some
                {
                    Factor = factor
                    Offset = Array.init factor.Length (fun c -> parameters[1].[c] - parameters[2].[c] * factor[c])
                }

    /// Multiplies every slice along `axis` by its factor.
    let private scaled (axis: int) (factor: float[]) (tensor: Tensor) =
        let inner = Shape.count (Array.skip (axis + 1) tensor.Shape)

        Tensor.toFloat64s tensor
        |> Array.mapi (fun at value -> value * factor[at / inner % factor.Length])
        |> Elements.ofFloat64s tensor.Element tensor.Shape

    /// bias · weight · factor + offset, per channel; a bias of one element serves all channels.
    let private shifted element (weight: float32) (bias: Tensor option) (by: Normalization) =
        let value channel =
            match bias with
            | None -> 0.0
            | Some tensor ->
                let values = Tensor.toFloat64s tensor
                values[if values.Length = 1 then 0 else channel] * float weight

        by.Offset
        |> Array.mapi (fun channel offset -> value channel * by.Factor[channel] + offset)
        |> Elements.ofFloat64s element [| by.Offset.Length |]

    /// The producer with new weights and bias; None when it is no layer with constant parameters.
    let private folded producers (layer: Node<Op>) (by: Normalization) : (Op * Tensor * Tensor) option =
        let channels = by.Factor.Length

        let constant index =
            constantOf producers layer.Operands[index]

        let hasBias = layer.Operands.Length > 2
        let bias = if hasBias then constant 2 else None

        match layer.Op, (if layer.Operands.Length > 1 then constant 1 else None) with
        | _ when hasBias && bias.IsNone -> None
        | Op.Conv _, Some weights when weights.Shape[0] = channels ->
            Some(layer.Op, scaled 0 by.Factor weights, shifted weights.Element 1.0f bias by)
        | Op.Gemm(alpha, beta, transA, transB), Some weights ->
            let axis = if transB then 0 else 1

            let perChannel =
                bias
                |> Option.forall (fun bias -> bias.Count = 1 || bias.Count = channels && Array.last bias.Shape = channels)

            if weights.Shape[axis] = channels && perChannel then
                Some(Op.Gemm(alpha, 1.0f, transA, transB), scaled axis by.Factor weights, shifted weights.Element beta bias by)
            else
                None
        | Op.MatMul, Some weights when weights.Rank = 2 && weights.Shape[1] = channels ->
            Some(Op.Gemm(1.0f, 1.0f, false, false), scaled 1 by.Factor weights, shifted weights.Element 1.0f None by)
        | _ -> None

    let private run (graph: Graph) =
        let producers = Graph.producers graph
        let consumers = Graph.consumers graph

        let isOutput value =
            graph.Outputs |> Array.exists (fun port -> port.Value = value)

        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            match node.Op with
            | Op.BatchNormalization epsilon ->
                let (ValueId source) = node.Operands[0]

                let rank =
                    graph.Types[source].Dims |> Option.map Array.length |> Option.defaultValue 0

                match producers[source], normalization producers epsilon node with
                | Some layer, Some by when consumers[source].Length = 1 && not (isOutput node.Operands[0]) ->
                    folded producers layer by
                    // Beside Conv, the channels are the last axis of the product only when its rank is 2.
                    |> Option.filter (fun (op, _, _) ->
                        match op with
                        | Op.Conv _ -> true
                        | _ -> rank = 2)
                    |> Option.map (fun (op, weights, bias) ->
                        let constant tensor =
                            builder.Value(Op.Constant tensor, [], ValueType.ofTensor tensor, node.Origin)

                        let operands = [ rename layer.Operands[0]; constant weights; constant bias ]

                        [|
                            builder.Value(op, operands, graph.TypeOf node.Results[0], layer.Origin @ node.Origin)
                        |])
                | _ -> None
            | _ -> None

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        {
            Name = "fold-batch-norm"
            Summary = "Multiply normalizations into the constant weights before them."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
