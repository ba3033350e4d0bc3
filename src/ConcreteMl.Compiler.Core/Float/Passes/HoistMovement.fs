namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Moves reshapes and transposes above element-wise subgraphs with one source, so that element-wise operations on both
/// sides of a movement meet and become one lookup; and above Quant nodes of constants, where they fold away.
[<RequireQualifiedAccess>]
module HoistMovement =

    let private indexOf (ValueId index) = index

    /// The graph with what the rule asks of it.
    type private Site =
        {
            Graph: Graph
            Producers: Node<Op> option[]
            Consumers: Node<Op> list[]
            /// By value: the value that it is an element-wise function of; itself when it is of none.
            Roots: ValueId[]
        }

        member this.Constant(ValueId index) =
            match this.Producers[index] with
            | Some { Op = Op.Constant value } -> Some value
            | _ -> None

        /// A constant, or what a file's quantizer makes of one.
        member this.Known(value: ValueId) =
            let (ValueId index) = value

            match this.Producers[index] with
            | Some({ Op = Op.Quant _ } as node) when node.Operands |> Array.forall (this.Constant >> Option.isSome) ->
                Eval.op node.Op (node.Operands |> Array.map (this.Constant >> Option.get) |> List.ofArray)
                |> List.tryHead
            | _ -> this.Constant value

        member this.Shape(value: ValueId) =
            ValueType.tryShape (this.Graph.TypeOf value)

    /// Operands that carry data, as opposed to parameters that stay as they are (Quant's bit width).
    let private sources (site: Site) (node: Node<Op>) : ValueId list =
        match node.Op with
        | Op.Quant _ -> [ node.Operands[0] ]
        | _ ->
            let unknown isKnown =
                node.Operands |> Array.filter (isKnown >> Option.isNone) |> List.ofArray

            // a quantized constant beside what varies, as a bias, is one more parameter
            match unknown site.Known with
            | [] -> unknown site.Constant
            | varying -> varying

    /// The root of a node's result: the common root of its operands when the node only computes element by element on it.
    let private rootOf (site: Site) (node: Node<Op>) : ValueId =
        let own = node.Results[0]

        let parametersConstant =
            match node.Op with
            | Op.Quant _
            | Op.BatchNormalization _ ->
                node.Operands[1..]
                |> Array.forall (fun operand -> (site.Constant operand).IsSome)
            | _ -> true

        match
            sources site node
            |> List.map (fun value -> site.Roots[indexOf value])
            |> List.distinct
        with
        | [ root ] when
            OpFamilies.isElementwise node.Op
            && parametersConstant
            && (site.Shape own).IsSome
            && sources site node
               |> List.forall (fun value -> site.Shape value = site.Shape own)
            ->
            root
        | _ -> own

    let private siteOf (graph: Graph) : Site =
        let site =
            {
                Graph = graph
                Producers = Graph.producers graph
                Consumers = Graph.consumers graph
                Roots = Array.init graph.Types.Length ValueId
            }

        for node in graph.Nodes do
            site.Roots[indexOf node.Results[0]] <- rootOf site node

        site

    /// True when an element-wise operation with this one source follows, perhaps behind further movements.
    let rec private leadsToElementwise (site: Site) (value: ValueId) =
        site.Consumers[indexOf value]
        |> List.exists (fun node ->
            OpFamilies.isRearrangement node.Op && leadsToElementwise site node.Results[0]
            || OpFamilies.isElementwise node.Op
               && site.Roots[indexOf node.Results[0]] <> node.Results[0])

    let private addConstant (builder: GraphBuilder<Op, ValueType>) origin (tensor: Tensor) =
        builder.Value(Op.Constant tensor, [], ValueType.ofTensor tensor, origin)

    /// A constant of an element-wise operation on shape `from`, for the same operation behind the movement.
    let private movedConstant (movement: Node<Op>) (parameters: Tensor list) (from: int[]) (tensor: Tensor) : Tensor =
        if tensor.Count = 1 then
            tensor.Reshape [||]
        else
            match movement.Op with
            | Op.Transpose permutation ->
                let padded = Array.append (Array.create (from.Length - tensor.Rank) 1) tensor.Shape
                EvalShape.transpose permutation (tensor.Reshape padded)
            | op -> Eval.op op (EvalShape.expand tensor from :: parameters) |> List.head

    /// A normalization as a product and a sum whose constants broadcast to a tensor of rank `rank`.
    let private normalization (site: Site) (node: Node<Op>) (epsilon: float32) (rank: int) =
        let parameter index =
            node.Operands[index] |> site.Constant |> Option.get |> Tensor.toFloat64s

        let scale, bias, mean, variance = parameter 1, parameter 2, parameter 3, parameter 4

        let factor = Array.map2 (fun s v -> s / sqrt (v + float epsilon)) scale variance
        let offset = Array.init factor.Length (fun c -> bias[c] - mean[c] * factor[c])
        let shape = Array.append [| factor.Length |] (Array.create (max 0 (rank - 2)) 1)
        let element = (site.Graph.TypeOf node.Operands[0]).Element
        Elements.ofFloat64s element shape factor, Elements.ofFloat64s element shape offset

    /// Rebuilds the subgraph between root and movement behind the movement; returns the movement's new result.
    let private rebuild (site: Site) (builder: GraphBuilder<Op, ValueType>) rename (movement: Node<Op>) (root: ValueId) : ValueId =
        let from = (site.Shape root).Value
        let shape = (site.Shape movement.Results[0]).Value

        let parameters =
            movement.Operands[1..] |> Array.choose site.Constant |> List.ofArray

        let known = Dictionary<ValueId, ValueId>()

        let typed value =
            ValueType.ofShape (site.Graph.TypeOf value).Element shape

        known[root] <-
            builder.Value(
                movement.Op,
                rename root :: (movement.Operands[1..] |> Array.map rename |> List.ofArray),
                typed root,
                movement.Origin
            )

        let constant (node: Node<Op>) tensor =
            movedConstant movement parameters from tensor |> addConstant builder node.Origin

        let rec visit (value: ValueId) : ValueId =
            match known.TryGetValue value with
            | true, moved -> moved
            | _ ->
                let node = Option.get site.Producers[indexOf value]
                let moved = emit node (typed value)
                known[value] <- moved
                moved

        and emit (node: Node<Op>) valueType =
            let operand value =
                match site.Constant value with
                | Some tensor when value <> root -> constant node tensor
                | _ -> visit value

            let parameter value =
                match site.Known value with
                | Some tensor when not (List.contains value (sources site node)) -> constant node tensor
                | _ -> operand value

            match node.Op with
            | Op.BatchNormalization epsilon ->
                let factor, offset = normalization site node epsilon from.Length
                let x = visit node.Operands[0]

                let product =
                    builder.Value(Op.Binary Binary.Mul, [ x; constant node factor ], valueType, node.Origin)

                builder.Value(Op.Binary Binary.Add, [ product; constant node offset ], valueType, node.Origin)
            | Op.Quant _ ->
                let moved = node.Operands[..2] |> Array.map operand
                builder.Value(node.Op, Array.append moved [| rename node.Operands[3] |], valueType, node.Origin)
            | op -> builder.Value(op, Array.map parameter node.Operands, valueType, node.Origin)

        visit movement.Operands[0]

    let private applies (site: Site) (movement: Node<Op>) =
        let value = movement.Operands[0]
        let root = site.Roots[indexOf value]

        root <> value
        && site.Consumers[indexOf value].Length = 1
        && not (site.Graph.Outputs |> Array.exists (fun port -> port.Value = value))
        && (site.Shape movement.Results[0]).IsSome
        && movement.Operands[1..]
           |> Array.forall (fun operand -> (site.Constant operand).IsSome)
        && ((site.Constant root).IsSome || leadsToElementwise site movement.Results[0])

    let private once (graph: Graph) =
        let site = siteOf graph

        let rule builder rename (node: Node<Op>) =
            if OpFamilies.isRearrangement node.Op && applies site node then
                Some [| rebuild site builder rename node site.Roots[indexOf node.Operands[0]] |]
            else
                None

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    /// Every round carries movements past one subgraph; a graph has no more of them than nodes.
    let private run (graph: Graph) =
        let rec repeat rounds graph =
            let next = once graph

            if rounds = 0 || obj.ReferenceEquals(next, graph) then
                next
            else
                repeat (rounds - 1) next

        repeat graph.Nodes.Length graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "hoist-movement"
            Summary = "Move reshapes and transposes above element-wise subgraphs that continue behind them."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
