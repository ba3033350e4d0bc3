/// Compares what this compiler reads out of a graph with what ONNX Runtime gives.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Judge

open System
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes
open ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Graphs

[<RequireQualifiedAccess>]
type Outcome =
    | Agrees
    /// ONNX Runtime's own numbers change by as much when its intermediate values change in their last bits.
    | IllConditioned
    /// ONNX Runtime does not take the whole.
    | NoReference
    | Refused of string
    | Differs of string

/// Half a unit in the last place, relative, of a value beside these nodes.
let private unit (nodes: NodeProto list) element =
    match element with
    | Element.Float16 -> Math.ScaleB(1.0, -11)
    | Element.BFloat16 -> Math.ScaleB(1.0, -8)
    | Element.Float32 -> Math.ScaleB(1.0, -23)
    // normalizations compute in float32 inside (stash_type)
    | _ when nodes |> List.exists (fun node -> node.OpType.EndsWith "Normalization") -> Math.ScaleB(1.0, -23)
    | _ -> Math.ScaleB(1.0, -40)

/// Of 1 and the value together: sums run in other orders, exp and its kin by other polynomials. The coarsest type of the graph
/// counts, whatever a value is cast to in the end.
let private tolerance (graph: RandomGraph) =
    graph.Inputs @ graph.Computed
    |> List.map (fun value ->
        match value.Element with
        | Element.Float16 -> 1e-2
        | Element.BFloat16 -> 6e-2
        | Element.Float32 -> 2e-5
        // Normalizations compute in float32 inside (stash_type).
        | _ -> 1e-5)
    |> List.max

let private isNear (tolerance: float) element (slack: float) (wanted: float) (met: float) =
    wanted.Equals met
    || wanted = met
    || slack = infinity
    || abs (wanted - met)
       <= (if Element.isFloat element then
               tolerance * (1.0 + abs wanted)
           else
               0.0)
          + slack

/// To every float that a node gives up to `units` in the last place of the largest are added: the same graph with other rounding errors.
let private shaken (random: Random) (units: float) (graph: RandomGraph) (file: ModelProto) : ModelProto =
    let file = file.Clone()
    let nodes = List.ofSeq file.Graph.Node
    file.Graph.Node.Clear()

    let shake (value: Drawn) =
        let noise = value.Name + "_noise"

        let largest =
            Tensor.toFloat64s value.Tensor
            |> Array.fold (fun most each -> max most (abs each)) 1.0

        let most = units * unit nodes value.Element * largest

        let draw _ =
            most * (2.0 * random.NextDouble() - 1.0)

        let errors =
            Elements.ofFloat64s value.Element value.Shape (Array.init (Shape.count value.Shape) draw)

        file.Graph.Initializer.Add(
            Build.raw noise (ElementType.number value.Element) [ for size in value.Shape -> int64 size ] (errors.Bytes.ToArray())
        )

        file.Graph.Node.Add(Build.node "Add" [ value.Name + "_exact"; noise ] [ value.Name ] [])

    for node in nodes do
        file.Graph.Node.Add node

        for at in 0 .. node.Output.Count - 1 do
            match
                graph.Computed
                |> List.tryFind (fun value -> value.Name = node.Output[at] && Element.isFloat value.Element)
            with
            | Some value ->
                node.Output[at] <- value.Name + "_exact"
                shake value
            | None -> ()

    file

/// How far each element of each output moves when rounding errors change.
let private sensitivity (graph: RandomGraph) (file: ModelProto) (expected: Tensor list) : float[] list =
    let inputs = [ for input in graph.Inputs -> input.Name, input.Tensor ]

    // One stream for all runs: generators of neighbouring seeds draw alike. Errors of few units add up, and those of many
    // find the jumps of what follows.
    let random = Random graph.Seed

    let runs =
        List.init 48 (fun run -> Runtime.tryRun (Build.bytes (shaken random (if run % 2 = 0 then 4.0 else 16.0) graph file)) inputs)
        |> List.choose id
        |> List.map (List.map Tensor.toFloat64s)

    [
        for output, tensor in List.indexed expected ->
            Tensor.toFloat64s tensor
            |> Array.mapi (fun at wanted ->
                runs
                |> List.map (fun run ->
                    let met = run[output][at]

                    if wanted.Equals met || wanted = met then
                        0.0
                    else
                        abs (wanted - met))
                |> List.fold (fun most each -> if Double.IsNaN each then infinity else max most each) 0.0)
    ]

