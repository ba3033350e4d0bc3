namespace ConcreteMl.Compiler.Core.Planned.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Maxima of many accumulators are taken of codes: what a tree of maxima selects from becomes narrow codes of one scale first. The
/// differences of such codes are whole steps, so that every choice and its result are exact, and all lookups of the tree are as narrow
/// as codes are; on accumulators each level would quantize its excess anew, and look it up at the accumulators' width.
[<RequireQualifiedAccess>]
module CodeMaxima =

    /// The values that have the width of an accumulator, where `narrow` ones have been coded.
    let private wide (plan: Plan) (narrow: HashSet<int>) : bool[] =
        let found = Array.zeroCreate plan.Nodes.Length

        // Operands come before what reads them.
        plan.Nodes
        |> Array.iteri (fun index node ->
            found[index] <-
                match node.Op with
                | _ when narrow.Contains index -> false
                | _ when PlainSums.isWide node.Op -> true
                | None
                | Some(PlanOp.Lookup _)
                | Some(PlanOp.Constant _) -> false
                | _ -> node.Operands |> Array.exists (fun operand -> found[operand]))

        found

    /// What trees of at least two levels select from. A single maximum looks up one excess where codes would take three lookups, and
    /// adds no more error than codes have.
    let private selected (plan: Plan) (extremes: Extreme[]) : HashSet<int> =
        let levels = Array.zeroCreate plan.Nodes.Length

        for one in extremes do
            levels[one.Sum] <-
                1
                + (one.Operands
                   |> Array.map (fun operand -> levels[Extreme.root plan operand])
                   |> Array.max)

        let inner =
            extremes |> Array.collect _.Operands |> Array.map (Extreme.root plan) |> HashSet

        // From the results of trees down to their leaves.
        let found = HashSet<int>()

        for one in Array.rev extremes do
            if found.Remove one.Sum || (levels[one.Sum] > 1 && not (inner.Contains one.Sum)) then
                for operand in one.Operands do
                    found.Add(Extreme.root plan operand) |> ignore

        found

    /// The values to code: accumulators that trees of maxima select from, and that nothing else reads.
    let private leaves (plan: Plan) : int[] =
        let extremes = Extreme.ofPlan plan
        let readers = Plan.consumers plan
        let isWide = wide plan (HashSet())

        let isOnlySelected = Extreme.isSelectedAlone plan readers extremes

        selected plan extremes
        |> Seq.filter (fun leaf -> isWide[leaf] && isOnlySelected leaf)
        |> Seq.sort
        |> Array.ofSeq

    let private isIdentity (node: Node<PlanOp>) =
        match node.Op with
        | PlanOp.Lookup(region, false) -> Region.isIdentity region
        | _ -> false

    let private run (graph: PlanGraph) : PlanGraph =
        let plan = Plan.ofGraph graph
        let coded = HashSet(leaves plan)
        let isWide = wide plan coded

        let rule (builder: GraphBuilder<PlanOp, Type>) rename (node: Node<PlanOp>) =
            let (ValueId index) = node.Results[0]

            if coded.Contains index then
                let value = Rewrite.keep graph builder rename node

                let lookup =
                    PlanOp.Lookup(Region.identity plan.Nodes[index].Real plan.Nodes[index].Shape, false)

                Some [| builder.Value(lookup, value, graph.TypeOf node.Results[0], node.Origin) |]
            elif isIdentity node && not isWide[plan.Nodes[index].Operands[0]] then
                // What was an accumulator is codes now, which need no further ones.
                Some [| rename node.Operands[0] |]
            else
                None

        if coded.Count = 0 then
            graph
        else
            Rewrite.rewrite rule graph

    /// The pass under its name in pipelines.
    let pass: Pass<PlanGraph, PlanGraph> =
        {
            Name = "code-maxima"
            Summary = "takes maxima of many accumulators of narrow codes, on which they are exact"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
