namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base

/// What is legal at the float stage.
[<RequireQualifiedAccess>]
module Verify =

    let private place (node: Node<Op>) =
        match node.Origin, List.ofArray node.Results with
        | [], first :: _ -> string first
        | [], [] -> "a node without results"
        | origin, _ -> String.concat ", " origin

    let private error code node message expected =
        Diagnostic.error code node message expected "Correct the text, or report the pass that made this graph."

    /// Results that an operation may have: MaxPool's indices are there only when used.
    let private resultCounts op =
        match op with
        | Op.MaxPool _ -> [ 1; 2 ]
        | _ -> [ 1 ]

    let private checkTypes (graph: Graph) (known: Operand option[]) (node: Node<Op>) : Diagnostic list =
        let operands =
            node.Operands |> Array.map (fun (ValueId index) -> known[index]) |> List.ofArray

        let remember (inferred: Operand list) =
            node.Results
            |> Array.iteri (fun at (ValueId index) ->
                // The declared type may say more than what can be inferred; the value of a constant is kept.
                known[index] <-
                    Some
                        {
                            Type = graph.Types[index]
                            Value = List.tryItem at inferred |> Option.bind _.Value
                        })

        if List.exists Option.isNone operands then
            remember []
            []
        else
            match TypeInference.operands node.Op (List.choose id operands) with
            | Error problem ->
                remember []
                [ error "CML2001" (place node) problem "operands that the operation takes" ]
            | Ok inferred ->
                remember inferred

                [
                    for at in 0 .. min node.Results.Length inferred.Length - 1 do
                        let declared = graph.TypeOf node.Results[at]

                        if not (ValueType.accepts declared inferred[at].Type) then
                            error
                                "CML2002"
                                (place node)
                                $"{node.Results[at]} is declared as {ValueType.print declared}"
                                (ValueType.print inferred[at].Type)
                ]

    let private checkNode (graph: Graph) (defined: HashSet<int>) (node: Node<Op>) : Diagnostic list =
        [
            for ValueId index as value in node.Operands do
                if not (defined.Contains index) then
                    error "CML2003" (place node) $"{value} is used before it is defined" "operands defined by inputs or earlier nodes"

            for ValueId index as value in node.Results do
                if index < 0 || index >= graph.Types.Length then
                    error "CML2003" (place node) $"{value} has no type" "a type for every value"
                elif not (defined.Add index) then
                    error "CML2003" (place node) $"{value} is defined twice" "one definition of every value"

            if not (List.contains node.Results.Length (resultCounts node.Op)) then
                error
                    "CML2004"
                    (place node)
                    $"{node.Results.Length} results"
                    $"""{resultCounts node.Op |> List.map string |> String.concat " or "}"""
        ]

    let private checkPorts (graph: Graph) (defined: HashSet<int>) : Diagnostic list =
        let repeated (ports: Port[]) =
            ports
            |> Array.countBy _.Name
            |> Array.filter (fun (_, count) -> count > 1)
            |> List.ofArray

        [
            for name, _ in repeated graph.Inputs do
                error "CML2005" name "two inputs have this name" "different names of inputs"

            for name, _ in repeated graph.Outputs do
                error "CML2005" name "two outputs have this name" "different names of outputs"

            for port in graph.Outputs do
                let (ValueId index) = port.Value

                if not (defined.Contains index) then
                    error "CML2003" port.Name $"the output {port.Value} is not defined" "a value of the graph"
        ]

    /// All findings: CML2001 operands that do not fit, CML2002 types that are not what the operation gives, CML2003
    /// undefined or repeated values, CML2004 wrong number of results, CML2005 repeated port names.
    let graph (graph: Graph) : Diagnostic list =
        let defined =
            HashSet(graph.Inputs |> Seq.map (fun { Value = ValueId index } -> index))

        let structure =
            graph.Nodes |> List.ofArray |> List.collect (checkNode graph defined)

        let ports = checkPorts graph defined

        if structure |> List.exists (fun finding -> finding.Code = "CML2003") then
            structure @ ports
        else
            let known: Operand option[] = Array.create graph.Types.Length None

            for { Value = ValueId index } in graph.Inputs do
                known[index] <-
                    Some
                        {
                            Type = graph.Types[index]
                            Value = None
                        }

            structure
            @ ports
            @ (graph.Nodes |> List.ofArray |> List.collect (checkTypes graph known))
