namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base

/// What calibration data does not show: inputs, decisions and activations that never vary over its samples. Codes chosen for them fit
/// the one value that was seen, and any other saturates.
[<RequireQualifiedAccess>]
module CalibrationWarnings =

    open ConcreteMl.Compiler.Core.Float
    open ConcreteMl.Compiler.Core.Float.Client

    /// Whether no element varies; element e of sample l stands at [e · lanes + l].
    let private isStill lanes (values: float[]) =
        values.Length > 0
        && values
           |> Array.indexed
           |> Array.forall (fun (at, value) ->
               let first: float = values[at / lanes * lanes]
               value.Equals first)

    /// What a function is called in a warning: a decision between values, or an activation.
    let private decides (op: Op) =
        match op with
        | Op.Binary(Binary.Equal | Binary.Greater | Binary.GreaterOrEqual | Binary.Less | Binary.LessOrEqual) -> true
        | _ -> false

    let private still (node: string) what =
        Diagnostic.warning
            "CML3007"
            node
            $"this {what} never varies over the calibration samples"
            "samples on which it takes the values that it takes in use"
            "Calibrate with inputs of all kinds (rare ones too), or declare their range with --range NAME=lo:hi."

    let private place (origin: Origin) fallback =
        origin |> List.tryLast |> Option.defaultValue fallback

    let private inputs (graph: PlanGraph) lanes (references: float[][]) =
        [
            for port in graph.Inputs do
                let (ValueId index) = port.Value

                if isStill lanes references[index] then
                    Diagnostic.warning
                        "CML3006"
                        port.Name
                        "the input is the same in every calibration sample"
                        "samples that differ as inputs in use do"
                        "Calibrate with inputs as they occur in use, or declare the input's range with --range NAME=lo:hi."
        ]

    let private lookups (graph: PlanGraph) lanes (references: float[][]) =
        [
            for node in graph.Nodes do
                match node.Op with
                | PlanOp.Lookup(region, _) when not (Region.isIdentity region) ->
                    let (ValueId operand), (ValueId result) = node.Operands[0], node.Results[0]

                    if isStill lanes references[result] && not (isStill lanes references[operand]) then
                        let isDecision = region.Steps |> Array.exists (fst >> decides)
                        still (place node.Origin graph.Name) (if isDecision then "comparison" else "activation")
                | _ -> ()
        ]

    /// What a float operation's result is called where it is decided; None for other operations.
    let private decisionOf op =
        match op with
        | Op.ArgMax _ -> Some "label"
        | op when decides op -> Some "comparison"
        | _ -> None

    /// The results of a graph's comparisons and arg-maxima on samples of its inputs.
    let private decisions (part: FloatGraph) (samples: Tensor list[]) =
        let traces = samples |> Array.map (Eval.trace part)
        let producers, consumers = Graph.producers part, Graph.consumers part

        let isZero (ValueId operand) =
            match producers[operand] with
            | Some { Op = Op.Constant value } -> Tensor.toFloat64s value |> Array.forall ((=) 0.0)
            | _ -> false

        let isInteger value =
            not (Element.isFloat (part.TypeOf value).Element)

        // Where another number is taken for a value that lies below 0, and the value itself elsewhere.
        let replaces result value =
            let (ValueId index) = result
            let isOutput = part.Outputs |> Array.exists (fun port -> port.Value = result)

            not isOutput
            && consumers[index]
               |> List.forall (fun reader ->
                   reader.Op = Op.Where
                   && reader.Operands[0] = result
                   && reader.Operands[2] = value)

        // What keeps a division from 0, as in a normalization, is not meant to hold, nor that an index counts from the end of its axis.
        let isGuard (node: Node<Op>) =
            match node.Op, node.Operands with
            | Op.Binary Binary.Equal, operands -> Array.exists isZero operands
            | Op.Binary Binary.Less, [| index; bound |] -> isInteger index && isZero bound && replaces node.Results[0] index
            | _ -> false

        let isStill result =
            traces
            |> Array.forall (fun trace -> Tensor.toFloat64s trace[result] = Tensor.toFloat64s traces[0].[result])

        [
            for node in part.Nodes do
                let (ValueId result) = node.Results[0]

                match decisionOf node.Op with
                | Some what when isStill result && not (isGuard node) -> still (place node.Origin part.Name) what
                | _ -> ()
        ]

    /// What the client decides behind the circuit, on the circuit's real outputs.
    let private behind (graph: PlanGraph) lanes (references: float[][]) =
        match (ClientParts.read graph.Attributes).After with
        | None -> []
        | Some part ->
            let output lane (port: Port) =
                let (ValueId index) = port.Value
                let planned = graph.Types[index]

                Array.init (Shape.count planned.Shape) (fun element -> references[index].[element * lanes + lane])
                |> Elements.ofFloat64s planned.Real planned.Shape

            Array.init lanes (fun lane -> graph.Outputs |> Array.map (output lane) |> List.ofArray)
            |> decisions part

    /// Warnings CML3006 (an input) and CML3007 (a comparison, label or activation) for a graph and the real values of all its values;
    /// none for a single sample, of which nothing can vary.
    let find (graph: PlanGraph) lanes (references: float[][]) : Diagnostic list =
        if lanes < 2 then
            []
        else
            match inputs graph lanes references with
            | [] -> lookups graph lanes references @ behind graph lanes references
            | found -> found
