namespace ConcreteMl.Compiler.Core.Circuit

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op
type private QuantGraph = ConcreteMl.Compiler.Core.Quant.Graph
type private QuantType = ConcreteMl.Compiler.Core.Quant.ValueType

/// Quantized graph to circuit: every value gets the width of its encoding. All operands of a linear operation share the step of
/// its accumulator; a value read at several widths has the largest (the finest step), and narrower readers get it re-encoded.
[<RequireQualifiedAccess>]
module Lower =

    /// A reader that sees an approximately rounded value other than through lookups and outputs would see the unrounded code.
    let private keepsCodes (op: QuantOp) =
        match op with
        | QuantOp.Linear linear -> Linear.copies linear
        | QuantOp.Lookup _ -> true
        | QuantOp.Round _
        | QuantOp.Constant _ -> false

    /// Roundings that must be exact because arithmetic reads them; by first result.
    let private arithmeticReaders (graph: QuantGraph) =
        let exposed = Array.create graph.Types.Length false

        for node in Array.rev graph.Nodes do
            let (ValueId result) = node.Results[0]

            let passesOn =
                match node.Op with
                | QuantOp.Linear _ -> not (keepsCodes node.Op) || exposed[result]
                | QuantOp.Lookup _ -> false
                | QuantOp.Round _
                | QuantOp.Constant _ -> true

            if passesOn then
                for ValueId operand in node.Operands do
                    exposed[operand] <- true

        exposed

    /// The width at which a node reads its operand, given the width of its result.
    let private readWidth (graph: QuantGraph) (node: Node<QuantOp>) resultWidth =
        match node.Op with
        | QuantOp.Linear _
        | QuantOp.Constant _ -> resultWidth
        | QuantOp.Lookup _ -> (graph.TypeOf node.Operands[0]).Bits
        | QuantOp.Round(drop, _) -> resultWidth + drop

    /// The width of each value's encoding: the widest that a reader needs, found from the outputs backwards.
    let widths (graph: QuantGraph) : int[] =
        let need = Array.create graph.Types.Length 0
        let require (ValueId value) bits = need[value] <- max need[value] bits
        let own value = require value (graph.TypeOf value).Bits
        graph.Outputs |> Array.iter (fun port -> own port.Value)

        for node in Array.rev graph.Nodes do
            let (ValueId index) = node.Results[0]

            match node.Op with
            // a sum has the width that its readers need
            | QuantOp.Linear _ when need[index] > 0 -> ()
            | _ -> own node.Results[0]

            let read = readWidth graph node need[index]
            node.Operands |> Array.iter (fun operand -> require operand read)

        graph.Inputs |> Array.iter (fun port -> own port.Value)
        need

    let private lowerType (source: QuantType) worst bits : ValueType =
        {
            Shape = source.Shape
            Bits = bits
            Codes = 0
            Range =
                if LinearRange.bits worst <= LinearRange.bits source.Range then
                    worst
                else
                    source.Range
            Noise = None
            Key = None
        }


    let private roundingMethod (context: Context) exposed (node: Node<QuantOp>) rounding =
        match rounding with
        | RoundingMethod.Exact -> RoundingMethod.Exact
        | RoundingMethod.Approximate when exposed ->
            let name = node.Origin |> List.tryLast |> Option.defaultValue $"{node.Results[0]}"

            Diagnostic.warning
                "CML4001"
                name
                "arithmetic reads this rounded value, so it is rounded exactly"
                "approximate rounding right before lookups and outputs"
                "nothing to do; exact rounding costs one bootstrap per dropped bit"
            |> context.Warn

            RoundingMethod.Exact
        | RoundingMethod.Approximate -> RoundingMethod.Approximate

    /// The circuit's values by those of the quantized graph: at the widths of their encodings, and narrower where a reader needs that.
    type private Encodings(builder: GraphBuilder<Op, ValueType>, types: ValueType[]) =
        let whole = Array.create types.Length (ValueId -1)
        let narrowed = Dictionary<struct (int * int), ValueId>()

        member _.Add (ValueId index) value = whole[index] <- value

        /// The value at a width; re-encoded once for all readers that need this one.
        member _.At (ValueId index) bits origin =
            match narrowed.TryGetValue(struct (index, bits)) with
            | _ when bits = types[index].Bits -> whole[index]
            | true, value -> value
            | false, _ ->
                let value =
                    builder.Value(Op.Reencode, [ whole[index] ], { types[index] with Bits = bits }, origin)

                narrowed.Add(struct (index, bits), value)
                value

    let private input (builder: GraphBuilder<Op, ValueType>) (port: Port) valueType =
        match port.Coding with
        | Some coding -> builder.Input(port.Name, valueType, coding)
        | None -> builder.Input(port.Name, valueType)

    let private lowerOp context exposed (node: Node<QuantOp>) =
        match node.Op with
        | QuantOp.Linear linear -> Op.Linear linear
        | QuantOp.Lookup table -> Op.Lookup(table, None)
        | QuantOp.Round(drop, rounding) -> Op.Round(drop, roundingMethod context exposed node rounding, None)
        | QuantOp.Constant tensor -> Op.Constant tensor

    /// Lowers a graph that the quantized stage's verifier accepts.
    let run (context: Context) (graph: QuantGraph) : Result<Graph, Diagnostic list> =
        let types = Array.map3 lowerType graph.Types (BitWidth.worst graph) (widths graph)
        let typeOf (ValueId index) = types[index]
        let exposed = arithmeticReaders graph
        let builder = GraphBuilder<Op, ValueType>(graph.Name)
        let encodings = Encodings(builder, types)

        for port in graph.Inputs do
            encodings.Add port.Value (input builder port (typeOf port.Value))

        for node in graph.Nodes do
            let (ValueId index) = node.Results[0]
            let read = readWidth graph node types[index].Bits

            let operands =
                node.Operands
                |> Array.map (fun operand -> encodings.At operand read node.Origin)

            let op = lowerOp context exposed[index] node
            encodings.Add node.Results[0] (builder.Value(op, operands, types[index], node.Origin))

        graph.Outputs
        |> Array.map (fun port ->
            { port with
                Value = encodings.At port.Value (graph.TypeOf port.Value).Bits []
            })
        |> fun outputs -> builder.Build(outputs, graph.Attributes)
        |> Ok
