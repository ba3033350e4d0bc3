namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Sequences of tensors and optionals: nothing of them is left when the model is read.
[<RequireQualifiedAccess>]
module Sequences =

    let private elements (node: NodeScope) index : ValueId list =
        match node.TryBinding index with
        | Some(Binding.Sequence values) -> values
        | _ -> node.RefuseAttribute($"input {index} is no sequence", "a sequence of tensors")

    let private one (node: NodeScope) index role : int option =
        node.TryConstantValue(index, role)
        |> Option.map (fun tensor ->
            match Elements.integers tensor with
            | [| single |] -> single
            | several -> node.RefuseAttribute($"{role} of {several.Length} elements", "one element"))

    /// A position of a sequence; negative ones count from the end.
    let private position (node: NodeScope) index count : int option =
        one node index "the position"
        |> Option.map (fun at ->
            let found = if at < 0 then at + count else at

            if found < 0 || found >= count then
                node.Refuse("CML1105", $"position {at} of {count}", $"positions from {-count} to {count - 1}", "Export the model again.")

            found)

    let private at (node: NodeScope) =
        let values = elements node 0

        match position node 1 values.Length with
        | Some at -> [| Binding.Value values[at] |]
        | None -> node.RefuseAttribute("no position", "a position")

    let private insert (node: NodeScope) =
        let values = elements node 0
        // One may insert behind the last.
        let place = position node 2 (values.Length + 1) |> Option.defaultValue values.Length

        let place =
            match one node 2 "the position" with
            | Some given when given < 0 -> place - 1
            | _ -> place

        [| Binding.Sequence(List.insertAt (max 0 place) (node.Input 1) values) |]

    let private erase (node: NodeScope) =
        let values = elements node 0

        let place = position node 1 values.Length |> Option.defaultValue (values.Length - 1)

        [| Binding.Sequence(List.removeAt place values) |]

    let private length (node: NodeScope) =
        [|
            Binding.Value(node.Constant(Tensor.ofInt64 [||] [| int64 (elements node 0).Length |]))
        |]

    let private join (node: NodeScope) =
        let values = elements node 0
        let isNew = node.Flag("new_axis", false)

        match values with
        | [] -> node.RefuseAttribute("an empty sequence", "at least one tensor")
        | first :: _ ->
            let rank = node.Rank first + (if isNew then 1 else 0)
            let axis = node.Axis(rank, node.Int("axis", 0))

            let parts =
                if isNew then
                    values |> List.map (Formula.unsqueeze node [ axis ])
                else
                    values

            [| Binding.Value(Formula.concat node axis parts) |]

    /// Pieces of equal length, or of given lengths, or single cells, whose axis goes unless it is kept.
    let private split (node: NodeScope) =
        let x = node.Input 0
        let axis = node.Axis(node.Rank x, node.Int("axis", 0))
        let length = Formula.size node axis x

        let lengths, drops =
            match node.TryConstantValue(1, "the lengths") with
            | None -> List.replicate length 1, not (node.Flag("keepdims", true))
            | Some tensor when tensor.Rank = 0 ->
                let size = (Elements.integers tensor)[0]

                if size < 1 then
                    node.RefuseAttribute($"pieces of {size} cells", "pieces of at least one cell")

                List.init ((length + size - 1) / size) (fun piece -> min size (length - piece * size)), false
            | Some tensor -> List.ofArray (Elements.integers tensor), false

        if List.sum lengths <> length || List.exists (fun size -> size < 0) lengths then
            node.RefuseAttribute($"pieces of {List.sum lengths} cells of an axis of {length}", "pieces that fill the axis")

        let firsts = lengths |> List.scan (+) 0

        let pieces =
            List.map2
                (fun first size ->
                    let piece = Formula.slice node axis first (first + size) x
                    if drops then Formula.squeeze node [ axis ] piece else piece)
                (List.truncate lengths.Length firsts)
                lengths

        [| Binding.Sequence pieces |]

    let private construct (node: NodeScope) = [| Binding.Sequence node.Inputs |]

    let private optional (node: NodeScope) =
        [| node.TryBinding 0 |> Option.defaultValue Binding.Absent |]

    let private getElement (node: NodeScope) =
        match node.TryBinding 0 with
        | Some Binding.Absent
        | None -> node.RefuseAttribute("the element of an empty optional", "an optional with content")
        | Some binding -> [| binding |]

    let private hasElement (node: NodeScope) =
        let has =
            match node.TryBinding 0 with
            | Some Binding.Absent
            | None -> false
            | Some _ -> true

        [| Binding.Value(node.Constant(Tensor.ofBool [||] [| has |])) |]

    let private identity (node: NodeScope) =
        match node.TryBinding 0 with
        | Some binding -> [| binding |]
        | None -> node.RefuseAttribute("no operand", "an operand")

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * FoldedImporter) list =
        [
            "ConcatFromSequence", join
            "Identity", identity
            "Optional", optional
            "OptionalGetElement", getElement
            "OptionalHasElement", hasElement
            "SequenceAt", at
            "SequenceConstruct", construct
            "SequenceEmpty", (fun _ -> [| Binding.Sequence [] |])
            "SequenceErase", erase
            "SequenceInsert", insert
            "SequenceLength", length
            "SplitToSequence", split
        ]
        |> List.map (fun (name, importer) -> name, (fun _ node -> importer node))
