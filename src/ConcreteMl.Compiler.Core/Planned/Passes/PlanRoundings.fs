namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Writes beside every value that lookups read how many of its bits they read. What a text says already stays.
[<RequireQualifiedAccess>]
module PlanRoundings =

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

    let private reading rounding =
        match rounding with
        | None -> Reading.Unrounded
        | Some(bits, method) -> Reading.Rounded(bits, method)

    /// The decisions of the options: one rounding for all values, and its exceptions.
    let run (options: QuantOptions) (graph: PlanGraph) : PlanGraph =
        let decided =
            sites graph
            |> Array.filter (fun site -> graph.Types[site].Reading.IsNone)
            |> Array.map (fun site ->
                options.Exceptions
                |> List.tryFind (fst >> (=) site)
                |> Option.map snd
                |> Option.defaultValue options.Rounding
                |> fun rounding -> site, reading rounding)
            |> Map.ofArray

        if decided.IsEmpty then
            graph
        else
            { graph with
                Types =
                    graph.Types
                    |> Array.mapi (fun index planned ->
                        match decided.TryFind index with
                        | Some reading -> { planned with Reading = Some reading }: Type
                        | None -> planned)
            }
