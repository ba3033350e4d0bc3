namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Does equal elements of a lookup or rounding once. Trees of an ensemble compare the same feature with the same threshold often,
/// and come to the same intermediate results.
[<RequireQualifiedAccess>]
module ShareElements =

    /// How much the squared norm before a lookup, or at an output, may grow: equal results that meet in a sum add their noise
    /// itself, not its variance.
    [<Literal>]
    let private MostGrowth = 2.0

    /// Graphs that are tried, each with one shared node less.
    [<Literal>]
    let private MostTries = 8

    /// The first element of each identity, and which of them each element equals; None when all differ.
    let private distinct (identities: Identity[]) =
        let numbers = Dictionary<Identity, int>()
        let firsts = List<int>()

        let numberOf =
            identities
            |> Array.mapi (fun element identity ->
                match numbers.TryGetValue identity with
                | true, number -> number
                | false, _ ->
                    numbers.Add(identity, firsts.Count)
                    firsts.Add element
                    firsts.Count - 1)

        if firsts.Count = identities.Length then
            None
        else
            Some(firsts.ToArray(), numberOf)

    let private indices (elements: int[]) =
        Tensor.ofInt64 [| elements.Length |] (Array.map int64 elements)

    /// Elements of a value in another order or number, as a vector.
    let private pick (builder: GraphBuilder<Op, ValueType>) origin (elements: int[]) value =
        let whole = builder.TypeOf value
        let count = Shape.count whole.Shape
        let vector = { whole with Shape = [| count |] }

        let flat =
            if whole.Shape = vector.Shape then
                value
            else
                builder.Value(Op.Linear(Linear.Move(Move.Reshape vector.Shape)), [ value ], vector, origin)

        let picked =
            { whole with
                Shape = [| elements.Length |]
            }

        builder.Value(Op.Linear(Linear.Move(Move.Gather(0, indices elements))), [ flat ], picked, origin)

    /// A lookup's table where it looks up these elements only.
    let private restricted (table: Table) (shape: int[]) (elements: int[]) : Table =
        if table.Index.Count = 1 then
            { table with
                Index = Tensor.ofIntegers [||] (Tensor.toInt64s table.Index)
            }
        else
            let index = Tensor.toInt64s table.Index
            let offsets = Layout.offsets shape (Shape.broadcastStrides table.Index.Shape shape)

            { table with
                Index = Tensor.ofIntegers [| elements.Length |] (elements |> Array.map (fun element -> index[offsets[element]]))
            }

    /// A vector of all elements in the shape of the value.
    let private shaped (builder: GraphBuilder<Op, ValueType>) origin (whole: ValueType) vector =
        if whole.Shape.Length = 1 then
            vector
        else
            builder.Value(Op.Linear(Linear.Move(Move.Reshape whole.Shape)), [ vector ], whole, origin)

    let private restrictedOp op (shape: int[]) elements =
        match op with
        | Op.Lookup(table, plan) -> Op.Lookup(restricted table shape elements, plan)
        | other -> other

    let private share (graph: Graph) (identities: Identity[][]) (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
        let (ValueId value) = node.Results[0]
        let whole = graph.Types[value]

        distinct identities[value]
        |> Option.map (fun (firsts, numberOf) ->
            let operands =
                node.Operands |> Array.map (rename >> pick builder node.Origin firsts)

            let own =
                { whole with
                    Shape = [| firsts.Length |]
                }

            let few =
                builder.Value(restrictedOp node.Op whole.Shape firsts, operands, own, node.Origin)

            [| pick builder node.Origin numberOf few |> shaped builder node.Origin whole |])

    /// Squared norms where noise decides: before lookups and roundings, and at outputs; in an order that sharing keeps.
    let private decisive (graph: Graph) =
        let norms = (Noise.analyse graph).Norms

        [
            for node in graph.Nodes do
                match node.Op with
                | Op.Lookup _
                | Op.LookupMany _
                | Op.Round _ ->
                    for ValueId operand in node.Operands do
                        norms[operand].Total
                | Op.Linear _
                | Op.Reencode
                | Op.Constant _ -> ()
            for port in graph.Outputs do
                let (ValueId value) = port.Value
                norms[value].Total
        ]

    let private bootstraps (node: Node<Op>) =
        match node.Op with
        | Op.Lookup _
        | Op.Round(_, RoundingMethod.Exact, _) -> true
        | Op.Round _
        | Op.LookupMany _
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> false

    /// The graph with elements shared in these nodes, told by their results.
    let private sharing (graph: Graph) identities (chosen: Set<ValueId>) =
        let rule builder rename (node: Node<Op>) =
            if chosen.Contains node.Results[0] then
                share graph identities builder rename node
            else
                None

        Rewrite.rewrite rule graph

    /// The graph in which equal elements are looked up once; the graph itself where there are none.
    let run (graph: Graph) : Graph =
        let identities = Identities.ofGraph graph

        let repeating =
            graph.Nodes
            |> Array.filter (fun node ->
                let (ValueId value) = node.Results[0]
                bootstraps node && (distinct identities[value]).IsSome)
            |> Array.map (fun node -> node.Results[0])

        let isQuiet shared =
            List.forall2 (fun before after -> after <= MostGrowth * max 1.0 before) (decisive graph) (decisive shared)

        // Sharing in late layers tells most: their results meet in the sums at the end.
        Seq.init (min MostTries repeating.Length) (fun less ->
            sharing graph identities (repeating |> Array.take (repeating.Length - less) |> Set.ofArray))
        |> Seq.tryFind isQuiet
        |> Option.defaultValue graph

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        {
            Name = "share-elements"
            Summary = "does equal elements of a lookup or rounding once"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
