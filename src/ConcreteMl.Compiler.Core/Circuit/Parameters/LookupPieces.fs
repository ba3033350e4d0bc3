namespace ConcreteMl.Compiler.Core.Circuit

open System.Numerics
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// The ways to carry out lookups that read the same value: all by one blind rotation, a few by each, or apart.
[<RequireQualifiedAccess>]
module LookupPieces =

    /// Lookups of several tables as one lookup each.
    let apart (node: Node<Op>) : Node<Op>[] =
        match node.Op with
        | Op.LookupMany(tables, plan) ->
            Array.zip tables node.Results
            |> Array.map (fun (table, result) ->
                { node with
                    Op = Op.Lookup(table, plan)
                    Results = [| result |]
                })
        | Op.Lookup _
        | Op.Linear _
        | Op.Round _
        | Op.Reencode
        | Op.Constant _ -> [| node |]

    /// Lookups of the same operand, `size` tables at most together.
    let private pieces (graph: Graph) (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) size tables plan =
        Array.zip tables (Array.map graph.TypeOf node.Results)
        |> Array.chunkBySize (max 1 size)
        |> Array.collect (fun piece ->
            let own, types = Array.unzip piece

            let op =
                if own.Length = 1 then
                    Op.Lookup(own[0], plan)
                else
                    Op.LookupMany(own, plan)

            builder.Node(op, Array.map rename node.Operands, types, node.Origin))

    /// The graph with at most `most bits` tables together at operands of that width.
    let inPieces (most: int -> int) (graph: Graph) : Graph =
        let rule builder rename (node: Node<Op>) =
            match node.Op with
            | Op.LookupMany(tables, plan) ->
                let size = most (graph.TypeOf node.Operands[0]).Bits

                if size >= tables.Length then
                    None
                else
                    Some(pieces graph builder rename node size tables plan)
            | _ -> None

        Rewrite.rewrite rule graph

    /// Width and number of tables of each operation that has several.
    let private several (graph: Graph) =
        graph.Nodes
        |> Array.choose (fun node ->
            match node.Op with
            | Op.LookupMany(tables, _) -> Some((graph.TypeOf node.Operands[0]).Bits, tables.Length)
            | _ -> None)

    /// The least and the largest room for width and tables together that change the pieces of operations with several tables.
    let private rooms (found: (int * int)[]) =
        let together (bits, tables: int) =
            bits + BitOperations.Log2(BitOperations.RoundUpToPowerOf2(uint tables))

        Array.min (Array.map fst found) + 1, Array.max (Array.map together found) - 1

    /// Graphs that mean the same, all lookups apart first. An ordinary bootstrap of 2^t tables at p bits needs p + t bits of the
    /// modulus, so pieces are as large as p + t = room lets them be, for each room that makes a difference; wider operands are
    /// looked up apart, or together for the key switch that they share.
    let candidates (graph: Graph) : Graph list =
        let found = several graph

        let pieces wider room own =
            if own < room then 1 <<< min 20 (room - own) else wider

        if Array.isEmpty found then
            [ graph ]
        else
            let least, most = rooms found

            [
                inPieces (fun _ -> 1) graph
                graph
                for room in least..most do
                    inPieces (pieces 1 room) graph
                    inPieces (pieces System.Int32.MaxValue room) graph
            ]
            |> List.distinctBy (several >> List.ofArray)
