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
        | QuantOp.Linear linear ->
            match linear with
            | Linear.Shift _
            | Linear.Reshape _
            | Linear.Transpose _
            | Linear.Slice _
            | Linear.Concat _
            | Linear.Pad _
            | Linear.Gather _
            | Linear.Broadcast _ -> true
            | Linear.MatMul _
            | Linear.Conv _
            | Linear.SumPool _
            | Linear.ReduceSum _
            | Linear.Combine _
            | Linear.Scale _ -> false
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

    /// The width of each value's encoding: the widest that a reader needs, found from the outputs backwards.
    let widths (graph: QuantGraph) : int[] =
        let need = Array.create graph.Types.Length 0

        let require (ValueId value) bits = need[value] <- max need[value] bits

        let own (ValueId value) =
            require (ValueId value) graph.Types[value].Bits

        graph.Outputs |> Array.iter (fun port -> own port.Value)

        for node in Array.rev graph.Nodes do
            let result = node.Results[0]
            let (ValueId index) = result

            match node.Op with
            | QuantOp.Linear _ ->
                if need[index] = 0 then
                    own result

                node.Operands |> Array.iter (fun operand -> require operand need[index])
            | QuantOp.Lookup _ ->
                own result
                own node.Operands[0]
            | QuantOp.Round(drop, _) ->
                own result
                require node.Operands[0] (need[index] + drop)
            | QuantOp.Constant _ -> own result

        graph.Inputs |> Array.iter (fun port -> own port.Value)
        need

    let private lowerType (source: QuantType) worst bits : ValueType =
        {
            Shape = source.Shape
            Bits = bits
            Range =
                if LinearRange.bits worst <= LinearRange.bits source.Range then
                    worst
                else
                    source.Range
            Noise = None
            Key = None
        }

    /// The width at which a node reads its operand, given the width of its result.
    let private readWidth (graph: QuantGraph) (node: Node<QuantOp>) resultWidth =
        match node.Op with
        | QuantOp.Linear _
        | QuantOp.Constant _ -> resultWidth
        | QuantOp.Lookup _ -> (graph.TypeOf node.Operands[0]).Bits
        | QuantOp.Round(drop, _) -> resultWidth + drop

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

    /// Lowers a graph that the quantized stage's verifier accepts.
    let run (context: Context) (graph: QuantGraph) : Result<Graph, Diagnostic list> =
        let width = widths graph
        let worst = BitWidth.worst graph
        let exposed = arithmeticReaders graph
        let builder = GraphBuilder<Op, ValueType>(graph.Name)
        let renamed = Array.create graph.Types.Length (ValueId -1)
        let narrowed = Dictionary<struct (int * int), ValueId>()

        let typeOf index =
            lowerType graph.Types[index] worst[index] width[index]

        let atWidth (ValueId index) bits origin =
            if bits = width[index] then
                renamed[index]
            else
                let key = struct (index, bits)

                match narrowed.TryGetValue key with
                | true, value -> value
                | false, _ ->
                    let value =
                        builder.Value(Op.Reencode, [ renamed[index] ], { typeOf index with Bits = bits }, origin)

                    narrowed.Add(key, value)
                    value

        for port in graph.Inputs do
            let (ValueId index) = port.Value

            renamed[index] <-
                match port.Coding with
                | Some coding -> builder.Input(port.Name, typeOf index, coding)
                | None -> builder.Input(port.Name, typeOf index)

        for node in graph.Nodes do
            let (ValueId index) = node.Results[0]
            let read = readWidth graph node width[index]

            let operands =
                node.Operands |> Array.map (fun operand -> atWidth operand read node.Origin)

            let op =
                match node.Op with
                | QuantOp.Linear linear -> Op.Linear linear
                | QuantOp.Lookup table -> Op.Lookup(table, None)
                | QuantOp.Round(drop, rounding) -> Op.Round(drop, roundingMethod context exposed[index] node rounding, None)
                | QuantOp.Constant tensor -> Op.Constant tensor

            renamed[index] <- builder.Value(op, operands, typeOf index, node.Origin)

        graph.Outputs
        |> Array.map (fun port ->
            let bits = (graph.TypeOf port.Value).Bits

            { port with
                Value = atWidth port.Value bits []
            })
        |> fun outputs -> builder.Build(outputs, graph.Attributes)
        |> Ok
