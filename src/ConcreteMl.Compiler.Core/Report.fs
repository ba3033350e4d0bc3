namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe.Programs

/// What the operations that come from the same ONNX nodes cost, for one sample.
type LayerCost =
    {
        Origin: Origin
        InputShape: int[]
        OutputShape: int[]
        /// The widest value.
        AccumulatorBits: int
        Lookups: int64
        /// Those of exact rounding included.
        Bootstraps: int64
        /// The width that lookups read.
        LookupBits: int option
        /// Distinct tables.
        Tables: int
        Strategy: string
        Class: int option
        /// Worst failure probability of one bootstrap.
        PError: float option
        /// log2 of the deviation that the bound allows over the deviation that is there.
        MarginBits: float option
        /// On one core.
        Seconds: float option
    }

/// What a circuit costs before any key is made.
type CircuitCost =
    {
        /// The widest value.
        MaxBits: int
        /// The widest operand of a lookup.
        MaxLookupBits: int
        Lookups: int64
        Bootstraps: int64
        PError: float option
        GlobalPError: float option
        /// On one core.
        Seconds: float option
        /// As it is stored or sent: seeds in place of masks.
        EvaluationKeyBytes: int64 option
        InputBytes: int64 option
        OutputBytes: int64 option
        /// Keys in memory, and the most ciphertexts alive at once.
        PeakBytes: int64 option
        /// A line for the big key and one for each class of lookups.
        Parameters: string list
        Layers: LayerCost list
    }

