namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Bootstraps that take the same parameters: lookups of a node, or those of one digit of a rounding.
[<Struct>]
type Site =
    {
        /// Index in the graph.
        Node: int
        /// Number of the digit; 0 for a lookup.
        Digit: int
    }

/// Lookups (or digits of exact roundings) alike enough to share parameters from the start.
type LookupGroup =
    {
        /// Width of the operand; of the encoding, for roundings.
        Bits: int
        /// Bits of a rounding's digit; 0 for table lookups.
        Digit: int
        /// Tables that each bootstrap looks up.
        Tables: int
        /// Bootstraps in all.
        Bootstraps: int64
        Sites: Site[]
    }

    member this.IsRounding = this.Digit > 0

    /// Bits by which its tables are indexed; a sign counts as one.
    member this.TableBits =
        if this.IsRounding then
            max 1 (this.Digit - 1)
        else
            this.Bits

/// A phase that must stay within its half box:
/// Input · v_fresh + Σ Coefficients[g] · v_br(g) + v_ks + v_ms of Group ≤ budget(Bits).
type Decision =
    {
        /// The group whose bootstrap decides; −1 when the client decodes.
        Group: int
        /// The node that decides, −1 for an output.
        Node: int
        /// Bits of the box: the operand's width; of a rounding's digit, one less than its own.
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
        /// How exact roundings are split.
        Schedule: Schedule
        /// Words multiplied and added by linear operations, per word of a ciphertext.
        Levelled: float
        /// Bootstraps in all.
        Bootstraps: int64
    }

