namespace ConcreteMl.Compiler.Core.Tools

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Ways in which a graph becomes smaller. Nodes are counted from 0, in order; a way that is not open gives None.
type private Shrinkable =
    {
        Stage: Stage
        Nodes: int
        Outputs: int
        Inputs: int
        /// The graph that ends in the results of a node.
        EndAt: int -> Stage option
        /// The graph in which the results of a node are inputs.
        BeginAt: int -> Stage option
        /// The graph without a node whose first operand can stand for its result.
        Bypass: int -> Stage option
        /// The graph of one of its outputs.
        OneOutput: int -> Stage option
    }

/// Makes a graph smaller as long as it keeps a property: what is left of a failing model to look at, or to report.
[<RequireQualifiedAccess>]
module Reduce =

    // ---- graphs of one's own container

    /// The values that outputs need, by the names that stand for them; nodes that are not made need nothing.
    let private neededFor (graph: Graph<'Op, 'Type>) isMade (resolve: ValueId -> ValueId) (outputs: Port[]) =
        let needed =
            System.Collections.Generic.HashSet(outputs |> Array.map (fun port -> resolve port.Value))

        for node in Array.rev graph.Nodes do
            if isMade node && node.Results |> Array.exists needed.Contains then
                node.Operands |> Array.iter (resolve >> needed.Add >> ignore)

        needed

    /// The graph with other outputs, and with new inputs in the place of some values; what leads to no output is gone.
    let private rebuilt
        (coding: 'Type -> Coding option)
        (cut: Set<ValueId>)
        (instead: Map<ValueId, ValueId>)
        (outputs: Port[])
        (graph: Graph<'Op, 'Type>)
        : Graph<'Op, 'Type> =
        let types value = graph.TypeOf value

        let rec resolve value =
            match Map.tryFind value instead with
            | Some other -> resolve other
            | None -> value

        let isMade (node: Node<'Op>) =
            not (node.Results |> Array.exists cut.Contains)

        let needed = neededFor graph isMade resolve outputs
        let builder = GraphBuilder<'Op, 'Type>(graph.Name)
        let renamed = System.Collections.Generic.Dictionary<ValueId, ValueId>()

        let input (name: string) (coding: Coding option) value =
            if needed.Contains value then
                renamed[value] <-
                    match coding with
                    | Some coding -> builder.Input(name, types value, coding)
                    | None -> builder.Input(name, types value)

        for port in graph.Inputs do
            input port.Name port.Coding port.Value

        for value in cut do
            let (ValueId index) = value
            input $"v{index}" (coding (types value)) value

        for node in graph.Nodes do
            if isMade node && node.Results |> Array.exists needed.Contains then
                let operands = node.Operands |> Array.map (fun value -> renamed[resolve value])

                builder.Node(node.Op, operands, node.Results |> Array.map types, node.Origin)
                |> Array.iter2 (fun old fresh -> renamed[old] <- fresh) node.Results

        let ports =
            outputs
            |> Array.map (fun port ->
                { port with
                    Value = renamed[resolve port.Value]
                })

        builder.Build(ports, graph.Attributes)

    let private ofGraph
        (write: Graph<'Op, 'Type> -> Stage)
        (coding: 'Type -> Coding option)
        (alike: 'Type -> 'Type -> bool)
        (graph: Graph<'Op, 'Type>)
        : Shrinkable =
        let make cut instead outputs =
            let smaller = rebuilt coding cut instead outputs graph |> write

            if (Stage.verify smaller).IsEmpty then
                Some smaller
            else
                None

        let port (value: ValueId) : Port =
            let (ValueId index) = value

            {
                Name = $"v{index}"
                Value = value
                Coding = coding (graph.TypeOf value)
            }

        {
            Stage = write graph
            Nodes = graph.Nodes.Length
            Outputs = graph.Outputs.Length
            Inputs = graph.Inputs.Length
            EndAt = fun index -> make Set.empty Map.empty (graph.Nodes[index].Results |> Array.map port)
            BeginAt =
                fun index ->
                    // A constant is as plain as an input.
                    if graph.Nodes[index].Operands.Length = 0 then
                        None
                    else
                        make (Set.ofArray graph.Nodes[index].Results) Map.empty graph.Outputs
            Bypass =
                fun index ->
                    let node = graph.Nodes[index]

                    if
                        node.Results.Length = 1
                        && node.Operands.Length > 0
                        && alike (graph.TypeOf node.Operands[0]) (graph.TypeOf node.Results[0])
                    then
                        make Set.empty (Map [ node.Results[0], node.Operands[0] ]) graph.Outputs
                    else
                        None
            OneOutput = fun index -> make Set.empty Map.empty [| graph.Outputs[index] |]
        }

    /// The codes of an integer value as they are: what an input has that was a value before.
    let private plainCoding (low: int64, high: int64) : Coding option =
        Some
            {
                Scale = Tensor.ofFloat64 [||] [| 1.0 |]
                Zero = Tensor.ofFloat64 [||] [| 0.0 |]
                Low = low
                High = high
                Real = Element.Float32
                Rounding = Rounding.HalfEven
                Beyond = None
            }

    // ---- ONNX models

    /// The model with these outputs and further inputs, with what leads to the outputs alone; None where it is no sound model.
    let private reduced (model: Onnx.Model) (cut: Onnx.ValueInfo[]) (skipped: int option) (outputs: Onnx.ValueInfo[]) : Stage option =
        let graph = model.Graph

        let needed =
            System.Collections.Generic.HashSet(outputs |> Array.map (fun output -> output.Name))

        let isLive (node: Onnx.Node) =
            let isLive = node.Outputs |> Array.exists needed.Contains

            if isLive then
                node.Inputs |> Array.iter (needed.Add >> ignore)

            isLive

        let live =
            graph.Nodes
            |> Array.indexed
            |> Array.filter (fun (index, _) -> Some index <> skipped)
            |> Array.rev
            |> Array.filter (snd >> isLive)
            |> Array.rev
            |> Array.map snd

        let smaller =
            { model with
                Graph =
                    { graph with
                        Nodes = live
                        Inputs =
                            Array.append graph.Inputs cut
                            |> Array.filter (fun input -> needed.Contains input.Name)
                        Initializers = graph.Initializers |> Array.filter (fun tensor -> needed.Contains tensor.Name)
                        ValueInfos = graph.ValueInfos |> Array.filter (fun value -> needed.Contains value.Name)
                        Outputs = outputs
                    }
            }

        if
            live.Length > 0
            && (Onnx.Check.run smaller |> List.forall (Diagnostic.isError >> not))
        then
            Some(Stage.Onnx smaller)
        else
            None

    let private ofModel (model: Onnx.Model) : Shrinkable =
        let graph = model.Graph
        let inferred, _ = Onnx.ShapeInference.run Onnx.Bindings.none model

        let info name : Onnx.ValueInfo option =
            match inferred.TryGetValue name with
            | true, (Onnx.ValueType.Tensor _ as known) -> Some { Name = name; Type = known }
            | _ -> None

        let known (names: string[]) =
            let found = names |> Array.filter ((<>) "") |> Array.map info

            if found.Length > 0 && Array.forall Option.isSome found then
                Some(Array.map Option.get found)
            else
                None

        {
            Stage = Stage.Onnx model
            Nodes = graph.Nodes.Length
            Outputs = graph.Outputs.Length
            Inputs = graph.Inputs.Length
            EndAt = fun index -> known graph.Nodes[index].Outputs |> Option.bind (reduced model [||] None)
            BeginAt =
                fun index ->
                    known graph.Nodes[index].Outputs
                    |> Option.bind (fun cut -> reduced model cut (Some index) graph.Outputs)
            Bypass = fun _ -> None
            OneOutput = fun index -> reduced model [||] None [| graph.Outputs[index] |]
        }

    let private shrinkable (stage: Stage) : Shrinkable option =
        match stage with
        | Stage.Onnx model -> Some(ofModel model)
        | Stage.Float graph -> Some(ofGraph Stage.Float (fun _ -> None) (=) graph)
        | Stage.Planned graph ->
            let coding (planned: Planned.Type) =
                planned.Codes |> Option.bind (fun codes -> plainCoding codes.Range)

            Some(ofGraph Stage.Planned coding (=) graph)
        | Stage.Quant graph -> Some(ofGraph Stage.Quant (fun (valueType: Quant.ValueType) -> plainCoding valueType.Range) (=) graph)
        | Stage.Circuit graph -> Some(ofGraph Stage.Circuit (fun (valueType: Circuit.ValueType) -> plainCoding valueType.Range) (=) graph)
        | Stage.Program _ -> None

    // ---- search

    /// Positions to try, coarsely first: every 16th part of the graph, then each, so that large graphs lose most in few tries.
    let private positions count =
        let coarse = max 1 (count / 16)

        if coarse = 1 then
            [ 0 .. count - 1 ]
        else
            List.append [ 0..coarse .. count - 1 ] [ 0 .. count - 1 ] |> List.distinct

    let private size (stage: Stage) =
        match shrinkable stage with
        | Some graph -> graph.Nodes, graph.Outputs + graph.Inputs
        | None -> 0, 0

    let private candidates (graph: Shrinkable) =
        seq {
            if graph.Outputs > 1 then
                yield! Seq.init graph.Outputs graph.OneOutput

            // Early ends and late beginnings are the smallest.
            yield! positions graph.Nodes |> Seq.map graph.EndAt
            yield! positions graph.Nodes |> List.rev |> Seq.map graph.BeginAt
            yield! Seq.init graph.Nodes graph.Bypass
        }
        |> Seq.choose id

    /// The smallest graph found that `keep` still accepts, beginning with one that it accepts; `told` hears the number of nodes of each
    /// improvement. Programs and circuits with parameters stay as they are.
    let run (keep: Stage -> bool) (told: int -> unit) (stage: Stage) : Stage =
        let rec shrink stage =
            match shrinkable stage with
            | None -> stage
            | Some graph ->
                candidates graph
                |> Seq.tryFind (fun smaller -> size smaller < size stage && keep smaller)
                |> Option.map (fun smaller ->
                    told (fst (size smaller))
                    shrink smaller)
                |> Option.defaultValue stage

        shrink stage
