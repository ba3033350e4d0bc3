namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Attention as ONNX Runtime's optimizer writes it (domain com.microsoft), without what it keeps from call to call.
[<RequireQualifiedAccess>]
module RuntimeAttentions =

    let private headed (node: NodeScope) heads x =
        match Heads.trySplit node heads x, node.Shape x with
        | Some split, _ -> split
        | None, ([| _; _; _; _ |] as shape) when shape[1] = heads -> x
        | None, shape ->
            node.RefuseAttribute($"an operand of {Shape.print shape} for {heads} heads", "rank 3, of a width that the heads divide")

    /// What hides keys: a number for each sample and key, 0 where it is hidden.
    let private padding (node: NodeScope) index like =
        match node.TryInput index with
        | None -> None
        | Some mask ->
            match node.Shape mask with
            | [| batch; keys |] ->
                let shown =
                    Formula.binary Binary.Greater node mask (node.Scalar(mask, 0.0))
                    |> Formula.reshape node [ batch; 1; 1; keys ]

                let hidden = node.Scalar(like, float (node.Float("mask_filter_value", -10000.0f)))
                Some(Formula.choose node shown (node.Scalar(like, 0.0)) hidden)
            | shape -> node.RefuseAttribute($"a mask of {Shape.print shape}", "a number for each sample and key")

    let private causal (node: NodeScope) queries keys like =
        if node.Flag("unidirectional", false) then
            let seen =
                Array.init (queries * keys) (fun at -> at % keys - (keys - queries) <= at / keys)

            let allowed = node.Constant(Tensor.ofBool [| queries; keys |] seen)
            Some(Formula.choose node allowed (node.Scalar(like, 0.0)) (node.Scalar(like, -infinity)))
        else
            None

    /// Softmax(q · kᵀ · scale + biases) · v, heads side by side again.
    let private attend (node: NodeScope) maskAt biasAt q k v =
        let shape = node.Shape q

        let scale =
            match node.Float("scale", 0.0f) with
            | 0.0f -> 1.0 / sqrt (float shape[3])
            | own -> float own

        let scores =
            Formula.times node (Formula.matMul node q (Formula.transpose node [| 0; 1; 3; 2 |] k)) scale

        let keys = (node.Shape k)[2]

        let biased =
            [
                node.TryInput biasAt
                padding node maskAt scores
                causal node shape[2] keys scores
            ]
            |> List.choose id
            |> List.fold (Formula.add node) scores

        Formula.matMul node (ImportSoftmax.along node 3 biased) v |> Heads.joined node

    let private withoutPast (node: NodeScope) indices =
        for index in indices do
            if (node.TryInput index).IsSome then
                node.RefuseAttribute($"input {index}, what earlier calls left", "a model that is called once for a whole sequence")

    /// Operands: queries, keys, values, a bias for all three, a mask of keys, a bias of scores.
    let private multiHead (node: NodeScope) =
        withoutPast node [ 6; 7 ]
        let heads = node.Int("num_heads", 0)

        if node.Arity < 3 || (node.Shape(node.Input 0)).Length <> 3 then
            node.RefuseAttribute("packed queries, keys and values", "three operands of rank 3")

        let operands = [ for at in 0..2 -> node.Input at ]

        let widths =
            operands
            |> List.map (fun operand ->
                match node.Shape operand with
                | [| _; _; width |] -> width
                | [| _; heads; _; size |] -> heads * size
                | shape -> node.RefuseAttribute($"an operand of {Shape.print shape}", "rank 3"))

        let biased at operand =
            match node.TryInput 3, node.Rank operand with
            | Some bias, 3 ->
                let first = List.sum (List.truncate at widths)
                Formula.add node operand (Formula.slice node 0 first (first + widths[at]) bias)
            | _ -> operand

        match operands |> List.mapi (fun at operand -> biased at operand |> headed node heads) with
        | [ q; k; v ] -> [| attend node 4 5 q k v |]
        | _ -> node.RefuseAttribute("packed queries, keys and values", "three operands")

    /// Operands: the sequence, the weights and the biases of queries, keys and values side by side, a mask of keys, nothing, a bias of scores.
    let private attention (node: NodeScope) =
        withoutPast node [ 4 ]
        let heads = node.Int("num_heads", 0)
        let product = Formula.matMul node (node.Input 0) (node.Input 1)

        let joined =
            match node.TryInput 2 with
            | Some bias -> Formula.add node product bias
            | None -> product

        let total = Formula.size node 2 joined

        let widths =
            match node.TryInts "qkv_hidden_sizes" with
            | Some [| q; k; v |] when q + k + v = total -> [ q; k; v ]
            | None when total % 3 = 0 -> List.replicate 3 (total / 3)
            | _ -> node.RefuseAttribute($"weights of {total} columns", "those of queries, keys and values side by side")

        let part at =
            let first = List.sum (List.truncate at widths)
            Formula.slice node 2 first (first + widths[at]) joined |> headed node heads

        [| attend node 3 5 (part 0) (part 1) (part 2) |]

    /// Operators of the domain com.microsoft.
    let microsoft: (string * Importer) list =
        [ "Attention", attention; "MultiHeadAttention", multiHead ]
