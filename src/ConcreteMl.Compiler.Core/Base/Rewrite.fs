namespace ConcreteMl.Compiler.Core.Base

/// The few traversals that passes use; passes hold only local rules.
[<RequireQualifiedAccess>]
module Rewrite =

    /// Rebuilds a graph node by node in order. `visit` receives the builder, the new ids of the old values, and a node;
    /// it adds what stands for the node and returns the new ids of its results. Values keep order and inputs keep types through `inputType`;
    /// the attributes of the graph stay.
    let translate
        (name: string)
        (inputType: Port -> 'TypeIn -> 'TypeOut * Coding option)
        (visit: GraphBuilder<'OpOut, 'TypeOut> -> (ValueId -> ValueId) -> Node<'OpIn> -> ValueId[])
        (graph: Graph<'OpIn, 'TypeIn>)
        : Graph<'OpOut, 'TypeOut> =
        let builder = GraphBuilder<'OpOut, 'TypeOut>(name)
        let renamed = Array.create graph.Types.Length (ValueId -1)
        let rename (ValueId index) = renamed[index]

        for port in graph.Inputs do
            let (ValueId index) = port.Value
            let valueType, coding = inputType port graph.Types[index]

            renamed[index] <-
                match coding with
                | Some coding -> builder.Input(port.Name, valueType, coding)
                | None -> builder.Input(port.Name, valueType)

        for node in graph.Nodes do
            let results = visit builder rename node
            Array.iter2 (fun (ValueId old) id -> renamed[old] <- id) node.Results results

        graph.Outputs
        |> Array.map (fun port -> { port with Value = rename port.Value })
        |> fun outputs -> builder.Build(outputs, graph.Attributes)

    /// Copies a node unchanged: the default case of `rewrite`.
    let keep (graph: Graph<'Op, 'Type>) (builder: GraphBuilder<'Op, 'Type>) rename (node: Node<'Op>) =
        builder.Node(node.Op, Array.map rename node.Operands, Array.map graph.TypeOf node.Results, node.Origin)

    /// Rebuilds a graph within its stage; `rule` returns None for nodes that stay as they are.
    /// Returns the same object when the rule applied nowhere.
    let rewrite
        (rule: GraphBuilder<'Op, 'Type> -> (ValueId -> ValueId) -> Node<'Op> -> ValueId[] option)
        (graph: Graph<'Op, 'Type>)
        : Graph<'Op, 'Type> =
        let mutable changed = false

        let visit builder rename node =
            match rule builder rename node with
            | Some results ->
                changed <- true
                results
            | None -> keep graph builder rename node

        let result =
            translate graph.Name (fun port valueType -> valueType, port.Coding) visit graph

        if changed then result else graph

    /// Applies rounds of rewriting until one gives the same object.
    let rec untilSame (round: Graph<'Op, 'Type> -> Graph<'Op, 'Type>) (graph: Graph<'Op, 'Type>) : Graph<'Op, 'Type> =
        let next = round graph

        if obj.ReferenceEquals(next, graph) then
            graph
        else
            untilSame round next

    /// Drops nodes none of whose results reach an output; returns the same object when all do. Inputs stay.
    let removeDead (graph: Graph<'Op, 'Type>) : Graph<'Op, 'Type> =
        let live = Array.create graph.Types.Length false
        let mark (ValueId index) = live[index] <- true

        let isLive (node: Node<'Op>) =
            node.Results |> Array.exists (fun (ValueId index) -> live[index])

        graph.Outputs |> Array.iter (fun port -> mark port.Value)

        for node in Array.rev graph.Nodes do
            if isLive node then
                Array.iter mark node.Operands

        if Array.forall isLive graph.Nodes then
            graph
        else
            let visit builder rename node =
                if isLive node then
                    keep graph builder rename node
                else
                    Array.map (fun _ -> ValueId -1) node.Results

            translate graph.Name (fun port valueType -> valueType, port.Coding) visit graph