[<RequireQualifiedAccess>]
module Report =

    let private strategyOf (graph: Circuit.Graph) (nodes: (int * Node<Op>) list) =
        let words =
            [
                for _, node in nodes do
                    match node.Op with
                    | Op.Lookup _ -> "bootstrap"
                    | Op.Round(drop, Quant.RoundingMethod.Exact, _) -> $"exact rounding of {drop} bits"
                    | Op.Round(drop, Quant.RoundingMethod.Approximate, _) -> $"approximate rounding of {drop} bits"
                    | Op.Linear _
                    | Op.Reencode
                    | Op.Constant _ -> ()
            ]

        match List.distinct words with
        | [] when graph.Nodes.Length = 0 -> ""
        | [] -> "linear"
        | words -> String.concat ", " words

    let private elements (graph: Circuit.Graph) (node: Node<Op>) =
        int64 (Shape.count (graph.TypeOf node.Results[0]).Shape)

    let private classOf (node: Node<Op>) =
        match node.Op with
        | Op.Lookup(_, plan)
        | Op.Round(_, _, plan) -> plan |> Option.map _.Class
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> None

    let private bootstraps graph (node: Node<Op>) =
        match node.Op with
        | Op.Lookup _ -> elements graph node
        | Op.Round(drop, Quant.RoundingMethod.Exact, _) -> int64 drop * elements graph node
        | Op.Round(_, Quant.RoundingMethod.Approximate, _)
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> 0L

    let private layer (circuit: ParameterizedCircuit) (origin: Origin, nodes: (int * Node<Op>) list) : LayerCost =
        let graph = circuit.Graph
        let first, last = snd nodes.Head, snd (List.last nodes)

        let tables =
            [
                for _, node in nodes do
                    match node.Op with
                    | Op.Lookup(table, _) -> table, (graph.TypeOf node.Operands[0]).Bits
                    | _ -> ()
            ]

        let failures =
            circuit.Failures
            |> Array.filter (fun failure -> nodes |> List.exists (fun (index, _) -> index = failure.Node))

        let values =
            nodes
            |> Seq.collect (fun (_, node) -> Seq.append node.Operands node.Results)
            |> Seq.map graph.TypeOf
            |> List.ofSeq

        let seconds (assignment: Assignment) =
            nodes
            |> List.sumBy (fun (_, node) ->
                match classOf node with
                | Some index -> float (bootstraps graph node) * assignment.Classes[index].Seconds
                | None -> 0.0)

        {
            Origin = origin
            InputShape =
                first.Operands
                |> Array.tryHead
                |> Option.map (fun operand -> (graph.TypeOf operand).Shape)
                |> Option.defaultValue [||]
            OutputShape = (graph.TypeOf last.Results[0]).Shape
            AccumulatorBits = values |> Seq.map _.Bits |> Seq.fold max 0
            Lookups =
                nodes
                |> List.sumBy (fun (_, node) ->
                    match node.Op with
                    | Op.Lookup _ -> elements graph node
                    | _ -> 0L)
            Bootstraps = nodes |> List.sumBy (snd >> bootstraps graph)
            LookupBits =
                if tables.IsEmpty then
                    None
                else
                    Some(tables |> List.map snd |> List.max)
            Tables = tables |> List.sumBy (fun (table, _) -> table.Entries.Shape[0])
            Strategy = strategyOf graph nodes
            Class = nodes |> List.tryPick (snd >> classOf)
            PError =
                if Array.isEmpty failures then
                    None
                else
                    Some(failures |> Seq.map _.PError |> Seq.max)
            MarginBits =
                if Array.isEmpty failures then
                    None
                else
                    Some(failures |> Seq.map _.MarginBits |> Seq.min)
            Seconds = circuit.Assignment |> Option.map seconds
        }

    // Nodes of one origin that follow each other, or that wait for another branch, are one layer: the place is its first node's.
    let private layers (circuit: ParameterizedCircuit) =
        circuit.Graph.Nodes
        |> Array.indexed
        |> List.ofArray
        |> List.groupBy (fun (_, node) -> node.Origin)
        |> List.map (layer circuit)

    let private parameterLines (assignment: Assignment) =
        let key = assignment.Key

        [
            $"key: k = {key.Rank}, N = {key.Size}, {key.Curve.Level} bits of security"

            for index, choice in Array.indexed assignment.Classes do
                $"class {index}: n = {choice.SmallDimension}, extension {choice.Extension}, "
                + $"key switch 2^{choice.KeySwitch.LogBase} x {choice.KeySwitch.Levels}, "
                + $"bootstrap 2^{choice.Bootstrap.LogBase} x {choice.Bootstrap.Levels}"
        ]

    // Every key switch row and every polynomial of a bootstrapping key is stored as its body alone.
    let private storedKeyBytes (assignment: Assignment) =
        assignment.Classes
        |> Array.sumBy (fun choice ->
            let rows = int64 assignment.Key.Dimension * int64 choice.KeySwitch.Levels

            let polynomials =
                int64 choice.SmallDimension
                * int64 (assignment.Key.Rank + 1)
                * int64 choice.Bootstrap.Levels

            8L * (rows + polynomials * int64 assignment.Key.Size))

    let private lookupBits (graph: Circuit.Graph) =
        graph.Nodes
        |> Seq.choose (fun node ->
            match node.Op with
            | Op.Lookup _ -> Some (graph.TypeOf node.Operands[0]).Bits
            | _ -> None)
        |> Seq.fold max 0

    /// The costs of a circuit whose program is at hand.
    let create (circuit: ParameterizedCircuit) (program: TfheProgram) : CircuitCost =
        let cost = ProgramCost.Of program
        let known value = circuit.Assignment |> Option.map value

        {
            MaxBits = circuit.Graph.Types |> Seq.map _.Bits |> Seq.fold max 0
            MaxLookupBits = lookupBits circuit.Graph
            Lookups = cost.Lookups
            Bootstraps = cost.Bootstraps
            PError = known (fun _ -> circuit.WorstPError)
            GlobalPError = known (fun _ -> circuit.RunPError)
            Seconds = known _.Seconds
            EvaluationKeyBytes = known storedKeyBytes
            InputBytes = known (fun _ -> cost.InputBytes)
            OutputBytes = known (fun _ -> cost.OutputBytes)
            PeakBytes = known (fun assignment -> cost.PeakBytes + int64 (assignment.Classes |> Array.sumBy _.KeyBytes))
            Parameters = circuit.Assignment |> Option.map parameterLines |> Option.defaultValue []
            Layers = layers circuit
        }