[<RequireQualifiedAccess>]
module Requirements =

    /// Groups beyond which lookups are told apart more coarsely.
    [<Literal>]
    let private MostGroups = 10

    let private log2Norm (norms: NoiseNorms) = Math.Log2(max 1.0 norms.Total) / 2.0

    /// One site with what groups are told by.
    type private Place =
        {
            Site: Site
            Operand: ValueId
            /// Lowest bit of a digit.
            First: int
            /// Bits of a digit; 0 for a lookup.
            Size: int
            /// Tables of a lookup.
            Tables: int
            Bootstraps: int64
        }

    let private placesOf schedule (graph: Graph) index (node: Node<Op>) =
        let elements = int64 (Shape.count (graph.TypeOf node.Results[0]).Shape)

        let place digit first size each =
            {
                Site = { Node = index; Digit = digit }
                Operand = node.Operands[0]
                First = first
                Size = size
                Tables = node.Results.Length
                Bootstraps = elements * int64 each
            }

        match node.Op with
        | Op.Lookup _
        | Op.LookupMany _ -> [| place 0 0 0 1 |]
        | Op.Round(drop, RoundingMethod.Exact, _) ->
            let digits = Schedule.digits schedule drop
            let firsts = Array.scan (+) 0 digits

            digits
            |> Array.mapi (fun digit size -> place digit firsts[digit] size (Schedule.bootstraps size))
        | Op.Round _
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> [||]

    /// Every site of a graph, in the order of the nodes.
    let private places schedule (graph: Graph) =
        graph.Nodes |> Array.mapi (placesOf schedule graph) |> Array.concat

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

    let private grouped (graph: Graph) (norms: NoiseNorms[]) (places: Place[]) (step, byFirst, byWidth) =
        places
        |> Array.groupBy (fun place ->
            let (ValueId operand) = place.Operand

            let bucket =
                if Double.IsInfinity step then
                    0.0
                else
                    floor (log2Norm norms[operand] / step)

            let isDigit = place.Size > 1
            let width = graph.Types[operand].Bits
            let bits = if place.Size > 0 && not byWidth then 0 else width
            struct (bits, place.Size, (if isDigit && byFirst then place.First else 0), bucket, place.Tables))
        |> Array.sortBy fst
        |> Array.map (fun (_, members) ->
            {
                Bits = members |> Seq.map (fun place -> (graph.TypeOf place.Operand).Bits) |> Seq.max
                Digit = members[0].Size
                Tables = members[0].Tables
                Bootstraps = members |> Array.sumBy _.Bootstraps
                Sites = members |> Array.map _.Site
            })

    let private groupNumbers (groups: LookupGroup[]) =
        let groupOf = Dictionary<Site, int>()

        groups
        |> Array.iteri (fun group one -> one.Sites |> Array.iter (fun site -> groupOf[site] <- group))

        groupOf

    /// A graph's groups: what decisions weigh noise by.
    type private Grouping =
        {
            Graph: Graph
            Analysis: NoiseAnalysis
            Schedule: Schedule
            Count: int
            GroupOf: Dictionary<Site, int>
        }

        /// The groups whose blind rotations make one noise of an origin, with how many of each.
        member this.Parts(origin: NoiseOrigin) =
            match origin.Source with
            | NoiseSource.Input -> []
            | NoiseSource.Table -> [ this.GroupOf[{ Node = origin.Node; Digit = 0 }], 1.0 ]
            | NoiseSource.Rounding -> this.Below origin.Node Int32.MaxValue

        /// The same for the digits of a rounding below a given one.
        member this.Below node digit =
            match this.Graph.Nodes[node].Op with
            | Op.Round(drop, _, _) ->
                Schedule.digits this.Schedule drop
                |> Seq.indexed
                |> Seq.filter (fun (index, _) -> index < digit)
                |> Seq.map (fun (index, size) -> this.GroupOf[{ Node = node; Digit = index }], float (Schedule.bootstraps size))
                |> Seq.groupBy fst
                |> Seq.map (fun (group, parts) -> group, Seq.sumBy snd parts)
                |> Seq.sort
                |> List.ofSeq
            | _ -> []

    let private grouping graph analysis schedule groups =
        {
            Graph = graph
            Analysis = analysis
            Schedule = schedule
            Count = Array.length groups
            GroupOf = groupNumbers groups
        }

    /// What the origins of one kind that reach a value are made of; one empty list stands for none.
    let private sources (grouping: Grouping) kind (norms: NoiseNorms) =
        let found =
            norms.Support
            |> Seq.map (fun origin -> grouping.Analysis.Origins[origin])
            |> Seq.filter (fun origin -> origin.Source = kind)
            |> Seq.map grouping.Parts
            |> Seq.distinct
            |> Seq.sort
            |> List.ofSeq

        if found.IsEmpty then [ [] ] else found

    /// One decision for every pair of origins that the operand's noise may come from: an element's noise is at most its
    /// squared norm times the largest variance among its sources. `own` are rotations of the deciding rounding itself.
    let private decide (grouping: Grouping) (norms: NoiseNorms) group node bits amplification own =
        [
            for table in sources grouping NoiseSource.Table norms do
                for rounding in sources grouping NoiseSource.Rounding norms do
                    let coefficients = Array.zeroCreate grouping.Count

                    let add weight parts =
                        for index, count in parts do
                            coefficients[index] <- coefficients[index] + amplification * weight * count

                    add norms.Table table
                    add norms.Rounding rounding
                    add 1.0 own

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

    let private outputDecisionsOf (grouping: Grouping) (port: Port) =
        let (ValueId value) = port.Value
        let bits = (grouping.Graph.TypeOf port.Value).Bits
        decide grouping grouping.Analysis.Norms[value] -1 -1 bits 1.0 []

    /// The decoding of one output.
    let outputDecisions (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) (port: Port) : Decision list =
        outputDecisionsOf (grouping graph analysis requirements.Schedule requirements.Groups) port

    /// What one site decides on. A digit is read from the residue of its highest bit, or from the operand where there is none,
    /// raised until that bit is half a turn; the table of its lower bits sees the noise of the sign before it too.
    let private decisionsOf (grouping: Grouping) (place: Place) =
        let node = grouping.Graph.Nodes[place.Site.Node]
        let group = grouping.GroupOf[place.Site]
        let bits = (grouping.Graph.TypeOf place.Operand).Bits

        let norms operand =
            let (ValueId value) = node.Operands[operand]
            grouping.Analysis.Norms[value]

        if place.Size = 0 then
            decide grouping (norms 0) group place.Site.Node bits 1.0 []
        else
            let highest = place.First + place.Size - 1

            let read =
                if highest + 1 < node.Operands.Length then
                    highest + 1
                else
                    0

            let raised = Math.Pow(4.0, float (bits - highest))
            let below = grouping.Below place.Site.Node place.Site.Digit
            let own = if place.Size > 1 then (group, 1.0) :: below else below
            decide grouping (norms read) group place.Site.Node (place.Size - 1) raised own

    let private decisionsIn (grouping: Grouping) =
        [
            for place in places grouping.Schedule grouping.Graph do
                yield! decisionsOf grouping place

            for port in grouping.Graph.Outputs do
                yield! outputDecisionsOf grouping port
        ]

    /// Every decision of a graph under a grouping, not pruned.
    let decisions (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) : Decision list =
        decisionsIn (grouping graph analysis requirements.Schedule requirements.Groups)

    let private levelled (graph: Graph) =
        graph.Nodes
        |> Array.sumBy (fun node ->
            match node.Op with
            | Op.Linear linear ->
                let shapes = node.Operands |> Array.map (fun value -> (graph.TypeOf value).Shape)
                float (Terms.count linear shapes (graph.TypeOf node.Results[0]).Shape)
            | Op.Lookup _
            | Op.LookupMany _
            | Op.Round _
            | Op.Reencode
            | Op.Constant _ -> 0.0)

    /// Collects groups and decisions of an analysed circuit whose roundings are split in one way.
    let collect (graph: Graph) (analysis: NoiseAnalysis) (schedule: Schedule) : Requirements =
        let places = places schedule graph

        let groups =
            ladder
            |> Seq.map (grouped graph analysis.Norms places)
            |> Seq.tryFind (fun groups -> groups.Length <= MostGroups)
            |> Option.defaultWith (fun () -> grouped graph analysis.Norms places (List.last ladder))

        {
            Groups = groups
            Decisions = decisionsIn (grouping graph analysis schedule groups) |> pruned
            Schedule = schedule
            Levelled = levelled graph
            Bootstraps = groups |> Array.sumBy _.Bootstraps
        }

    /// The requirements under every schedule worth trying, bit by bit first.
    let candidates (graph: Graph) (analysis: NoiseAnalysis) : Requirements list =
        graph.Nodes
        |> Array.choose (fun node ->
            match node.Op with
            | Op.Round(drop, RoundingMethod.Exact, _) -> Some drop
            | _ -> None)
        |> Array.distinct
        |> Schedule.candidates
        |> List.map (collect graph analysis)
