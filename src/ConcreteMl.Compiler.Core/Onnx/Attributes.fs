namespace ConcreteMl.Compiler.Core.Onnx

/// Reads a node's attributes. An attribute of another kind counts as absent: `Check` has reported it.
[<RequireQualifiedAccess>]
module Attributes =

    let tryFind (name: string) (node: Node) : Attribute option =
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

    /// The graphs inside a node.
    let graphs (node: Node) : Graph list =
        node.Attributes
        |> List.collect (fun (_, value) ->
            match value with
            | Attribute.Graph graph -> [ graph ]
            | Attribute.Graphs graphs -> List.ofArray graphs
            | _ -> [])