let imported (graph: RandomGraph) (file: ModelProto) : Result<Float.Graph, Diagnostic list> =
    Decode.bytes "graph" None (Build.bytes file)
    |> Result.bind (fun model ->
        let import sizes =
            Import.model Context.quiet { BindBatch = false; Sizes = sizes } model

        match import Map.empty with
        // sizes that only samples tell
        | Error found when graph.Style.Open && found |> List.exists (fun each -> each.Code = "CML1106") ->
            import (graph.Inputs |> List.map (fun input -> input.Name, input.Shape) |> Map.ofList)
        | result -> result)

let private render found =
    found |> List.map Diagnostic.render |> String.concat "; "

/// The first computed value that differs, for the message.
let private firstDifference (graph: RandomGraph) : string =
    let inputs = graph.Inputs |> List.map _.Tensor

    graph.Computed
    |> List.tryPick (fun value ->
        match imported graph (graph.File [ value ]) with
        | Error found -> Some $"{value.Name} is refused: {render found}"
        | Ok made ->
            let met = (Eval.graph made inputs).Head

            let same =
                met.Shape = value.Shape
                && met.Element = value.Element
                && Array.forall2 (isNear (tolerance graph) value.Element 0.0) (Tensor.toFloat64s value.Tensor) (Tensor.toFloat64s met)

            if same then
                None
            else
                let show (tensor: Tensor) =
                    $"%O{tensor} %A{Tensor.toFloat64s tensor |> Array.truncate 40}"

                Some $"{value.Name}: {show value.Tensor} there, {show met} here")
    |> Option.defaultValue "(each value alone agrees)"

let private textOf (file: ModelProto) =
    match Decode.bytes "graph" None (Build.bytes file) with
    | Ok model -> ConcreteMl.Compiler.Core.Onnx.Text.print false model
    | Error found -> render found

let private judged (graph: RandomGraph) (file: ModelProto) (expected: Tensor list) : Outcome =
    let differs what =
        Outcome.Differs $"graph {graph.Seed}: {what}\n{textOf file}"

    match imported graph file with
    | Error found -> Outcome.Refused $"graph {graph.Seed}: {render found}\n{textOf file}"
    | Ok made ->
        let actual = Eval.graph made (graph.Inputs |> List.map _.Tensor)

        let agree (slack: float[] option) (wanted: Tensor) (met: Tensor) =
            let near at =
                isNear (tolerance graph) wanted.Element (slack |> Option.map (fun slack -> 8.0 * slack[at]) |> Option.defaultValue 0.0)

            wanted.Element = met.Element
            && wanted.Shape = met.Shape
            && (let pairs = Array.zip (Tensor.toFloat64s wanted) (Tensor.toFloat64s met)

                pairs
                |> Seq.indexed
                |> Seq.forall (fun (at, (wanted, met)) -> near at wanted met))

        if actual.Length <> expected.Length then
            differs $"{actual.Length} outputs"
        elif List.forall2 (agree None) expected actual then
            Outcome.Agrees
        elif
            List.map3 (fun slack wanted met -> agree (Some slack) wanted met) (sensitivity graph file expected) expected actual
            |> List.forall id
        then
            Outcome.IllConditioned
        else
            differs (firstDifference graph)

/// What one graph comes to.
let judge (graph: RandomGraph) : Outcome =
    let file = graph.File graph.Outputs

    match Runtime.tryRun (Build.bytes file) [ for input in graph.Inputs -> input.Name, input.Tensor ] with
    | None -> Outcome.NoReference
    | Some expected ->
        try
            judged graph file expected
        with :? EvalException as problem ->
            Outcome.Differs $"graph {graph.Seed}: {problem.Message}\n{textOf file}"
