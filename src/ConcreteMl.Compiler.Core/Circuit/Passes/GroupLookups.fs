namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Puts lookups, and digits of exact roundings, into groups that share parameters from the start: those alike in width, tables and
/// noise. The search works on groups; it may give several of them one class, and never tells members of one apart.
[<RequireQualifiedAccess>]
module GroupLookups =

    /// Groups beyond which lookups are told apart more coarsely: the search prices every pair of groups again and again.
    [<Literal>]
    let private MostGroups = 10

    let private log2Norm (norms: SourceNorms) = Math.Log2(max 1.0 norms.Total) / 2.0

    /// How finely groups are told apart: log2 norms by steps; digits by their first bit, and by the encoding's width.
    let private ladder =
        [
            1.0, true, true
            2.0, true, true
            4.0, true, true
            Double.PositiveInfinity, true, true
            Double.PositiveInfinity, false, true
            Double.PositiveInfinity, false, false
        ]

    let private grouped (graph: Graph) (norms: SourceNorms[]) (places: Place[]) (step, byFirst, byWidth) =
        places
        |> Array.groupBy (fun place ->
            let (ValueId operand) = place.Operand

            let bucket =
                if Double.IsInfinity step then
                    0.0
                else
                    floor (log2Norm norms[operand] / step)

            let isDigit = place.Size > 1
            let own = graph.Types[operand].Step

            let bits, codes =
                if place.Size > 0 && not byWidth then
                    0, 0
                else
                    own.Bits, own.Codes

            struct (struct (bits, codes), place.Size, (if isDigit && byFirst then place.First else 0), bucket, place.Tables))
        |> Array.sortBy fst
        |> Array.map snd

    let private chosen (graph: Graph) (norms: SourceNorms[]) =
        let places = Sites.places graph

        ladder
        |> Seq.map (grouped graph norms places)
        |> Seq.tryFind (fun groups -> groups.Length <= MostGroups)
        |> Option.defaultWith (fun () -> grouped graph norms places (List.last ladder))

    let private withGroups (groupOf: Site -> int) index (node: Node<Op>) : Node<Op> =
        let lookup _ =
            Some
                {
                    Group = groupOf { Node = index; Digit = 0 }
                    Class = None
                    PError = None
                }

        let digit number (digit: Digit) =
            { digit with
                Group = Some(groupOf { Node = index; Digit = number })
                Class = None
            }

        node
        |> Plans.change lookup (fun _ digits ->
            {
                Digits = Array.mapi digit digits
                PError = None
            })

    /// The graph with groups in its plans; the graph itself when it has no lookups. None while a value has no noise.
    let tryRun (graph: Graph) : Graph option =
        if (Sites.places graph).Length = 0 then
            Some graph
        elif graph.Types |> Array.exists _.Noise.IsNone then
            None
        else
            let groupOf =
                graph.Types
                |> Array.map (fun valueType -> Option.get valueType.Noise)
                |> chosen graph
                |> Seq.indexed
                |> Seq.collect (fun (group, members) -> members |> Seq.map (fun place -> place.Site, group))
                |> dict

            Some
                { graph with
                    Nodes = graph.Nodes |> Array.mapi (withGroups (fun site -> groupOf[site]))
                }

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        {
            Name = "group-lookups"
            Summary = "puts lookups and digits that share parameters into groups"
            Options = []
            Run =
                fun _ graph ->
                    tryRun graph
                    |> Option.map Ok
                    |> Option.defaultWith (fun () -> Candidates.unready "group-lookups" "a value has no `noise`")
        }
