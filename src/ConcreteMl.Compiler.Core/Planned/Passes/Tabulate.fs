namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Planned to quantized: lookups become tables. Nothing is chosen, searched or measured here.
[<RequireQualifiedAccess>]
module Tabulate =

    /// Whether a tensor that broadcasts to a shape varies along one axis of it at most.
    let private along (shape: int[]) axis (tensor: Tensor) =
        let own = axis - (shape.Length - tensor.Shape.Length)
        tensor.Count = 1 || (own >= 0 && tensor.Shape[own] = tensor.Count)

    let private isWhole (zero: float) =
        abs zero < 1e15
        && abs (zero - System.Math.Round zero) <= 1e-9 * max 1.0 (abs zero)

    /// MLIR's quant type of scales and offsets along an axis, where scales are positive and zero points whole.
    let private typed axis (scales: float[]) (offsets: float[]) : Uniform option =
        let zeros = Array.map2 (fun scale offset -> -offset / scale) scales offsets

        if Array.forall (fun scale -> scale > 0.0) scales && Array.forall isWhole zeros then
            Some
                {
                    Scales = scales
                    Zeros = zeros |> Array.map (System.Math.Round >> int64)
                    Axis = axis
                }
        else
            None

    /// MLIR's quant type where the meaning is one: one scale, or one per index of an axis, and whole zero points.
    let private uniform (shape: int[]) (meaning: Meaning) : Uniform option =
        let count = max meaning.Scale.Count meaning.Offset.Count

        let parameters (tensor: Tensor) =
            let values = Tensor.toFloat64s tensor
            Array.init count (fun index -> if values.Length = 1 then values[0] else values[index])

        if count = 1 then
            typed None (parameters meaning.Scale) (parameters meaning.Offset)
        else
            Seq.init shape.Length id
            |> Seq.tryFind (fun axis -> along shape axis meaning.Scale && along shape axis meaning.Offset)
            |> Option.bind (fun axis -> typed (Some axis) (parameters meaning.Scale) (parameters meaning.Offset))

    let private valueType (planned: Type) (codes: Codes) : ValueType =
        {
            Shape = planned.Shape
            Bits = codes.Bits
            Range = codes.Range
            Uniform = codes.Meaning |> Option.bind (uniform planned.Shape)
        }

    let private unchosen place =
        Diagnostic.error
            "CML3031"
            place
            "no codes are chosen for this operation yet"
            "a planned graph that choose-codes or read-file-codes left"
            "run choose-codes first"

    let private unready (graph: Graph) : Diagnostic list =
        [
            for port in graph.Inputs do
                if (graph.TypeOf port.Value).Codes.IsNone then
                    unchosen port.Name
            for node in graph.Nodes do
                match node.Op with
                | Op.Integers _
                | Op.Coded _ when (graph.TypeOf node.Results[0]).Codes.IsSome -> ()
                | _ -> unchosen (node.Origin |> List.tryLast |> Option.defaultValue graph.Name)
        ]

    /// Scales that overflowed on the way here: no number stands for a code.
    let private meaningless (graph: Graph) : Diagnostic list =
        [
            for port in graph.Outputs do
                match port.Coding with
                | Some coding when
                    Tensor.toFloat64s coding.Scale
                    |> Array.exists (fun scale -> not (System.Double.IsFinite scale) || scale = 0.0)
                    || Tensor.toFloat64s coding.Zero |> Array.exists (System.Double.IsFinite >> not)
                    ->
                    Diagnostic.error
                        "CML3033"
                        port.Name
                        "its values are infinite, or too large or small to be told apart"
                        "values whose steps are ordinary numbers"
                        "correct the model's constants, or scale its inputs"
                | Some _
                | None -> ()
        ]

    let private visit (graph: Graph) (builder: GraphBuilder<QuantOp, ValueType>) rename (node: Node<Op>) =
        let typeOf value =
            let planned = graph.TypeOf value
            valueType planned (Option.get planned.Codes)

        let result = typeOf node.Results[0]

        let op =
            match node.Op with
            | Op.Integers op -> op
            | Op.Coded lookup -> QuantOp.Lookup(fst (Tables.ofLookup (typeOf node.Operands[0]).Bits lookup))
            | _ -> Plan.unchosen ()

        builder.Node(op, Array.map rename node.Operands, [ result ], node.Origin)

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, ConcreteMl.Compiler.Core.Quant.Graph> =
        {
            Name = "tabulate"
            Summary = "turns every lookup into tables over the codes of its operand"
            Options = []
            Run =
                fun _ graph ->
                    match unready graph @ meaningless graph with
                    | [] ->
                        let input (port: Port) (planned: Type) =
                            valueType planned (Option.get planned.Codes), port.Coding

                        Ok(Rewrite.translate graph.Name input (visit graph) graph)
                    | findings -> Error findings
        }
