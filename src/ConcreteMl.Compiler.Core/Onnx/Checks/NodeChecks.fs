namespace ConcreteMl.Compiler.Core.Onnx.Checks

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// Every node against the signature of its operator or local function.
[<RequireQualifiedAccess>]
module internal NodeChecks =

    let private exportAgain = "Export the model again with a current exporter."

    let private kindName (kind: AttributeKind) =
        match kind with
        | AttributeKind.Int -> "an integer"
        | AttributeKind.Float -> "a float"
        | AttributeKind.Text -> "a string"
        | AttributeKind.Tensor -> "a tensor"
        | AttributeKind.SparseTensor -> "a sparse tensor"
        | AttributeKind.Graph -> "a graph"
        | AttributeKind.Ints -> "a list of integers"
        | AttributeKind.Floats -> "a list of floats"
        | AttributeKind.Texts -> "a list of strings"
        | AttributeKind.Kind -> "a type"

    /// Whether a value is of a kind. Kinds that old files leave out cannot be told for empty lists.
    let private isOf (kind: AttributeKind) (value: Attribute) =
        match kind, value with
        | AttributeKind.Int, Attribute.Int _
        | AttributeKind.Float, Attribute.Float _
        | AttributeKind.Text, Attribute.Text _
        | AttributeKind.Tensor, Attribute.Tensor _
        | AttributeKind.Graph, Attribute.Graph _
        | AttributeKind.Ints, Attribute.Ints _
        | AttributeKind.Floats, Attribute.Floats _
        | AttributeKind.Texts, Attribute.Texts _
        | AttributeKind.SparseTensor, (Attribute.Tensor _ | Attribute.Other "sparse_tensor")
        | AttributeKind.Kind, Attribute.Other "type_proto"
        | _, Attribute.Reference _
        | (AttributeKind.Ints | AttributeKind.Floats | AttributeKind.Texts), Attribute.Other "undefined" -> true
        | _ -> false

    let private attributes (scope: Scope) (node: Node) (schema: OperatorSchema) =
        let known name =
            schema.Attributes |> List.tryFind (fun attribute -> attribute.Name = name)

        for name, value in node.Attributes do
            match known name with
            | Some attribute when isOf attribute.Kind value -> ()
            | Some attribute ->
                scope.Error(
                    "CML1015",
                    node.Name,
                    $"the attribute {name} of {node.OpType} is of the wrong kind",
                    kindName attribute.Kind,
                    exportAgain
                )
            | None when name.StartsWith("__", StringComparison.Ordinal) -> ()
            | None ->
                let expected =
                    match schema.Attributes with
                    | [] -> "no attributes"
                    | some -> some |> List.map (fun attribute -> attribute.Name) |> String.concat ", "

                scope.Error(
                    "CML1017",
                    node.Name,
                    $"{node.OpType} of operator set {schema.Since} has no attribute {name}",
                    expected,
                    "Export the model again with matching exporter and operator set versions."
                )

        for attribute in schema.Attributes do
            if attribute.Required && Attributes.tryFind attribute.Name node = None then
                scope.Error(
                    "CML1016",
                    node.Name,
                    $"{node.OpType} lacks its attribute {attribute.Name}",
                    kindName attribute.Kind,
                    exportAgain
                )

    let private range (fewest, most) =
        if most = Int32.MaxValue then $"at least {fewest}"
        elif fewest = most then string fewest
        else $"{fewest} to {most}"

    let private arity (scope: Scope) (node: Node) what (names: string[]) (fewest: int, most: int) =
        // Optional ones at the end may be spelled as empty names.
        let given =
            names
            |> Array.tryFindIndexBack (fun name -> name <> "")
            |> Option.map (fun index -> index + 1)
            |> Option.defaultValue 0

        let message =
            if given > most || names.Length < fewest then
                Some $"{node.OpType} has {names.Length} {what}s"
            else
                names
                |> Seq.truncate fewest
                |> Seq.tryFindIndex (fun name -> name = "")
                |> Option.map (fun index -> $"{node.OpType} lacks its {what} {index}")

        match message with
        | Some message -> scope.Error("CML1018", node.Name, message, range (fewest, most) + $" {what}s", exportAgain)
        | None -> ()

    let private operator (scope: Scope) (node: Node) (version: int) =
        match Opset.trySchema node.Domain node.OpType version, Opset.history node.Domain node.OpType with
        | Some schema, _ ->
            attributes scope node schema
            arity scope node "input" node.Inputs schema.Inputs
            arity scope node "output" node.Outputs schema.Outputs
        | None, [] -> ()
        | None, history ->
            let first = (List.last history).Since

            scope.Error(
                "CML1019",
                node.Name,
                $"{node.OpType} does not exist in operator set {version}, which the model imports",
                $"operator set {first} or later",
                $"Export the model with operator set {first} or later."
            )

    let private call (scope: Scope) (node: Node) (func: Function) =
        if node.Inputs.Length > func.Inputs.Length then
            scope.Error(
                "CML1018",
                node.Name,
                $"{node.OpType} has {node.Inputs.Length} inputs",
                $"at most {func.Inputs.Length}",
                exportAgain
            )

        if node.Outputs.Length > func.Outputs.Length then
            scope.Error(
                "CML1018",
                node.Name,
                $"{node.OpType} has {node.Outputs.Length} outputs",
                $"at most {func.Outputs.Length}",
                exportAgain
            )

    let private references (scope: Scope) (node: Node) =
        for name, value in node.Attributes do
            match value, scope.Parameters with
            | Attribute.Reference target, None ->
                scope.Error(
                    "CML1021",
                    node.Name,
                    $"the attribute {name} refers to the attribute {target} of a caller, outside any function",
                    "a value",
                    exportAgain
                )
            | Attribute.Reference target, Some parameters when not (parameters.Contains target) ->
                scope.Error(
                    "CML1021",
                    node.Name,
                    $"the attribute {name} refers to {target}, which the function does not declare",
                    "an attribute of the function",
                    exportAgain
                )
            | _ -> ()

        let repeated =
            node.Attributes |> List.countBy fst |> List.filter (fun (_, count) -> count > 1)

        for name, _ in repeated do
            scope.Error("CML1015", node.Name, $"the attribute {name} is given more than once", "one value", exportAgain)

    let rec private node (scope: Scope) (node: Node) =
        references scope node

        match Map.tryFind (node.Domain, node.OpType, node.Overload) scope.Functions with
        | Some func -> call scope node func
        | None ->
            let version =
                node.Opset
                |> Option.orElse (Opset.ofImports scope.Imports node.Domain)
                |> Option.defaultValue 1

            if node.OpType = "" then
                scope.Error("CML1019", node.Name, "the node names no operator", "an operator", exportAgain)
            else
                operator scope node version

        for _, value in node.Attributes do
            match value with
            | Attribute.Graph graph -> all scope graph.Nodes
            | Attribute.Graphs graphs -> graphs |> Array.iter (fun graph -> all scope graph.Nodes)
            | _ -> ()

    /// Checks nodes and the nodes of graphs inside them.
    and all (scope: Scope) (nodes: Node[]) = Array.iter (node scope) nodes
