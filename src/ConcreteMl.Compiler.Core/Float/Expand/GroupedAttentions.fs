namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Attention of decoders whose heads share keys, and their rotary positions, as exporters for ONNX Runtime write them (domain com.microsoft).
[<RequireQualifiedAccess>]
module GroupedAttentions =

    /// Batch x length x heads·size as batch x length x heads x size.
    let private byHead (node: NodeScope) heads x =
        match Heads.tryApart node heads x, node.Shape x with
        | Some apart, _ -> apart
        | None, shape ->
            node.RefuseAttribute($"an operand of {Shape.print shape} for {heads} heads", "rank 3, of a width that the heads divide")

    /// Queries, keys and values, heads apart: three operands, or one that holds them side by side.
    let private parts (node: NodeScope) heads shared : ValueId * ValueId * ValueId =
        let query = node.Input 0

        match node.TryInput 1, node.TryInput 2 with
        | Some keys, Some values -> byHead node heads query, byHead node shared keys, byHead node shared values
        | None, None ->
            let all = byHead node (heads + 2 * shared) query

            let part first count =
                Formula.slice node 2 first (first + count) all

            part 0 heads, part heads shared, part (heads + shared) shared
        | _ -> node.RefuseAttribute("keys without values", "queries, keys and values, or all in one operand")

    /// A whole number that says how long a sequence is has to agree with the operands where it is known.
    let private agree (node: NodeScope) index what (expected: int) =
        match node.TryInput index |> Option.bind node.TryValue with
        | Some known when Tensor.toInt64s known |> Array.exists ((<>) (int64 expected)) ->
            node.RefuseAttribute($"{what} = {known}", $"{expected}, as the operands have it: what earlier calls left is full")
        | _ -> ()

    /// Softmax along the last axis; a sink is a further score, of a head or 0, that takes weight and has no value.
    let private weights (node: NodeScope) scores =
        let shape = node.Shape scores

        let isSmooth = node.Flag("smooth_softmax", false)

        let sink =
            match node.TryInput 11 with
            | Some sinks -> Some(Formula.reshape node [ 1; shape[1]; 1; 1 ] sinks)
            | None when isSmooth -> Some(Formula.constant node scores [| 1; 1; 1; 1 |] [| 0.0 |])
            | None -> None

        match sink with
        | None -> ImportSoftmax.along node 3 scores
        | Some sink ->
            let column =
                node.Add(Op.Expand, [ sink; node.Integers [ shape[0]; shape[1]; shape[2]; 1 ] ])

            Formula.concat node 3 [ scores; column ]
            |> ImportSoftmax.along node 3
            |> Formula.slice node 3 0 shape[3]

    let private scored (node: NodeScope) heads q k =
        let capped =
            Formula.times node (Heads.repeated node heads k) (Heads.scale node (Formula.size node 3 q))
            |> Formula.transpose node [| 0; 1; 3; 2 |]
            |> Formula.matMul node q
            |> Heads.capped node

        match node.TryInput 10 with
        | Some bias -> Formula.add node capped bias
        | None -> capped

    /// Queries and keys at their positions, where the operator turns them itself.
    let private turned (node: NodeScope) past (q, k) =
        let isInterleaved = node.Flag("rotary_interleaved", false)

        if node.Flag("do_rotary", false) then
            let length = (node.Shape q)[1]

            let positions =
                match node.TryInput 9 with
                | Some positions -> positions
                | None -> Formula.reshape node [ 1; length ] (node.Integers [ past .. past + length - 1 ])

            let angles = Rotation.angles node (node.Input 7) (node.Input 8) positions
            let width = 2 * Formula.size node 1 (node.Input 7)

            let turn = Rotation.turned node isInterleaved width angles

            turn q, turn k
        else
            q, k

    /// Operands: queries, keys, values, past keys and values, lengths of sequences, tables of rotary positions, positions, a bias of scores, sinks.
    let private groupQuery (node: NodeScope) =
        let heads, shared = node.Int("num_heads", 0), node.Int("kv_num_heads", 0)

        if node.Int("qk_output", 0) <> 0 || node.Node.Outputs.Length > 3 then
            node.RefuseAttribute("the output of scores", "the result, keys and values")

        let q, k, v = parts node heads shared

        let past =
            node.TryInput 3 |> Option.map (Formula.size node 2) |> Option.defaultValue 0

        let queries = (node.Shape q)[1]
        agree node 5 "seqlens_k" (past + queries - 1)
        agree node 6 "total_sequence_length" (past + queries)

        let q, k = turned node past (q, k)

        let apart x =
            Formula.transpose node [| 0; 2; 1; 3 |] x

        let present index x =
            Heads.behind node (node.TryInput index) (apart x)

        let keys, values = present 3 k, present 4 v
        let scores = scored node heads (apart q) keys

        let masked =
            Formula.add node scores (Heads.seen node queries (past + queries) (node.Int("local_window_size", -1)) scores)

        [|
            Formula.matMul node (weights node masked) (Heads.repeated node heads values)
            |> Heads.joined node
            keys
            values
        |]

    /// Operands: the sequence, positions (one, of the first element, or each), tables of cosines and sines.
    let private rotary (node: NodeScope) =
        let source = node.Input 0
        let cos, sin = node.Input 2, node.Input 3
        let half = Formula.size node 1 cos

        let x =
            match node.Shape source with
            | [| _; _; _; _ |] -> Formula.transpose node [| 0; 2; 1; 3 |] source
            | shape ->
                match node.Int("num_heads", 0) with
                | 0 -> byHead node (shape[shape.Length - 1] / (2 * half)) source
                | heads -> byHead node heads source

        if node.Float("scale", 1.0f) <> 1.0f || node.Flag("is_packed_batching", false) then
            node.RefuseAttribute("scale or is_packed_batching", "neither")

        match node.Int("rotary_embedding_dim", 0) with
        | 0 -> ()
        | width when width = 2 * half -> ()
        | width -> node.RefuseAttribute($"rotary_embedding_dim = {width} for tables of {half} columns", "twice as many")

        let length = (node.Shape x)[1]

        let positions =
            match node.Shape(node.Input 1) with
            | [||]
            | [| 1 |] ->
                let first = Formula.reshape node [ 1; 1 ] (node.Input 1)
                Formula.add node first (Formula.reshape node [ 1; length ] (node.Integers [ 0 .. length - 1 ]))
            | _ -> node.Input 1

        let result =
            Rotation.turned node (node.Flag("interleaved", false)) (2 * half) (Rotation.angles node cos sin positions) x

        match node.Shape source with
        | [| _; _; _; _ |] -> [| Formula.transpose node [| 0; 2; 1; 3 |] result |]
        | shape -> [| Formula.reshape node shape result |]

    /// Operators of the domain com.microsoft.
    let microsoft: (string * Importer) list =
        [ "GroupQueryAttention", groupQuery; "RotaryEmbedding", rotary ]
