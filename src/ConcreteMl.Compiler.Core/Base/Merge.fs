namespace ConcreteMl.Compiler.Core.Base

open System.Collections.Generic

/// Partitions of whole numbers by what meets; the members of a class carry the least of them as their label.
[<RequireQualifiedAccess>]
module internal Merge =

    /// The finest partition of [0, count) in which elements meet that have a key in common in one of the relations, each of (element, key) pairs.
    let ofRelations count (relations: (int * int)[] seq) : int[] =
        let parent = [| 0 .. count - 1 |]

        let rec find element =
            if parent[element] = element then
                element
            else
                parent[element] <- find parent[element]
                parent[element]

        for relation in relations do
            let first = Dictionary<int, int>()

            for element, key in relation do
                match first.TryGetValue key with
                | true, other ->
                    let a, b = find element, find other
                    parent[max a b] <- min a b
                | false, _ -> first[key] <- element

        Array.init count find
