namespace ConcreteMl.Compiler.Core.Planned.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned

/// Padding reads code 0: what is padded is centred first, so that code 0 stands for real 0, and the scales before are asked for an
/// exact code for it.
[<RequireQualifiedAccess>]
module CentrePadding =

    /// Whether a node's operands need an exact code for real 0 where its result does.
    let private passesOn (node: PlanNode) =
        match node.Op with
        | Some(PlanOp.Move _)
        | Some(PlanOp.Centre)
        | Some(PlanOp.Affine _)
        | Some(PlanOp.Concat _)
        | Some(PlanOp.Combine _)
        | Some(PlanOp.SumPool _) -> true
        | _ -> false

    /// Whether an exact code for real 0 is wanted of each value.
    let private wanted (plan: Plan) : bool[] =
        let wanted = Array.create plan.Nodes.Length false

        for index in plan.Nodes.Length - 1 .. -1 .. 0 do
            let node = plan.Nodes[index]

            if (wanted[index] && passesOn node) || (node.Op |> Option.exists Plan.padding) then
                for operand in node.Operands do
                    wanted[operand] <- true

        wanted

    let private isCentred (plan: Plan) (ValueId index) =
        plan.Nodes[index].Op = Some PlanOp.Centre

    /// Values that are centred for all that read them, by the values that they were.
    let private current (shared: Dictionary<ValueId, ValueId>) (rename: ValueId -> ValueId) value =
        match shared.TryGetValue value with
        | true, centred -> centred
        | false, _ -> rename value

    /// The graph whose outputs read what was made last of their value.
    let private withOutputs (shared: Dictionary<ValueId, ValueId>) (before: PlanGraph) (graph: PlanGraph) : PlanGraph =
        let renamed = Dictionary<ValueId, ValueId>()

        for old, now in Array.zip before.Outputs graph.Outputs do
            renamed[now.Value] <- current shared (fun _ -> now.Value) old.Value

        { graph with
            Outputs =
                graph.Outputs
                |> Array.map (fun port ->
                    { port with
                        Value = renamed[port.Value]
                    })
        }

    /// The graph with a centring before every padding that has none. Behind an explicit padding all readers take the centred value, so
    /// that they see the codes that it sees; a convolution's is its own.
    let private centred (plan: Plan) (graph: PlanGraph) : PlanGraph =
        let shared = Dictionary<ValueId, ValueId>()

        let rule (builder: GraphBuilder<PlanOp, Type>) rename (node: Node<PlanOp>) =
            let emit operands =
                Some(builder.Node(node.Op, operands, node.Results |> Array.map graph.TypeOf, node.Origin))

            match node.Op with
            | op when Plan.padding op && not (isCentred plan node.Operands[0]) ->
                let operand =
                    builder.Value(PlanOp.Centre, [ current shared rename node.Operands[0] ], graph.TypeOf node.Operands[0], node.Origin)

                match op with
                | PlanOp.Move _ -> shared[node.Operands[0]] <- operand
                | _ -> ()

                emit [| operand |]
            | _ when node.Operands |> Array.exists shared.ContainsKey -> emit (Array.map (current shared rename) node.Operands)
            | _ -> None

        let result = Rewrite.rewrite rule graph

        if shared.Count = 0 then
            result
        else
            withOutputs shared graph result

    /// The pass under its name in pipelines.
    let pass: Pass<PlanGraph, PlanGraph> =
        {
            Name = "centre-padding"
            Summary = "puts code 0 on real 0 where codes are padded"
            Options = []
            Run =
                fun _ graph ->
                    let result = centred (Plan.ofGraph graph) graph
                    let zeros = wanted (Plan.ofGraph result)

                    if Array.forall2 (fun (planned: Type) zero -> planned.Zero = zero) result.Types zeros then
                        Ok result
                    else
                        Ok
                            { result with
                                Types = Array.map2 (fun planned zero -> { planned with Zero = zero }: Type) result.Types zeros
                            }
        }
