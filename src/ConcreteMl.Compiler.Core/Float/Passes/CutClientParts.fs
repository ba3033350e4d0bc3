namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Client

/// Cuts the graph where encryption has to begin and may end: what stands before and behind becomes the client's, as attributes of the
/// graph that is left. `ClientRule` says what the client may do.
[<RequireQualifiedAccess>]
module CutClientParts =

    let private index (ValueId value) = value

    /// What is known of the values of a graph.
    type private Known =
        {
            Graph: Graph
            /// The tensors of values that depend on no input.
            Constants: Tensor option[]
            Shapes: int[][]
            /// The inputs of the graph that each value depends on.
            Roots: Set<int>[]
            /// The numbers of the nodes that read each value.
            Readers: int list[]
        }

    let private analyse (graph: Graph) : Known option =
        let count = graph.Types.Length
        let constants: Tensor option[] = Array.create count None
        let roots = Array.create count Set.empty
        let readers = Array.create count []

        for port in graph.Inputs do
            roots[index port.Value] <- Set.singleton (index port.Value)

        graph.Nodes
        |> Array.iteri (fun at node ->
            let operands = node.Operands |> Array.map index

            for operand in Array.distinct operands do
                readers[operand] <- at :: readers[operand]

            let own = operands |> Array.map (fun operand -> roots[operand]) |> Set.unionMany

            match node.Op with
            | Op.Constant value -> constants[index node.Results[0]] <- Some value
            | _ -> ()

            for result in node.Results do
                roots[index result] <- own)

        let shapes = graph.Types |> Array.map ValueType.tryShape

        if Array.forall Option.isSome shapes then
            Some
                {
                    Graph = graph
                    Constants = constants
                    Shapes = Array.map Option.get shapes
                    Roots = roots
                    Readers = readers
                }
        else
            None

    let private operandOf (known: Known) value : ClientRule.Operand =
        {
            Constant = known.Constants[value]
            Shape = known.Shapes[value]
        }

    /// The operands that depend on an input.
    let private values (known: Known) (node: Node<Op>) =
        node.Operands
        |> Array.map index
        |> Array.filter (fun value -> known.Constants[value].IsNone)
        |> Array.distinct

    let private isConstant (known: Known) (node: Node<Op>) =
        known.Constants[index node.Results[0]].IsSome

    let private allowed (known: Known) (node: Node<Op>) =
        node.Results.Length = 1
        && (values known node).Length > 0
        && ClientRule.allows node.Op [ for operand in node.Operands -> operandOf known (index operand) ]

    let private isMovement (node: Node<Op>) =
        ClientRule.role node.Op = ClientRule.Role.Movement

    let private size (known: Known) value = Shape.count known.Shapes[value]

    /// All nodes behind which the client may do everything.
    let private suffix (known: Known) withSums : HashSet<int> =
        let found = HashSet<int>()

        for at in known.Graph.Nodes.Length - 1 .. -1 .. 0 do
            let node = known.Graph.Nodes[at]

            let mine =
                not (isConstant known node)
                && allowed known node
                && (withSums || ClientRule.role node.Op <> ClientRule.Role.Sum)
                && known.Readers[index node.Results[0]] |> List.forall found.Contains

            if mine then
                found.Add at |> ignore

        found

    /// The values that the nodes of a suffix read and do not make, and the outputs that stand beside them.
    let private leaving (known: Known) (after: HashSet<int>) =
        let made =
            HashSet(after |> Seq.map (fun at -> index known.Graph.Nodes[at].Results[0]))

        Seq.append
            (after |> Seq.collect (fun at -> values known known.Graph.Nodes[at]))
            (known.Graph.Outputs |> Seq.map (fun port -> index port.Value))
        |> Seq.filter (fun value -> not (made.Contains value) && known.Constants[value].IsNone)
        |> Seq.distinct
        |> Seq.sort
        |> Array.ofSeq

    /// Movements next to the circuit go back into it, where no more values have to be sent for it.
    let private giveBackSuffix (known: Known) (after: HashSet<int>) =
        let result at = index known.Graph.Nodes[at].Results[0]
        let made = HashSet(after |> Seq.map result)

        for at in Array.sort (Array.ofSeq after) do
            let node = known.Graph.Nodes[at]
            let operands = values known node

            let isFree value =
                not (made.Contains value)
                && (known.Readers[value] |> List.filter after.Contains) = [ at ]

            if
                isMovement node
                && Array.forall isFree operands
                && size known (result at) <= Array.sumBy (size known) operands
            then
                after.Remove at |> ignore
                made.Remove(result at) |> ignore

    let private after (known: Known) : HashSet<int> =
        let whole, apart = suffix known true, suffix known false

        let sent nodes =
            leaving known nodes |> Array.sumBy (size known)

        let chosen =
            if sent whole <= max (sent apart) ClientRule.mostSummed then
                whole
            else
                apart

        giveBackSuffix known chosen
        chosen

    /// All nodes that the client may do before it encrypts: functions of one input, or of several that a movement has joined.
    let private before (known: Known) (after: HashSet<int>) : HashSet<int> =
        let found = HashSet<int>()
        let mine = HashSet(known.Graph.Inputs |> Seq.map (fun port -> index port.Value))

        for at in 0 .. known.Graph.Nodes.Length - 1 do
            let node = known.Graph.Nodes[at]
            let operands = values known node

            let roots =
                operands |> Array.map (fun value -> known.Roots[value]) |> Array.distinct

            if
                not (isConstant known node)
                && not (after.Contains at)
                && (isMovement node || roots.Length = 1)
                && Array.forall mine.Contains operands
                && allowed known node
            then
                found.Add at |> ignore
                mine.Add(index node.Results[0]) |> ignore

        // From the circuit upwards, movements go back into it where no more values have to be sent for it.
        for at in Array.sortDescending (Array.ofSeq found) do
            let node = known.Graph.Nodes[at]
            let result = index node.Results[0]
            let outside = known.Readers[result] |> List.forall (found.Contains >> not)

            if
                outside
                && ClientRule.role node.Op <> ClientRule.Role.Work
                && Array.sumBy (size known) (values known node) <= max (size known result) 1
            then
                found.Remove at |> ignore

        found

    let private works (known: Known) (nodes: HashSet<int>) =
        nodes |> Seq.exists (fun at -> not (isMovement known.Graph.Nodes[at]))

    /// A graph of some of the nodes, with the constants that they read. `inputs` and `outputs` are names and values.
    let private extract (known: Known) (inputs: (string * int)[]) (nodes: int -> bool) (outputs: (string * int)[]) : Graph =
        let builder = GraphBuilder<Op, ValueType>(known.Graph.Name)
        let renamed = Dictionary<int, ValueId>()

        for name, value in inputs do
            renamed[value] <- builder.Input(name, known.Graph.Types[value])

        let copy (node: Node<Op>) =
            let results =
                builder.Node(
                    node.Op,
                    node.Operands |> Array.map (fun operand -> renamed[index operand]),
                    node.Results |> Array.map known.Graph.TypeOf,
                    node.Origin
                )

            Array.iter2 (fun old fresh -> renamed[index old] <- fresh) node.Results results

        known.Graph.Nodes
        |> Array.iteri (fun at node ->
            if isConstant known node || nodes at then
                copy node)

        builder.Build(
            [
                for name, value in outputs ->
                    {
                        Name = name
                        Value = renamed[value]
                        Coding = None
                    }
            ]
        )
        |> Rewrite.removeDead

    let private named (names: (string * int)[]) =
        let taken = HashSet<string>()

        [|
            for name, value in names do
                let mutable free = name
                let mutable number = 1

                while not (taken.Add free) do
                    number <- number + 1
                    free <- $"{name}.{number}"

                free, value
        |]

    let private portsOf (ports: Port[]) =
        ports |> Array.map (fun port -> port.Name, index port.Value)

    /// The values that the circuit reads and the client makes, inputs first.
    let private entering (known: Known) (before: HashSet<int>) (circuit: int -> bool) (outputs: (string * int)[]) =
        let made =
            HashSet(
                Seq.append
                    (known.Graph.Inputs |> Seq.map (fun port -> index port.Value))
                    (before |> Seq.map (fun at -> index known.Graph.Nodes[at].Results[0]))
            )

        let read =
            Seq.append
                (known.Graph.Nodes
                 |> Seq.indexed
                 |> Seq.filter (fst >> circuit)
                 |> Seq.collect (fun (_, node) -> values known node))
                (outputs |> Seq.map snd)

        let inputName root =
            known.Graph.Inputs |> Array.find (fun port -> index port.Value = root) |> _.Name

        [|
            for value in read |> Seq.filter made.Contains |> Seq.distinct |> Seq.sort ->
                known.Roots[value] |> Seq.map inputName |> String.concat "+", value
        |]
        |> named

    let private exits (known: Known) (after: HashSet<int>) =
        let producers = Graph.producers known.Graph

        [|
            for value in leaving known after ->
                match known.Graph.Outputs |> Array.tryFind (fun port -> index port.Value = value), producers[value] with
                | Some port, _ -> port.Name, value
                | None, Some node -> List.tryLast node.Origin |> Option.defaultValue $"%%{value}", value
                | None, None -> (known.Graph.Inputs |> Array.find (fun port -> index port.Value = value)).Name, value
        |]
        |> named

    let private cut (known: Known) (before: HashSet<int>) (after: HashSet<int>) : Graph =
        let graph = known.Graph

        let circuit at =
            not (before.Contains at) && not (after.Contains at)

        let own, given = portsOf graph.Inputs, portsOf graph.Outputs
        let outputs = if after.Count = 0 then given else exits known after

        let inputs =
            if before.Count = 0 then
                own
            else
                entering known before circuit outputs

        let parts: ClientParts =
            {
                Before =
                    if before.Count = 0 then
                        None
                    else
                        Some(extract known own before.Contains inputs)
                After =
                    if after.Count = 0 then
                        None
                    else
                        Some(extract known outputs after.Contains given)
            }

        extract known inputs circuit outputs
        |> Graph.withAttributes graph.Attributes
        |> ClientParts.write parts

    /// Whether something else than movements is left for the circuit.
    let private leavesWork (known: Known) (before: HashSet<int>) (after: HashSet<int>) =
        known.Graph.Nodes
        |> Seq.indexed
        |> Seq.exists (fun (at, node) ->
            not (isConstant known node)
            && not (isMovement node)
            && not (before.Contains at)
            && not (after.Contains at))

    /// Whether a node only puts back what a mask hid: constants beside which all other values would be one code.
    let private restores (known: Known) (node: Node<Op>) =
        let absorbs value =
            known.Constants[index value]
            |> Option.exists (fun tensor -> Tensor.toFloat64s tensor |> Array.exists Masks.absorbs)

        node.Op = Op.Where
        && known.Constants[index node.Operands[0]].IsSome
        && Array.exists absorbs node.Operands[1..]
        && known.Readers[index node.Results[0]].IsEmpty
        && allowed known node

    /// The graph whose outputs hold no constant of a mask; the client puts those back. The same object where there are none.
    let ofMasks (graph: Graph) : Graph =
        match analyse graph with
        | None -> graph
        | Some known ->
            let last =
                [ 0 .. graph.Nodes.Length - 1 ]
                |> List.filter (fun at -> restores known graph.Nodes[at])
                |> HashSet

            if last.Count = 0 then graph else cut known (HashSet()) last

    /// The graph that has to be computed on encrypted values, with the client's parts in its attributes; the same object when the client
    /// has nothing to do, or when nothing would be left: then its owner wants just that encrypted. Where several inputs meet, that
    /// is what happens where they do and behind; functions of one input before stay the client's.
    let run (graph: Graph) : Graph =
        match analyse graph with
        | None -> graph
        | Some known ->
            let cutting last =
                let first = before known last

                if not (works known first) then
                    first.Clear()

                if leavesWork known first last && first.Count + last.Count > 0 then
                    Some(cut known first last)
                else
                    None

            let last = after known

            if not (works known last) then
                last.Clear()

            cutting last
            |> Option.orElseWith (fun () -> if last.Count > 0 then cutting (HashSet()) else None)
            |> Option.defaultValue graph
