namespace ConcreteMl.Compiler.Core.Tools

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base

/// One difference of two graphs.
[<RequireQualifiedAccess>]
type Difference =
    /// A node of the first graph that the second has not.
    | Removed of ViewNode
    /// A node of the second graph that the first has not.
    | Added of ViewNode
    /// A node of both, and what is different about it.
    | Changed of Before: ViewNode * After: ViewNode * Details: string list
    /// A port: its name, and what is different about it.
    | Port of Name: string * Details: string

/// The differences of two graphs of one stage by what they compute: numbers and order of values are none.
[<RequireQualifiedAccess>]
module Diff =

    /// Which node of one graph stands for which of the other.
    type private Matching(before: ViewNode[], after: ViewNode[]) =
        let toAfter: int option[] = Array.create before.Length None
        let toBefore: int option[] = Array.create after.Length None

        member _.Before = before
        member _.After = after
        member _.OfBefore index = toAfter[index]
        member _.OfAfter index = toBefore[index]

        member _.Pair(b, a) =
            if toAfter[b].IsNone && toBefore[a].IsNone then
                toAfter[b] <- Some a
                toBefore[a] <- Some b

    let private producers (nodes: ViewNode[]) =
        dict
            [
                for index, node in Array.indexed nodes do
                    for place, value in List.indexed node.Results -> value, (index, place)
            ]

    let private find (table: IDictionary<string, int * int>) value =
        match table.TryGetValue value with
        | true, found -> Some found
        | _ -> None

    /// Equal numbers for nodes that compute equal values from equal inputs; shared by both graphs.
    let private numbers (known: Dictionary<string, int>) (view: View) (nodes: ViewNode[]) : int[] =
        let values = Dictionary<string, string>()

        for port in view.Inputs do
            values[port.Value] <- $"input {port.Name} {port.Type}"

        nodes
        |> Array.map (fun node ->
            let operand value =
                match values.TryGetValue value with
                | true, found -> found
                | _ -> value

            let key =
                [
                    [ node.Operation ]
                    node.Attributes |> List.collect (fun (name, value) -> [ name; value ])
                    node.Types
                    node.Operands |> List.map operand
                ]
                |> List.map (String.concat "\u0001")
                |> String.concat "\u0002"

            let number =
                match known.TryGetValue key with
                | true, number -> number
                | _ ->
                    known[key] <- known.Count
                    known.Count - 1

            node.Results
            |> List.iteri (fun place value -> values[value] <- $"#{number}.{place}")

            number)

    /// Pairs, in order, the nodes of both graphs that have the same key and no partner yet.
    let private pairBy (matching: Matching) (keyOf: bool -> int -> 'Key option) =
        let waiting = Dictionary<'Key, Queue<int>>()

        for index in 0 .. matching.Before.Length - 1 do
            match keyOf true index with
            | Some key when (matching.OfBefore index).IsNone ->
                if not (waiting.ContainsKey key) then
                    waiting[key] <- Queue()

                waiting[key].Enqueue index
            | _ -> ()

        for index in 0 .. matching.After.Length - 1 do
            match keyOf false index with
            | Some key when (matching.OfAfter index).IsNone ->
                match waiting.TryGetValue key with
                | true, queue when queue.Count > 0 -> matching.Pair(queue.Dequeue(), index)
                | _ -> ()
            | _ -> ()

    /// From outputs of one name upwards: producers that are the same operation are each other's, and so are their operands.
    let private pairFromOutputs (matching: Matching) (before: View) (after: View) =
        let makersBefore, makersAfter = producers matching.Before, producers matching.After

        let pending = Queue<string * string>()

        for a in after.Outputs do
            match before.Outputs |> List.tryFind (fun b -> b.Name = a.Name) with
            | Some b -> pending.Enqueue((b.Value, a.Value))
            | None -> ()

        let seen = HashSet<string * string>()

        while pending.Count > 0 do
            let b, a = pending.Dequeue()

            if seen.Add((b, a)) then
                match find makersBefore b, find makersAfter a with
                | Some(b, _), Some(a, _) when matching.Before[b].Operation = matching.After[a].Operation ->
                    matching.Pair(b, a)

                    if matching.OfBefore b = Some a then
                        Seq.zip matching.Before[b].Operands matching.After[a].Operands
                        |> Seq.iter pending.Enqueue
                | _ -> ()

    /// Pairs nodes that are the same operation on values that are each other's; names the values of both graphs as the second does.
    let private pairFromOperands (matching: Matching) =
        let makersBefore, makersAfter = producers matching.Before, producers matching.After

        let name isBefore value =
            if isBefore then
                match find makersBefore value with
                | Some(index, place) -> matching.OfBefore index |> Option.map (fun partner -> $"{partner}.{place}")
                | None -> Some value
            else
                match find makersAfter value with
                | Some(index, place) -> Some $"{index}.{place}"
                | None -> Some value

        pairBy matching (fun isBefore index ->
            let node =
                if isBefore then
                    matching.Before[index]
                else
                    matching.After[index]

            let operands = node.Operands |> List.map (name isBefore)

            if node.Operands.IsEmpty || List.exists Option.isNone operands then
                None
            else
                Some(node.Operation :: List.choose id operands |> String.concat " "))

    let private matched (before: View) (after: View) =
        let nodesBefore, nodesAfter = Array.ofList before.Nodes, Array.ofList after.Nodes
        let matching = Matching(nodesBefore, nodesAfter)
        let known = Dictionary<string, int>()
        let ofBefore = numbers known before nodesBefore
        let ofAfter = numbers known after nodesAfter
        pairBy matching (fun isBefore index -> Some(if isBefore then ofBefore[index] else ofAfter[index]))
        pairFromOutputs matching before after

        let node isBefore index =
            if isBefore then nodesBefore[index] else nodesAfter[index]

        pairBy matching (fun isBefore index ->
            let node = node isBefore index

            if node.Origin.IsEmpty then
                None
            else
                Some(node.Operation, node.Origin))

        // Another operation in the place of one: the same ONNX nodes.
        pairBy matching (fun isBefore index ->
            let node = node isBefore index

            if node.Origin.IsEmpty then
                None
            else
                Some(String.concat "\u0001" node.Origin))

        pairFromOperands matching
        matching

    let private shown (attributes: (string * string) list) name =
        attributes
        |> List.tryPick (fun (key, value) -> if key = name then Some value else None)
        |> Option.defaultValue "none"

    let private attributeDetails before after =
        (before @ after)
        |> List.map fst
        |> List.distinct
        |> List.filter (fun name -> shown before name <> shown after name)
        |> List.map (fun name -> $"{name} {shown before name} -> {shown after name}")

    let private details (links: string -> string -> bool) (b: ViewNode) (a: ViewNode) =
        [
            if b.Operation <> a.Operation then
                $"{b.Operation} -> {a.Operation}"

            yield! attributeDetails b.Attributes a.Attributes

            if b.Types <> a.Types then
                $"""type {String.concat ", " b.Types} -> {String.concat ", " a.Types}"""

            if b.Operands.Length <> a.Operands.Length then
                $"{b.Operands.Length} operands -> {a.Operands.Length}"
            else
                for index, (from, into) in List.indexed (List.zip b.Operands a.Operands) do
                    if not (links from into) then
                        $"operand {index} {from} -> {into}"
        ]

    let private ports side (before: ViewPort list) (after: ViewPort list) (links: string -> string -> bool) =
        [
            for b in before do
                match after |> List.tryFind (fun a -> a.Name = b.Name) with
                | None -> Difference.Port(b.Name, $"{side} removed")
                | Some a ->
                    for detail in attributeDetails (("type", b.Type) :: b.Attributes) (("type", a.Type) :: a.Attributes) do
                        Difference.Port(b.Name, $"{side} {detail}")

                    if not (links b.Value a.Value) then
                        Difference.Port(b.Name, $"{side} {b.Value} -> {a.Value}")

            for a in after do
                if before |> List.forall (fun b -> b.Name <> a.Name) then
                    Difference.Port(a.Name, $"{side} added")
        ]

    /// The differences of two graphs, in the order of the first and then of the second, and how many nodes are alike.
    let compare (before: View) (after: View) : Difference list * int =
        let matching = matched before after

        let makersBefore, makersAfter = producers matching.Before, producers matching.After

        let inputs (view: View) =
            view.Inputs |> List.map (fun port -> port.Value, port.Name) |> Map.ofList

        let inputsBefore, inputsAfter = inputs before, inputs after

        let links b a =
            match find makersBefore b, find makersAfter a with
            | Some(b, placeB), Some(a, placeA) -> matching.OfBefore b = Some a && placeB = placeA
            | None, None -> Map.tryFind b inputsBefore = Map.tryFind a inputsAfter
            | _ -> false

        let found =
            [
                for index, node in Array.indexed matching.Before do
                    match matching.OfBefore index with
                    | None -> Difference.Removed node
                    | Some partner ->
                        match details links node matching.After[partner] with
                        | [] -> ()
                        | details -> Difference.Changed(node, matching.After[partner], details)

                for index, node in Array.indexed matching.After do
                    if (matching.OfAfter index).IsNone then
                        Difference.Added node

                yield! ports "input" before.Inputs after.Inputs (fun _ _ -> true)
                yield! ports "output" before.Outputs after.Outputs links
            ]

        let changed =
            found
            |> List.sumBy (fun difference ->
                match difference with
                | Difference.Changed _
                | Difference.Removed _ -> 1
                | Difference.Added _
                | Difference.Port _ -> 0)

        found, matching.Before.Length - changed

    let private place (node: ViewNode) =
        if node.Origin.IsEmpty then
            ""
        else
            $""" at {String.concat ", " node.Origin}"""

    let private line (node: ViewNode) =
        let attributes =
            node.Attributes
            |> List.map (fun (name, value) -> $" {name}={value}")
            |> String.concat ""

        $"""{String.concat ", " node.Results} = {node.Operation}({String.concat ", " node.Operands}){attributes} : {String.concat ", " node.Types}{place node}"""

    /// One line for a difference: `-`, `+` or `~` and what it is about.
    let print (difference: Difference) : string =
        match difference with
        | Difference.Removed node -> $"- {line node}"
        | Difference.Added node -> $"+ {line node}"
        | Difference.Changed(before, _, details) ->
            $"""~ {String.concat ", " before.Results} {before.Operation}{place before}: {String.concat "; " details}"""
        | Difference.Port(name, details) -> $"~ {name}: {details}"
