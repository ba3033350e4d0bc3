namespace ConcreteMl.Compiler.Core.Onnx.Checks

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Onnx

/// Every value is defined once and before it is used; inner graphs see the values of outer ones.
[<RequireQualifiedAccess>]
module internal NameChecks =

    let private again = "Export the model again, or rename the value."

    let private twice (scope: Scope) place name =
        scope.Error("CML1012", place, $"the value '{name}' is defined more than once", "one definition of each name", again)

    let private undefined (scope: Scope) (later: HashSet<string>) place name =
        let message =
            if later.Contains name then
                $"the value '{name}' is used before the node that makes it"
            else
                $"the value '{name}' is used, but nothing makes it"

        scope.Error("CML1013", place, message, "nodes in topological order, each input made before", again)

    let private untyped (scope: Scope) (graph: Graph) =
        let isMissing (info: ValueInfo) = info.Type = ValueType.Missing

        for input in graph.Inputs do
            match input.Type with
            | ValueType.Missing ->
                scope.Error(
                    "CML1014",
                    input.Name,
                    "the graph's input has no type",
                    "an element type and a shape",
                    "Export the model with typed inputs."
                )
            | ValueType.Tensor(_, None) ->
                scope.Warning(
                    "CML1014",
                    input.Name,
                    "the graph's input has no shape",
                    "a shape, at least its rank",
                    "Export the model with the shapes of its inputs."
                )
            | ValueType.Tensor(_, Some _)
            | ValueType.Other _ -> ()

        for output in graph.Outputs |> Array.filter isMissing do
            scope.Warning(
                "CML1014",
                output.Name,
                "the graph's output has no type",
                "an element type",
                "Nothing has to be done: the type is inferred."
            )

    let private initializers (scope: Scope) (graph: Graph) =
        let seen = HashSet<string>()

        for tensor in graph.Initializers do
            if tensor.Name = "" then
                scope.Error("CML1022", graph.Name, "an initializer has no name", "named initializers", again)
            elif not (seen.Add tensor.Name) then
                scope.Error("CML1022", tensor.Name, "the initializer is given more than once", "one initializer of each name", again)

        seen

    let rec private body (scope: Scope) (outer: string -> bool) (defined: HashSet<string>) (nodes: Node[]) =
        let later = nodes |> Seq.collect (fun node -> node.Outputs) |> HashSet
        let visible name = defined.Contains name || outer name

        for node in nodes do
            for input in node.Inputs |> Array.distinct do
                if input <> "" && not (visible input) then
                    undefined scope later node.Name input

            for graph in Attributes.graphs node do
                inner scope visible graph

            for output in node.Outputs do
                if output <> "" && not (defined.Add output) then
                    twice scope node.Name output

    and private inner (scope: Scope) (outer: string -> bool) (graph: Graph) =
        let defined = initializers scope graph
        let inputs = HashSet<string>()

        for input in graph.Inputs do
            if not (inputs.Add input.Name) then
                twice scope input.Name input.Name

            defined.Add input.Name |> ignore

        body scope outer defined graph.Nodes

        for output in graph.Outputs do
            if not (defined.Contains output.Name || outer output.Name) then
                scope.Error(
                    "CML1013",
                    output.Name,
                    $"the graph's output '{output.Name}' is made by no node",
                    "outputs that are made by nodes, inputs or initializers",
                    again
                )

    let private outputs (scope: Scope) (graph: Graph) =
        if graph.Outputs.Length = 0 then
            scope.Error("CML1013", graph.Name, "the graph has no outputs", "at least one output", "Name the model's results as outputs.")

        for name, count in graph.Outputs |> Array.countBy _.Name do
            if count > 1 then
                scope.Error("CML1012", name, $"{count} outputs of the graph have the name '{name}'", "one output of each name", again)

    /// Checks the names of the main graph and of all graphs inside it.
    let main (scope: Scope) (graph: Graph) =
        untyped scope graph
        outputs scope graph
        inner scope (fun _ -> false) graph

    /// Checks the names of a function's body.
    let func (scope: Scope) (func: Function) =
        let defined = HashSet<string>()

        for input in func.Inputs do
            if not (defined.Add input) then
                twice scope func.Name input

        body scope (fun _ -> false) defined func.Nodes

        for output in func.Outputs do
            if not (defined.Contains output) then
                undefined scope (HashSet<string>()) func.Name output
