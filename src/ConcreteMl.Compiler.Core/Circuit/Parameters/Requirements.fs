namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// A phase that must stay within its half box:
/// Input · v_fresh + Σ Coefficients[g] · v_br(g) + v_ks + v_ms of Group ≤ the budget of HalfBox.
type Decision =
    {
        /// The group whose bootstrap decides; −1 when the client decodes.
        Group: int
        /// The node that decides, −1 for an output.
        Node: int
        /// Bits of the box: the operand's width; of a rounding's digit, one less than its own.
        Bits: int
        /// How much further a phase may be off than that width lets it (`TorusStep.Widening`).
        Widening: float
        Input: float
        /// For each group, the weight of its blind rotations' variance.
        Coefficients: float[]
    }

    /// How far a phase may be off.
    member internal this.HalfBox = this.Widening * NoiseFormulas.halfBox this.Bits

    /// What blind rotations add to the operand's variance, given the output variance of each group.
    member internal this.OfLookups(variances: float[]) =
        Array.fold2 (fun sum c v -> sum + c * v) 0.0 this.Coefficients variances

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

/// Collects what a circuit requires.
[<RequireQualifiedAccess>]
module Requirements =

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
            | Op.Round(drop, RoundingMethod.Exact, plan) ->
                Digits.ofPlan drop plan
                |> Seq.indexed
                |> Seq.filter (fun (index, _) -> index < digit)
                |> Seq.map (fun (index, own) -> this.GroupOf[{ Node = node; Digit = index }], float (Schedule.bootstraps own.Bits))
                |> Seq.groupBy fst
                |> Seq.map (fun (group, parts) -> group, Seq.sumBy snd parts)
                |> Seq.sort
                |> List.ofSeq
            | Op.Round(_, RoundingMethod.Approximate, _)
            | Op.Lookup _
            | Op.LookupMany _
            | Op.Linear _
            | Op.Reencode
            | Op.Constant _ -> []

    let private grouping graph analysis groups =
        {
            Graph = graph
            Analysis = analysis
            Count = Array.length groups
            GroupOf = groupNumbers groups
        }

    /// What the origins of one kind that reach a value are made of; one empty list stands for none.
    let private sources (grouping: Grouping) kind (ValueId value) =
        let found =
            grouping.Analysis.Supports[value]
            |> Seq.map (fun origin -> grouping.Analysis.Origins[origin])
            |> Seq.filter (fun origin -> origin.Source = kind)
            |> Seq.map grouping.Parts
            |> Seq.distinct
            |> Seq.sort
            |> List.ofSeq

        if found.IsEmpty then [ [] ] else found

    /// How much of each group's output variance reaches a decision, from parts of groups with the weights of these parts.
    let private coefficients (grouping: Grouping) amplification (weighed: (float * (int * float) list) list) =
        let coefficients = Array.zeroCreate grouping.Count

        for weight, parts in weighed do
            for index, count in parts do
                coefficients[index] <- coefficients[index] + amplification * weight * count

        coefficients

    /// One decision for every pair of origins that the operand's noise may come from: an element's noise is at most its
    /// squared norm times the largest variance among its sources. `own` are rotations of the deciding rounding itself.
    let private decide (grouping: Grouping) operand group node (bits, widening) amplification own =
        let (ValueId index) = operand
        let norms = grouping.Analysis.Norms[index]

        [
            for table in sources grouping NoiseSource.Table operand do
                for rounding in sources grouping NoiseSource.Rounding operand do
                    {
                        Group = group
                        Node = node
                        Bits = bits
                        Widening = widening
                        Input = amplification * norms.Input
                        Coefficients = coefficients grouping amplification [ norms.Table, table; norms.Rounding, rounding; 1.0, own ]
                    }
        ]

    let private dominates (a: Decision) (b: Decision) =
        a.Input >= b.Input && Array.forall2 (>=) a.Coefficients b.Coefficients

    /// Drops decisions that another of the same group and box implies.
    let private pruned (decisions: Decision list) =
        decisions
        |> List.groupBy (fun decision -> decision.Group, decision.Bits, decision.Widening)
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
        let own = grouping.Graph.TypeOf port.Value
        decide grouping port.Value -1 -1 (own.Bits, own.Step.Widening) 1.0 []

    /// The decoding of one output.
    let outputDecisions (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) (port: Port) : Decision list =
        outputDecisionsOf (grouping graph analysis requirements.Groups) port

    /// What one site decides on. A digit is read from the residue of its highest bit, or from the operand where there is none,
    /// raised until that bit is half a turn; the table of its lower bits sees the noise of the sign before it too.
    let private decisionsOf (grouping: Grouping) (place: Place) =
        let node = grouping.Graph.Nodes[place.Site.Node]
        let group = grouping.GroupOf[place.Site]
        let bits = (grouping.Graph.TypeOf place.Operand).Bits

        if place.Size = 0 then
            decide grouping node.Operands[0] group place.Site.Node (bits, (grouping.Graph.TypeOf place.Operand).Step.Widening) 1.0 []
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
            decide grouping node.Operands[read] group place.Site.Node (place.Size - 1, 1.0) raised own

    let private decisionsIn (grouping: Grouping) =
        [
            for place in Sites.places grouping.Graph do
                yield! decisionsOf grouping place

            for port in grouping.Graph.Outputs do
                yield! outputDecisionsOf grouping port
        ]

    /// Every decision of a graph under a grouping, not pruned.
    let decisions (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) : Decision list =
        decisionsIn (grouping graph analysis requirements.Groups)

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

    /// Groups and decisions of a circuit whose noise is known and whose lookups have groups; what is missing otherwise, in words.
    let tryCollect (graph: Graph) : Result<NoiseAnalysis * Requirements, string> =
        match Noise.tryRead graph, Sites.tryGroups graph with
        | None, _ -> Error "a value has no `noise`"
        | _, None -> Error "a lookup or digit has no `group`, or groups are not numbered from 0 on"
        | Some analysis, Some groups ->
            Ok(
                analysis,
                {
                    Groups = groups
                    Decisions = decisionsIn (grouping graph analysis groups) |> pruned
                    Levelled = levelled graph
                    Bootstraps = groups |> Array.sumBy _.Bootstraps
                }
            )
