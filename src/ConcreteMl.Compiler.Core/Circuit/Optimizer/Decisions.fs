namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Lookups (or exact roundings) alike enough to share parameters from the start.
type LookupGroup =
    {
        /// Width of the operand; of the encoding, for roundings.
        Bits: int
        IsRounding: bool
        /// Bootstraps in all.
        Bootstraps: int64
        /// Nodes of the graph.
        Nodes: int[]
    }

/// A phase that must stay within its half box:
/// Input · v_fresh + Σ Coefficients[g] · v_br(g) + v_ks + v_ms of Group ≤ budget(Bits).
type Decision =
    {
        /// The group whose bootstrap decides; −1 when the client decodes.
        Group: int
        /// The node that decides, −1 for an output.
        Node: int
        /// Bits of the box: the operand's width, 0 for the one-bit lookups of rounding.
        Bits: int
        Input: float
        /// For each group, the weight of its blind rotations' variance.
        Coefficients: float[]
    }

/// All that parameters must satisfy.
type Requirements =
    {
        Groups: LookupGroup[]
        Decisions: Decision[]
        /// Words multiplied and added by linear operations, per word of a ciphertext.
        Levelled: float
        /// Bootstraps in all.
        Bootstraps: int64
    }

[<RequireQualifiedAccess>]
module Requirements =

    /// Groups beyond which norms are told apart more coarsely.
    [<Literal>]
    let private MostGroups = 10

    let private log2Norm (norms: NoiseNorms) = Math.Log2(max 1.0 norms.Total) / 2.0

    /// Every node that bootstraps: index, width, whether it rounds, bootstraps per element.
    let private bootstraps (graph: Graph) =
        graph.Nodes
        |> Array.indexed
        |> Array.choose (fun (index, node) ->
            match node.Op with
            | Op.Lookup _ -> Some(index, node, false, 1)
            | Op.Round(drop, RoundingMethod.Exact, _) -> Some(index, node, true, drop)
            | Op.Round _
            | Op.Linear _
            | Op.Reencode
            | Op.Constant _ -> None)

    let private grouped (graph: Graph) (norms: NoiseNorms[]) (step: float) =
        bootstraps graph
        |> Array.groupBy (fun (_, node, rounds, _) ->
            let (ValueId operand) = node.Operands[0]

            let bucket =
                if Double.IsInfinity step then
                    0.0
                else
                    floor (log2Norm norms[operand] / step)

            graph.Types[operand].Bits, rounds, bucket)
        |> Array.sortBy fst
        |> Array.map (fun ((bits, rounds, _), members) ->
            {
                Bits = bits
                IsRounding = rounds
                Bootstraps =
                    members
                    |> Array.sumBy (fun (_, node, _, each) -> int64 each * int64 (Shape.count (graph.TypeOf node.Results[0]).Shape))
                Nodes = members |> Array.map (fun (index, _, _, _) -> index)
            })

    /// The groups of the origins of one kind that reach a value; [−1] stands for none.
    let private sources (analysis: NoiseAnalysis) (groupOf: Dictionary<int, int>) kind (norms: NoiseNorms) =
        let found =
            norms.Support
            |> Seq.map (fun origin -> analysis.Origins[origin])
            |> Seq.filter (fun origin -> origin.Source = kind)
            |> Seq.map (fun origin -> groupOf[origin.Node])
            |> Seq.distinct
            |> Seq.sort
            |> List.ofSeq

        if found.IsEmpty then [ -1 ] else found

    /// One decision for every pair of groups that the operand's noise may come from: an element's noise is at most its
    /// squared norm times the largest variance among its sources.
    let private decide analysis groupOf groups (norms: NoiseNorms) group node bits amplification (own: float) =
        [
            for table in sources analysis groupOf NoiseSource.Table norms do
                for rounding in sources analysis groupOf NoiseSource.Rounding norms do
                    let coefficients = Array.zeroCreate groups

                    let add index weight =
                        if index >= 0 then
                            coefficients[index] <- coefficients[index] + amplification * weight

                    add table norms.Table
                    add rounding norms.Rounding
                    add group own

                    {
                        Group = group
                        Node = node
                        Bits = bits
                        Input = amplification * norms.Input
                        Coefficients = coefficients
                    }
        ]

    let private dominates (a: Decision) (b: Decision) =
        a.Input >= b.Input && Array.forall2 (>=) a.Coefficients b.Coefficients

    /// Drops decisions that another of the same group and box implies.
    let private pruned (decisions: Decision list) =
        decisions
        |> List.groupBy (fun decision -> decision.Group, decision.Bits)
        |> List.collect (fun (_, alike) ->
            alike
            |> List.fold
                (fun kept decision ->
                    if List.exists (fun other -> dominates other decision) kept then
                        kept
                    else
                        decision :: List.filter (dominates decision >> not) kept)
                []
            |> List.rev)
        |> Array.ofList

    let private groupNumbers (groups: LookupGroup[]) =
        let groupOf = Dictionary<int, int>()

        groups
        |> Array.iteri (fun group one -> one.Nodes |> Array.iter (fun node -> groupOf[node] <- group))

        groupOf

    /// The decoding of one output.
    let outputDecisions (graph: Graph) (analysis: NoiseAnalysis) (groups: LookupGroup[]) (port: Port) : Decision list =
        let (ValueId value) = port.Value
        decide analysis (groupNumbers groups) groups.Length analysis.Norms[value] -1 -1 graph.Types[value].Bits 1.0 0.0

    /// Every decision of a graph under a grouping, not pruned.
    let decisions (graph: Graph) (analysis: NoiseAnalysis) (groups: LookupGroup[]) : Decision list =
        let groupOf = groupNumbers groups
        let decide = decide analysis groupOf groups.Length

        [
            for index, node, _, _ in bootstraps graph do
                let norms operand =
                    let (ValueId value) = node.Operands[operand]
                    analysis.Norms[value]

                let bits = (graph.TypeOf node.Operands[0]).Bits

                match node.Op with
                | Op.Round(drop, _, _) ->
                    for bit in 0 .. drop - 1 do
                        // Bit t is read from residue t, or from the operand where there is none.
                        let read = if bit + 1 < node.Operands.Length then bit + 1 else 0
                        let raised = Math.Pow(4.0, float (bits - bit))
                        yield! decide (norms read) groupOf[index] index 0 raised (float bit)
                | _ -> yield! decide (norms 0) groupOf[index] index bits 1.0 0.0

            for port in graph.Outputs do
                yield! outputDecisions graph analysis groups port
        ]

    let private levelled (graph: Graph) =
        graph.Nodes
        |> Array.sumBy (fun node ->
            match node.Op with
            | Op.Linear linear ->
                let shapes = node.Operands |> Array.map (fun value -> (graph.TypeOf value).Shape)
                float (Terms.count linear shapes (graph.TypeOf node.Results[0]).Shape)
            | Op.Lookup _
            | Op.Round _
            | Op.Reencode
            | Op.Constant _ -> 0.0)

    /// Collects groups and decisions of an analysed circuit.
    let collect (graph: Graph) (analysis: NoiseAnalysis) : Requirements =
        let groups =
            [ 1.0; 2.0; 4.0; Double.PositiveInfinity ]
            |> Seq.map (grouped graph analysis.Norms)
            |> Seq.tryFind (fun groups -> groups.Length <= MostGroups)
            |> Option.defaultWith (fun () -> grouped graph analysis.Norms Double.PositiveInfinity)

        {
            Groups = groups
            Decisions = decisions graph analysis groups |> pruned
            Levelled = levelled graph
            Bootstraps = groups |> Array.sumBy _.Bootstraps
        }
