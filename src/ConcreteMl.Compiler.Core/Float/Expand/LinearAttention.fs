namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Linear attention of ai.onnx (opset 27): a state of keys by values for each head that every token changes, written out token by token.
[<RequireQualifiedAccess>]
module LinearAttention =

    let private headed (node: NodeScope) heads x =
        match Heads.trySplit node heads x with
        | Some split -> split
        | None ->
            node.RefuseAttribute(
                $"an operand of {Shape.print (node.Shape x)} for {heads} heads",
                "rank 3, of a width that the heads divide"
            )

    /// Which of decay and update rate a rule has.
    let private parts (node: NodeScope) =
        match node.Text("update_rule", "gated_delta") with
        | "linear" -> false, false
        | "gated" -> true, false
        | "delta" -> false, true
        | "gated_delta" -> true, true
        | other -> node.RefuseAttribute($"update_rule = {other}", "linear, gated, delta or gated_delta")

    let private scale (node: NodeScope) size =
        match node.Float("scale", 0.0f) with
        | 0.0f -> 1.0 / sqrt (float size)
        | own -> float own

    /// An input of this rule, in the type of the state: batch x heads x length x (1 or size).
    let private gate (node: NodeScope) element heads index name =
        match node.TryInput index with
        | None -> node.RefuseAttribute($"no {name}", $"the input {name} for this update_rule")
        | Some x ->
            let own = if (node.Shape x)[2] = 1 then 1 else heads
            Formula.cast element node x |> headed node own

    /// What one token does: the state [B, H, k, v] before it (None: zeros) and after it.
    let private step (node: NodeScope) (decay: ValueId option) (rate: ValueId option) (state: ValueId option) key value =
        let column x =
            Formula.transpose node [| 0; 1; 3; 2 |] x

        let kept =
            match state, decay with
            | Some state, Some decay -> Some(Formula.mul node (column (Formula.unary Unary.Exp node decay)) state)
            | state, _ -> state

        let news =
            match rate, kept with
            | Some rate, Some kept -> Formula.mul node rate (Formula.sub node value (Formula.matMul node key kept))
            | Some rate, None -> Formula.mul node rate value
            | None, _ -> value

        let outer = Formula.mul node (column key) news

        match kept with
        | Some kept -> Formula.add node kept outer
        | None -> outer

    let private attention (node: NodeScope) =
        let queryHeads, heads = node.Int("q_num_heads", 0), node.Int("kv_num_heads", 0)
        let result = (node.Type(node.Input 0)).Element
        let past = node.TryInput 3

        let held =
            past
            |> Option.map (fun past -> (node.Type past).Element)
            |> Option.defaultValue result

        // The state adds up in 32 bits at least, as ONNX's own reference has it.
        let element =
            match held with
            | Element.Float16
            | Element.BFloat16 -> Element.Float32
            | wide -> wide

        let operand count index =
            node.Input index |> Formula.cast element node |> headed node count

        let query, key, value = operand queryHeads 0, operand heads 1, operand heads 2

        if heads < 1 || queryHeads % heads <> 0 then
            node.RefuseAttribute($"{queryHeads} heads of queries for {heads} of keys", "a multiple of the heads of keys")

        let hasDecay, hasRate = parts node

        let optional isThere index name =
            if isThere then
                Some(gate node element heads index name)
            else
                None

        let decay, rate = optional hasDecay 4 "decay", optional hasRate 5 "beta"
        let shape = node.Shape query
        let token at x = Formula.slice node 2 at (at + 1) x

        let each (state, outputs) at =
            let next =
                step node (Option.map (token at) decay) (Option.map (token at) rate) state (token at key) (token at value)

            Some next,
            Formula.matMul node (token at query) (Heads.repeated node queryHeads next)
            :: outputs

        let first = past |> Option.map (Formula.cast element node)

        match [ 0 .. shape[2] - 1 ] |> List.fold each (first, []) with
        | Some state, (_ :: _ as outputs) ->
            let y =
                Formula.concat node 2 (List.rev outputs)
                |> fun y -> Formula.times node y (scale node shape[3])
                |> Heads.joined node
                |> Formula.cast result node

            [| y; Formula.cast held node state |]
        | _ -> node.RefuseAttribute("no tokens", "one token or more")

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "LinearAttention", attention ]
