namespace ConcreteMl.Compiler.Core.Onnx

open System.Collections.Generic
open System.Threading

/// Reads a node's attributes. An attribute of another kind counts as absent: `Check` has reported it.
[<RequireQualifiedAccess>]
module Attributes =

    // Names that this thread asks nodes for while `watched` runs, one set for each action that is under way.
    let private asked =
        new ThreadLocal<Stack<HashSet<string>>>(fun () -> Stack<HashSet<string>>())

    /// Runs an action; its result, and the names of the attributes that it asks nodes for. An action within it counts for itself.
    let watched (action: unit -> 'T) : 'T * HashSet<string> =
        let own = HashSet<string>()
        let all = asked.Value
        all.Push own

        try
            action (), own
        finally
            all.Pop() |> ignore

    let tryFind (name: string) (node: Node) : Attribute option =
        match asked.Value.TryPeek() with
        | true, names -> names.Add name |> ignore
        | _ -> ()

        node.Attributes
        |> List.tryPick (fun (key, value) -> if key = name then Some value else None)

    let private pick chooser name node =
        tryFind name node |> Option.bind chooser

    let tryInt =
        pick (function
            | Attribute.Int value -> Some value
            | _ -> None)

    let tryFloat =
        pick (function
            | Attribute.Float value -> Some value
            | _ -> None)

    let tryText =
        pick (function
            | Attribute.Text value -> Some value
            | _ -> None)

    let tryInts =
        pick (function
            | Attribute.Ints values -> Some values
            | _ -> None)

    let tryFloats =
        pick (function
            | Attribute.Floats values -> Some values
            | _ -> None)

    let tryTensor =
        pick (function
            | Attribute.Tensor value -> Some value
            | _ -> None)

    let int name (fallback: int64) node =
        tryInt name node |> Option.defaultValue fallback

    let float name (fallback: float32) node =
        tryFloat name node |> Option.defaultValue fallback

    let text name (fallback: string) node =
        tryText name node |> Option.defaultValue fallback

    let flag name (fallback: bool) node =
        int name (if fallback then 1L else 0L) node <> 0L

    /// Every attribute of a node, all of which count as read.
    let all (node: Node) : (string * Attribute) list =
        for name, _ in node.Attributes do
            tryFind name node |> ignore

        node.Attributes

    /// The graphs inside a node.
    let graphs (node: Node) : Graph list =
        node.Attributes
        |> List.collect (fun (_, value) ->
            match value with
            | Attribute.Graph graph -> [ graph ]
            | Attribute.Graphs graphs -> List.ofArray graphs
            | _ -> [])
