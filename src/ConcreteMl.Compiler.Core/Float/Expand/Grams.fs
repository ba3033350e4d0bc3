namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Counts of short sequences (TfIdfVectorizer): each place of the input is compared with the pool's sequences, and what matches is added up.
[<RequireQualifiedAccess>]
module internal Grams =

    /// The pool's sequences by their length, each with its place among all.
    let private pool (node: NodeScope) : (int * (int * int64[])[]) list =
        let items = node.Int64s "pool_int64s"
        let starts = node.Int64s "ngram_counts" |> Array.map int

        if items.Length = 0 then
            node.RefuseAttribute("a pool that is empty", "pool_int64s, or pool_strings over an input's texts")

        if starts |> Array.exists (fun start -> start < 0 || start > items.Length) then
            node.RefuseAttribute($"ngram_counts beyond a pool of {items.Length}", "where the sequences of each length begin")

        let ends = Array.append (Array.skip 1 starts) [| items.Length |]

        [
            let mutable place = 0

            for at in 0 .. starts.Length - 1 do
                let length = at + 1
                let own = items[starts[at] .. ends[at] - 1] |> Array.chunkBySize length

                if own |> Array.exists (fun gram -> gram.Length <> length) then
                    node.RefuseAttribute($"{ends[at] - starts[at]} items of sequences of {length}", "whole sequences")

                length, own |> Array.mapi (fun index gram -> place + index, gram)
                place <- place + own.Length
        ]

    /// How often each sequence of one length stands in the rows x [N, C], its items `step` cells apart: [N, sequences].
    let private counted (node: NodeScope) (length: int) (grams: int64[][]) (step: int) (x: ValueId) : ValueId =
        let places = Formula.size node 1 x - (length - 1) * step

        let matches item =
            let cells =
                Formula.slice node 1 (item * step) (item * step + places) x
                |> Formula.unsqueeze node [ 2 ]

            let wanted =
                Formula.constant node x [| grams.Length |] (grams |> Array.map (fun gram -> float gram[item]))

            Formula.binary Binary.Equal node cells wanted

        List.init length matches
        |> List.reduce (Formula.binary Binary.And node)
        |> Formula.cast Element.Float32 node
        |> Formula.sum node false [ 1 ]

    /// The counts of all sequences of a length that the operator looks for; None where rows are too short.
    let private ofLength (node: NodeScope) (skips: int) (x: ValueId) (length: int, grams: (int * int64[])[]) : ValueId option =
        let columns = Formula.size node 1 x
        // A single item has no distance.
        let most = if length = 1 then 0 else skips

        let steps =
            [ 1 .. most + 1 ] |> List.filter (fun step -> (length - 1) * step < columns)

        match steps |> List.map (fun step -> counted node length (Array.map snd grams) step x) with
        | [] -> None
        | counts -> Some(List.reduce (Formula.add node) counts)

    /// Counts as the mode says: themselves, or weights of what occurs, or both multiplied. Weights are listed as the pool's sequences.
    let private weighted (node: NodeScope) (indices: int[]) (width: int) (counts: ValueId) : ValueId =
        let own =
            match node.Float32s "weights" with
            | [||] -> Array.create indices.Length 1.0
            | weights when weights.Length = indices.Length -> Array.map float weights
            | weights -> node.RefuseAttribute($"{weights.Length} weights for {indices.Length} sequences", "one per sequence of the pool")

        let ofColumn = Array.zeroCreate<float> width
        Array.iter2 (fun column weight -> ofColumn[column] <- weight) indices own
        let weights = Formula.constant node counts [| width |] ofColumn

        match node.Text("mode", "TF") with
        | "TF" -> counts
        | "IDF" ->
            let occurs = Formula.binary Binary.Greater node counts (node.Scalar(counts, 0.0))

            Formula.mul node (Formula.cast Element.Float32 node occurs) weights
        | "TFIDF" -> Formula.mul node counts weights
        | other -> node.RefuseAttribute($"mode = {other}", "TF, IDF or TFIDF")

    let private vectorizer (node: NodeScope) =
        let shortest, longest =
            node.Int("min_gram_length", 1), node.Int("max_gram_length", 1)

        let skips = node.Int("max_skip_count", 0)
        let given = node.Input 0
        let isRow = node.Rank given = 1
        let x = if isRow then Formula.unsqueeze node [ 0 ] given else given
        let indices = node.Int64s "ngram_indexes" |> Array.map int
        let all = pool node

        if indices.Length <> (all |> List.sumBy (fun (_, grams) -> grams.Length)) then
            node.RefuseAttribute($"{indices.Length} ngram_indexes", "one per sequence of the pool")

        if
            Array.distinct indices <> indices
            || Array.exists (fun index -> index < 0) indices
        then
            node.RefuseAttribute("ngram_indexes that are negative or occur twice", "a column per sequence")

        let found =
            [
                for length, grams in all do
                    if length >= shortest && length <= longest && grams.Length > 0 then
                        match ofLength node skips x (length, grams) with
                        | Some counts -> Array.map (fun (place, _) -> indices[place]) grams, counts
                        | None -> ()
            ]

        let width = Array.max indices + 1

        // Behind the counts a column of zeros, for columns without a sequence that is looked for.
        let columns = found |> List.map fst |> Array.concat

        let zeros =
            let first = Formula.cast Element.Float32 node (Formula.slice node 1 0 1 x)
            Formula.times node first 0.0

        let sources =
            Array.init width (fun column ->
                match Array.tryFindIndex ((=) column) columns with
                | Some at -> at
                | None -> columns.Length)

        let counts =
            Formula.concat node 1 (List.map snd found @ [ zeros ])
            |> Formula.pick node 1 sources

        let result = weighted node indices width counts
        [| (if isRow then Formula.squeeze node [ 0 ] result else result) |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "TfIdfVectorizer", vectorizer ]
