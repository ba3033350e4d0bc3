namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Attention whose scores and weights the model changes by graphs of its own (domain ai.onnx.preview, version 1), written out.
[<RequireQualifiedAccess>]
module FlexAttention =

    /// The graph of an attribute on one tensor; the tensor itself where there is no such graph.
    let private modified (body: BodyImporter) (node: NodeScope) name x =
        match Onnx.Attributes.tryFind name node.Node with
        | Some(Onnx.Attribute.Graph graph) when graph.Inputs.Length = 1 && graph.Outputs.Length = 1 ->
            match body graph [ Binding.Value x ] with
            | [| Binding.Value result |] when (node.Type result).Dims = (node.Type x).Dims -> result
            | _ -> node.RefuseAttribute($"{name} gives another shape than it takes", "a tensor of the shape of its input")
        | Some(Onnx.Attribute.Graph graph) ->
            node.RefuseAttribute(
                $"{name} of {graph.Inputs.Length} inputs and {graph.Outputs.Length} outputs",
                "a graph from one tensor to one"
            )
        | _ -> x

    let private precision (node: NodeScope) own =
        match Onnx.Attributes.tryInt "softmax_precision" node.Node, own with
        | Some number, _ ->
            match Onnx.ElementType.ofNumber (int number) with
            | Ok element when Element.isFloat element -> element
            | Ok other -> node.RefuseAttribute($"softmax_precision = {other}", "a float type")
            | Error name -> node.RefuseAttribute($"softmax_precision = {name}", "a float type")
        | None, Element.Float64 -> Element.Float64
        | None, _ -> Element.Float32

    let private attention: FoldedImporter =
        fun body node ->
            let query, key, value = node.Input 0, node.Input 1, node.Input 2

            match node.Shape query, node.Shape key, node.Shape value with
            | [| _; heads; _; size |], [| _; keyHeads; _; _ |], [| _; valueHeads; _; _ |] when
                keyHeads > 0 && keyHeads = valueHeads && heads % keyHeads = 0
                ->
                let scale = float (node.Float("scale", float32 (1.0 / sqrt (float size))))

                let own = (node.Type query).Element

                let scores =
                    Heads.repeated node heads key
                    |> Formula.transpose node [| 0; 1; 3; 2 |]
                    |> Formula.matMul node query
                    |> Formula.cast (precision node own) node
                    |> fun scores -> Formula.times node scores scale
                    |> modified body node "score_mod"

                let weights =
                    ImportSoftmax.along node 3 scores
                    |> modified body node "prob_mod"
                    |> Formula.cast own node

                [|
                    Binding.Value(Formula.matMul node weights (Heads.repeated node heads value))
                |]
            | q, k, v ->
                node.RefuseAttribute(
                    $"operands of {Shape.print q}, {Shape.print k} and {Shape.print v}",
                    "rank 4, where the heads of keys and values are as many and divide those of queries"
                )

    /// The operators of this family by name (domain ai.onnx.preview).
    let all: (string * FoldedImporter) list = [ "FlexAttention", attention ]
