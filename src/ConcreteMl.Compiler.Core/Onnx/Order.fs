namespace ConcreteMl.Compiler.Core.Onnx

open System.Collections.Generic

/// The order of nodes. ONNX asks for producers before readers; tools that edit files do not always keep to it.
[<RequireQualifiedAccess>]
module Order =

    /// The names that graphs inside a node read or give.
    let rec internal innerNames (node: Node) : string seq =
        seq {
            for graph in Attributes.graphs node do
                yield! graph.Outputs |> Seq.map _.Name

                for inner in graph.Nodes do
                    yield! inner.Inputs
                    yield! innerNames inner
        }

    /// Kahn's algorithm with a heap of file positions: of all nodes that may come next, the first of the file does.
    let private sorted (nodes: Node[]) : Node[] =
        let maker = Dictionary<string, int>()

        nodes
        |> Array.iteri (fun at node ->
            for name in node.Outputs do
                if name <> "" then
                    maker.TryAdd(name, at) |> ignore)

        let readers = Array.init nodes.Length (fun _ -> List<int>())

        let waiting =
            nodes
            |> Array.mapi (fun at node ->
                let makers =
                    Seq.append node.Inputs (innerNames node)
                    |> Seq.choose (fun name ->
                        match maker.TryGetValue name with
                        | true, made -> Some made
                        | _ -> None)
                    |> HashSet

                for made in makers do
                    readers[made].Add at

                makers.Count)

        let ready = PriorityQueue<int, int>()

        waiting
        |> Array.iteri (fun at count ->
            if count = 0 then
                ready.Enqueue(at, at))

        let order = List<Node>()

        while ready.Count > 0 do
            let at = ready.Dequeue()
            order.Add nodes[at]

            for reader in readers[at] do
                waiting[reader] <- waiting[reader] - 1

                if waiting[reader] = 0 then
                    ready.Enqueue(reader, reader)

        if order.Count = nodes.Length then
            order.ToArray()
        else
            nodes

    /// Whether each node comes behind those whose results it reads.
    let private isSorted (nodes: Node[]) =
        let later = nodes |> Seq.collect _.Outputs |> HashSet
        later.Remove "" |> ignore

        nodes
        |> Array.forall (fun node ->
            let early = Seq.append node.Inputs (innerNames node) |> Seq.exists later.Contains
            node.Outputs |> Array.iter (later.Remove >> ignore)
            not early)

    let rec private ofNodes (nodes: Node[]) : Node[] =
        let inside (node: Node) =
            let attribute (name, value) =
                match value with
                | Attribute.Graph graph -> name, Attribute.Graph(ofGraph graph)
                | Attribute.Graphs graphs -> name, Attribute.Graphs(Array.map ofGraph graphs)
                | other -> name, other

            if Attributes.graphs node |> List.isEmpty then
                node
            else
                { node with
                    Attributes = List.map attribute node.Attributes
                }

        let nodes = Array.map inside nodes
        if isSorted nodes then nodes else sorted nodes

    and private ofGraph (graph: Graph) : Graph =
        { graph with
            Nodes = ofNodes graph.Nodes
        }

    /// The model with the nodes of each graph and function behind those whose results they read, otherwise in file order.
    /// Nodes that wait for each other in a circle stay as they are: `Check` reports them (CML1013).
    let model (model: Model) : Model =
        { model with
            Graph = ofGraph model.Graph
            Functions =
                model.Functions
                |> Array.map (fun func -> { func with Nodes = ofNodes func.Nodes })
        }
