namespace ConcreteMl.Compiler.Core.Planned.Passes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Accumulators that sums outgrow become codes first. What is subtracted a mean of many, as normalizations do, is multiplied by as many, and
/// lookups read the result whole: without codes, weights would be as coarse as the sum leaves room for.
[<RequireQualifiedAccess>]
module CodeSummands =

    /// What the pass is called.
    [<Literal>]
    let Name = "code-summands"

    /// Codes and weights of as many bits give accumulators of twice as many; with up to so many bits less, weights are off by little more than codes
    /// are. A convolution before a group normalization of 32 elements, not rounded, without and with codes: at 6 bits, where sums leave 10,
    /// error .067 and .056 of the deviation; at 8 bits .133 and .017, in the same time.
    let private spared = 2

    let private isRounded (graph: PlanGraph) index =
        match graph.Types[index].Reading with
        | Some(Reading.Rounded _) -> true
        | Some Reading.Unrounded
        | None -> false

    /// Whether a lookup reads the value itself, perhaps moved or scaled.
    let private isLookedUp (plan: Plan) (consumers: int list[]) : int -> bool =
        let rec isLookedUp index =
            consumers[index]
            |> List.exists (fun reader ->
                match plan.Nodes[reader].Op with
                | Some(PlanOp.Lookup _) -> true
                | Some(PlanOp.Move _ | PlanOp.Affine _) -> isLookedUp reader
                | _ -> false)

        isLookedUp

    let private span (graph: PlanGraph) index =
        graph.Types[index].Seen
        |> Option.map (fun (low, high) -> high - low)
        |> Option.filter Double.IsFinite
        |> Option.defaultValue 0.0

    /// The accumulators that sums leave fewer bits than their weights ask for.
    let private outgrown (options: QuantOptions) (graph: PlanGraph) (plan: Plan) (consumers: int list[]) : bool[] =
        let room = AccumulatorRoom.ofSpans plan consumers (isRounded graph) (span graph)

        let whole, isLookedUp = WholeNumbers.ofPlan plan, isLookedUp plan consumers

        let isOutgrown index =
            PlainSums.isWide plan.Nodes[index].Op
            && not whole[index]
            && not (isLookedUp index)
            && room index
               |> Option.exists (fun room ->
                   float QuantOptions.widestLookup - Math.Log2 room.Growth < float (2 * options.OpInputs - spared))

        Array.init plan.Nodes.Length isOutgrown

    /// The graph with codes of the accumulators that sums outgrow.
    let run (options: QuantOptions) (graph: PlanGraph) : PlanGraph =
        let plan = Plan.ofGraph graph
        let consumers, sums = Plan.consumers plan, Plan.sums plan
        let outgrown = outgrown options graph plan consumers

        let rule (builder: GraphBuilder<PlanOp, Type>) rename (node: Node<PlanOp>) =
            let (ValueId index) = node.Results[0]

            if not outgrown[index] then
                None
            else
                let own = graph.Types[index]

                let read =
                    { own with
                        Reading = Some Reading.Unrounded
                    }

                let meeting = FindMeetings.ofValue plan consumers sums index
                Some [| CodedValue.add builder rename node read own meeting |]

        if Array.contains true outgrown then
            Rewrite.rewrite rule graph
        else
            graph
