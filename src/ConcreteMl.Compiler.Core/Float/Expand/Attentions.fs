namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Attention and rotary embedding of ai.onnx (opset 23), written out.
[<RequireQualifiedAccess>]
module Attentions =

    let private headed (node: NodeScope) heads x =
        match Heads.trySplit node heads x, node.Shape x with
        | Some split, _ -> split
        | None, [| _; _; _; _ |] -> x
        | None, shape ->
            node.RefuseAttribute($"an operand of {Shape.print shape} for {heads} heads", "rank 4, or rank 3 with the number of heads")

    /// Which keys each query may see by is_causal and the window attributes; None when all.
    let private causal (node: NodeScope) queries keys (offsets: int[]) : Tensor option =
        let left, right =
            node.Int("left_window_size", -1), node.Int("right_window_size", -1)

        let isCausal = node.Flag("is_causal", false)

        if not isCausal && left < 0 && right < 0 then
            None
        else
            let allowed =
                [|
                    for offset in offsets do
                        for query in 0 .. queries - 1 do
                            for key in 0 .. keys - 1 do
                                let ahead = key - (query + offset)

                                (not isCausal || ahead <= 0)
                                && (left < 0 || -ahead <= left)
                                && (right < 0 || ahead <= right)
                |]

            Some(Tensor.ofBool [| offsets.Length; 1; queries; keys |] allowed)

    /// A mask of fewer keys than there are covers the first ones.
    let private widened (node: NodeScope) keys mask =
        let shape = node.Shape mask
        let missing = keys - shape[shape.Length - 1]

        if missing <= 0 then
            mask
        else
            let filler =
                if (node.Type mask).Element = Element.Bool then
                    0.0
                else
                    -infinity

            let after =
                Array.init shape.Length (fun axis -> if axis = shape.Length - 1 then missing else 0)

            Formula.pad node (Array.zeroCreate shape.Length) after filler mask

    /// Everything that says what a query may see, as one bias; None when nothing does.
    let private bias (node: NodeScope) like queries keys (past: int) : ValueId option =
        let zero, never = node.Scalar(like, 0.0), node.Scalar(like, -infinity)

        let lengths =
            node.TryConstantValue(6, "nonpad_kv_seqlen") |> Option.map Elements.integers

        let offsets =
            match lengths with
            | Some lengths when past = 0 -> lengths |> Array.map (fun length -> length - queries)
            | _ -> [| past |]

        let ofTruth truth = Formula.choose node truth zero never

        [
            match causal node queries keys offsets with
            | Some allowed -> ofTruth (node.Constant allowed)
            | None -> ()

            match node.TryInput 3 |> Option.map (widened node keys) with
            | Some mask when (node.Type mask).Element = Element.Bool -> ofTruth mask
            | Some mask -> mask
            | None -> ()

            match lengths with
            | Some lengths ->
                let real =
                    [|
                        for length in lengths do
                            for key in 0 .. keys - 1 -> key < length
                    |]

                ofTruth (node.Constant(Tensor.ofBool [| lengths.Length; 1; 1; keys |] real))
            | None -> ()
        ]
        |> function
            | [] -> None
            | parts -> Some(List.reduce (Formula.add node) parts)

    /// Rows whose bias forbids every key have no weights at all.
    let private withoutMaskedRows (node: NodeScope) (bias: ValueId option) weights =
        let without masked =
            Formula.choose node masked (node.Scalar(weights, 0.0)) weights

        match bias with
        | None -> weights
        | Some bias ->
            let most =
                Formula.halves node (Formula.binary Binary.Max node) (node.Rank bias - 1) bias

            let masked = Formula.binary Binary.Equal node most (node.Scalar(most, -infinity))

            match node.TryValue masked with
            | Some rows when Array.forall not (rows.Values<bool>()) -> weights
            | _ -> without masked

    /// Keys or values with heads as an axis, those of the past in front.
    let private present (node: NodeScope) index past =
        headed node (node.Int("kv_num_heads", 0)) (node.Input index)
        |> Heads.behind node (node.TryInput past)

    /// How well each query fits each key.
    let private scoresOf (node: NodeScope) q key =
        let shape = node.Shape q

        let scale =
            if node.Has "scale" then
                float (node.Float("scale", 1.0f))
            else
                1.0 / sqrt (float shape[3])

        // The root of the scale on both sides keeps products of 16-bit floats within their range.
        let root = sqrt scale

        Formula.times node (Heads.repeated node shape[1] key) root
        |> Formula.transpose node [| 0; 1; 3; 2 |]
        |> Formula.matMul node (Formula.times node q root)

    /// The weights of the keys, as precisely as the node asks for.
    let private weightsOf (node: NodeScope) bias biased =
        let precise =
            match Onnx.Attributes.tryInt "softmax_precision" node.Node with
            | Some number ->
                match Onnx.ElementType.ofNumber (int number) with
                | Ok precision -> Formula.cast precision node biased
                | Error name -> node.RefuseAttribute($"softmax_precision = {name}", "a float type")
            | None -> biased

        ImportSoftmax.along node 3 precise
        |> withoutMaskedRows node bias
        |> Formula.cast (node.Type biased).Element node

    let private attention (node: NodeScope) =
        let flat = node.Rank(node.Input 0) = 3
        let q = headed node (node.Int("q_num_heads", 0)) (node.Input 0)
        let key, value = present node 1 4, present node 2 5

        let past =
            node.TryInput 4
            |> Option.map (fun past -> (node.Shape past)[2])
            |> Option.defaultValue 0

        let shape = node.Shape q
        let keys = (node.Shape key)[2]
        let scores = scoresOf node q key
        let capped = Heads.capped node scores
        let bias = bias node capped shape[2] keys past

        let biased =
            match bias with
            | Some bias -> Formula.add node capped bias
            | None -> capped

        let weights = weightsOf node bias biased
        let mixed = Formula.matMul node weights (Heads.repeated node shape[1] value)
        let result = if flat then Heads.joined node mixed else mixed

        let shown =
            match node.Int("qk_matmul_output_mode", 0) with
            | 1 -> capped
            | 2 -> biased
            | 3 -> weights
            | _ -> scores

        [| result; key; value; shown |]
        |> Array.truncate (max 1 node.Node.Outputs.Length)

    /// Pairs of elements turned by the angle of their position.
    let private rotary (node: NodeScope) =
        let source = node.Input 0
        let shape = node.Shape source

        // Batch x length x heads x size.
        let x =
            match shape with
            | [| _; _; _; _ |] -> Formula.transpose node [| 0; 2; 1; 3 |] source
            | [| batch; length; width |] ->
                let heads = node.Int("num_heads", 0)

                if heads < 1 || width % heads <> 0 then
                    node.RefuseAttribute($"num_heads = {heads} for a width of {width}", "a number of heads that divides it")

                Formula.reshape node [ batch; length; heads; width / heads ] source
            | _ -> node.RefuseAttribute($"an operand of {Shape.print shape}", "rank 3 or 4")

        let own = node.Shape x
        let size = own[3]

        let turned =
            match node.Int("rotary_embedding_dim", 0) with
            | 0 -> size
            | other -> other

        let cache index =
            let table = node.Input index

            match node.TryInput 3 with
            | Some positions -> node.Add(Op.Gather 0, [ table; positions ])
            | None -> table
            |> Formula.unsqueeze node [ 2 ]

        let whole =
            Rotation.turned node (node.Flag("interleaved", false)) turned (cache 1, cache 2) x

        if shape.Length = 4 then
            [| Formula.transpose node [| 0; 2; 1; 3 |] whole |]
        else
            [| Formula.reshape node shape whole |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [ "Attention", attention; "RotaryEmbedding", rotary ]
