namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Writes beside every value that lookups read how many of its bits they read. What a text says already stays.
[<RequireQualifiedAccess>]
module PlanRoundings =

    /// What the pass is called.
    [<Literal>]
    let Name = "plan-roundings"

    /// The values that lookups read, in order: each can be rounded in its own way.
    let sites (graph: PlanGraph) : int[] =
        graph.Nodes
        |> Array.choose (fun node ->
            match node.Op with
            | PlanOp.Lookup _ ->
                let (ValueId operand) = node.Operands[0]
                Some operand
            | _ -> None)
        |> Array.distinct
        |> Array.sort

    let private reading loss rounding =
        match rounding with
        | None -> Reading.Unrounded
        | Some(bits, method) -> Reading.Rounded(bits, method, loss)

    /// How the options have a site read: by an exception, or by the rounding for all.
    let private decidedFor (options: QuantOptions) site =
        options.Exceptions
        |> List.tryFind (fst >> (=) site)
        |> Option.map snd
        |> Option.defaultValue options.Rounding
        |> reading options.BinLoss

    /// The decisions of the options: one rounding for all values, and its exceptions.
    let run (options: QuantOptions) (graph: PlanGraph) : PlanGraph =
        let undecided =
            sites graph |> Array.filter (fun site -> graph.Types[site].Reading.IsNone)

        if Array.isEmpty undecided then
            graph
        else
            let types = Array.copy graph.Types

            for site in undecided do
                types[site] <-
                    { types[site] with
                        Reading = Some(decidedFor options site)
                    }

            { graph with Types = types }
