namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Attention as ONNX Runtime's optimizer writes it (domain com.microsoft). What earlier calls left is an operand, and what is left for later
/// ones a result.
[<RequireQualifiedAccess>]
module RuntimeAttentions =

    let private headed (node: NodeScope) heads x =
        match Heads.trySplit node heads x, node.Shape x with
        | Some split, _ -> split
        | None, ([| _; _; _; _ |] as shape) when shape[1] = heads -> x
        | None, shape ->
            node.RefuseAttribute($"an operand of {Shape.print shape} for {heads} heads", "rank 3, of a width that the heads divide")

    /// Which keys are shown, as truths that spread over batch x heads x queries x keys: a length for each sample, or a number for each
    /// key, 0 where it is hidden.
    let private shown (node: NodeScope) keys mask =
        match node.Shape mask with
        | [| batch |] ->
            let places = Formula.constant node mask [| 1; 1; 1; keys |] (Array.init keys float)

            Formula.reshape node [ batch; 1; 1; 1 ] mask
            |> Formula.binary Binary.Less node places
        | [| batch; length |] when length = keys ->
            Formula.binary Binary.Greater node mask (node.Scalar(mask, 0.0))
            |> Formula.reshape node [ batch; 1; 1; keys ]
        | [| batch; queries; length |] when length = keys ->
            Formula.binary Binary.Greater node mask (node.Scalar(mask, 0.0))
            |> Formula.reshape node [ batch; 1; queries; keys ]
        | shape -> node.RefuseAttribute($"a mask of {Shape.print shape}", "a length for each sample, or a number for each sample and key")

    let private padding (node: NodeScope) index keys like =
        let hidden = float (node.Float("mask_filter_value", -10000.0f))

        node.TryInput index
        |> Option.map (fun mask -> Formula.choose node (shown node keys mask) (node.Scalar(like, 0.0)) (node.Scalar(like, hidden)))

    let private causal (node: NodeScope) queries keys like =
        if node.Flag("unidirectional", false) then
            Some(Heads.seen node queries keys -1 like)
        else
            None

    /// Softmax(q · kᵀ · scale + biases) · v, heads side by side again.
    let private attend (node: NodeScope) maskAt biasAt q k v =
        let shape = node.Shape q

        let scores =
            Formula.times node (Formula.matMul node q (Formula.transpose node [| 0; 1; 3; 2 |] k)) (Heads.scale node shape[3])

        let keys = (node.Shape k)[2]

        let biased =
            [
                node.TryInput biasAt
                padding node maskAt keys scores
                causal node shape[2] keys scores
            ]
            |> List.choose id
            |> List.fold (Formula.add node) scores

        Formula.matMul node (ImportSoftmax.along node 3 biased) v |> Heads.joined node

    let private without (node: NodeScope) indices what =
        for index in indices do
            if (node.TryInput index).IsSome then
                node.RefuseAttribute($"input {index}, {what}", "what earlier calls left at its own length, and no more")

    /// Part `at` of several that lie side by side within each head: batch x length x heads x parts x size.
    let private unpacked (node: NodeScope) at x =
        let shape = node.Shape x

        Formula.slice node 3 at (at + 1) x
        |> Formula.reshape node [ shape[0]; shape[1]; shape[2] * shape[4] ]

    /// Queries, keys and values: each its own operand, keys and values in one, or all three in one.
    let private operands (node: NodeScope) : ValueId list =
        let query = node.Input 0

        match node.Rank query, node.TryInput 1, node.TryInput 2 with
        | 5, None, None -> [ for at in 0..2 -> unpacked node at query ]
        | 3, Some packed, None when node.Rank packed = 5 -> [ query; unpacked node 0 packed; unpacked node 1 packed ]
        | 3, Some keys, Some values -> [ query; keys; values ]
        | rank, _, _ ->
            node.RefuseAttribute($"queries of rank {rank} without keys or values", "queries, keys and values, or those packed by head")

    let private widthOf (node: NodeScope) operand =
        match node.Shape operand with
        | [| _; _; width |] -> width
        | [| _; heads; _; size |] -> heads * size
        | shape -> node.RefuseAttribute($"an operand of {Shape.print shape}", "rank 3")

    /// Operands: queries, keys, values, a bias for all three, a mask of keys, a bias of scores, past keys and values.
    let private multiHead (node: NodeScope) =
        without node [ 8; 9 ] "which positions of a longer store are in use"
        let heads = node.Int("num_heads", 0)
        let operands = operands node
        let widths = operands |> List.map (widthOf node)

        let biased at operand =
            match node.TryInput 3, node.Rank operand with
            | Some bias, 3 ->
                let first = List.sum (List.truncate at widths)
                Formula.add node operand (Formula.slice node 0 first (first + widths[at]) bias)
            | _ -> operand

        match operands |> List.mapi (fun at operand -> biased at operand |> headed node heads) with
        | [ q; k; v ] ->
            let k, v =
                Heads.behind node (node.TryInput 6) k, Heads.behind node (node.TryInput 7) v

            [| attend node 4 5 q k v; k; v |]
        | _ -> node.RefuseAttribute("packed queries, keys and values", "three operands")

    /// Of a sequence, and the weights and biases of queries, keys and values side by side; inputs: a mask of keys, past keys and values, a bias of scores.
    let private attentionOf (node: NodeScope) maskAt pastAt biasAt sequence weights bias =
        let heads = node.Int("num_heads", 0)
        let product = Formula.matMul node sequence weights

        let joined =
            match bias with
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

        let past at =
            node.TryInput pastAt
            |> Option.map (fun past -> Formula.slice node 0 at (at + 1) past |> Formula.squeeze node [ 0 ])

        let k, v = Heads.behind node (past 0) (part 1), Heads.behind node (past 1) (part 2)
        let result = attend node maskAt biasAt (part 0) k v

        if node.Node.Outputs.Length > 1 then
            [|
                result
                Formula.concat node 0 [ Formula.unsqueeze node [ 0 ] k; Formula.unsqueeze node [ 0 ] v ]
            |]
        else
            [| result |]

    let private attention (node: NodeScope) =
        without node [ 6 ] "which positions of a longer store are in use"
        attentionOf node 3 4 5 (node.Input 0) (node.Input 1) (node.TryInput 2)

    /// Operands: codes of the sequence and of the weights, the bias, both scales, a mask of keys, both zero points, the past.
    let private quantizedAttention (node: NodeScope) =
        let sequence =
            // Behind a DynamicQuantizeLinear for a circuit the sequence is real.
            if Element.isFloat (node.Type(node.Input 0)).Element then
                node.Input 0
            else
                ImportQuant.dequantize node 2 (node.Input 0) (node.Input 3) (node.TryInput 6)

        let weights =
            ImportQuant.dequantize node 1 (node.Input 1) (node.Input 4) (node.TryInput 7)

        // Input 9 does not exist: there is no bias of scores.
        attentionOf node 5 8 9 sequence weights (Some(node.Input 2))

    /// Operators of the domain com.microsoft.
    let microsoft: (string * Importer) list =
        [
            "Attention", attention
            "MultiHeadAttention", multiHead
            "QAttention", quantizedAttention
        ]
