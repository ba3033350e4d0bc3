namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Worst-case codes of each value: bounds that hold for every input, whatever calibration saw.
[<RequireQualifiedAccess>]
module BitWidth =

    type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op
    type private QuantGraph = ConcreteMl.Compiler.Core.Quant.Graph

    /// Terms of one operation up to which bounds are kept for each element.
    [<Literal>]
    let private MostTerms = 2000000L

    /// Bounds of one tensor: one pair, or one for each element.
    type private Bounds =
        | Uniform of float * float
        | Each of float[] * float[]

    let private hull bounds =
        match bounds with
        | Uniform(low, high) -> low, high
        | Each(lows, highs) -> Array.min lows, Array.max highs

    let private at bounds element =
        match bounds with
        | Uniform(low, high) -> struct (low, high)
        | Each(lows, highs) -> struct (lows[element], highs[element])

    /// The bounds of a code times a weight.
    let private weighed weight (struct (low, high)) : struct (float * float) =
        if weight >= 0.0 then
            struct (weight * low, weight * high)
        else
            struct (weight * high, weight * low)

    let private byTerms (terms: Terms) elements (operands: Bounds[]) =
        let lows = Array.zeroCreate elements
        let highs = Array.zeroCreate elements

        for element in 0 .. elements - 1 do
            let mutable low, high = 0.0, 0.0

            terms element (fun operand from weight ->
                let struct (l, h) = weighed weight (at operands[operand] from)
                low <- low + l
                high <- high + h)

            lows[element] <- low
            highs[element] <- high

        Each(lows, highs)

    let private shifted (offsets: Tensor) (result: int[]) bounds =
        let values = Tensor.toFloat64s offsets
        let strides = Shape.broadcastStrides offsets.Shape result

        let shift pick =
            Array.init (Shape.count result) (fun element -> pick (at bounds element) + values[Layout.offset result strides element])

        Each(shift (fun struct (low, _) -> low), shift (fun struct (_, high) -> high))

    /// One filter after another, each on the operand's hull: padding cells hold 0, and so does every sparse window.
    let private convolved (weights: Tensor) (result: int[]) bounds =
        let low, high = hull bounds
        let low, high = min low 0.0, max high 0.0
        let values = Tensor.toFloat64s weights
        let taps = Shape.count weights.Shape[1..]

        let filter index =
            let own = values[index * taps .. (index + 1) * taps - 1]
            let positive = own |> Array.sumBy (max 0.0)
            let negative = own |> Array.sumBy (min 0.0)
            positive * low + negative * high, positive * high + negative * low

        let filters = Array.init weights.Shape[0] filter
        let cells = Shape.count result[2..]

        let pick choose =
            Array.init (Shape.count result) (fun element -> choose filters[element / cells % filters.Length])

        Each(pick fst, pick snd)

    let private linear (linear: Linear) (operands: Bounds[]) (shapes: int[][]) (result: int[]) =
        match linear with
        | Linear.Shift offsets -> shifted offsets result operands[0]
        | _ when Terms.count linear shapes result <= MostTerms ->
            byTerms (Terms.ofLinear linear shapes result) (Shape.count result) operands
        | Linear.Conv(weights, _, _) -> convolved weights result operands[0]
        | _ ->
            let ranges =
                operands |> Array.map (hull >> fun (low, high) -> int64 low, int64 high)

            let low, high = LinearRange.worst linear (List.ofArray shapes) (List.ofArray ranges)
            Uniform(float low, float high)

    let private table (table: Table) bits operand =
        let size = 1 <<< bits
        let half = float (size / 2)
        let low, high = hull operand
        let reach = table.Window |> Option.map float |> Option.defaultValue half
        let isWithin = low >= -reach && high < reach

        let first, last =
            if isWithin then
                int (low + half), int (high + half)
            else
                0, size - 1

        let reached =
            Tensor.toFloat64s table.Entries
            |> Array.chunkBySize size
            |> Array.collect (fun entries -> entries[first..last])

        let bottom, top = Array.min reached, Array.max reached

        if isWithin then
            Uniform(bottom, top)
        else
            // Outside of what it reads a lookup reads negated entries.
            Uniform(min bottom -top, max top -bottom)

    let private rounded drop bounds =
        let half = float (1L <<< (drop - 1))
        let round code = floor ((code + half) / (2.0 * half))

        match bounds with
        | Uniform(low, high) -> Uniform(round low, round high)
        | Each(lows, highs) -> Each(Array.map round lows, Array.map round highs)

    /// The bounds of an input: those of its coding, where it has one.
    let private ofPort (graph: QuantGraph) (port: Port) =
        let low, high =
            match port.Coding with
            | Some coding -> coding.Low, coding.High
            | None -> (graph.TypeOf port.Value).Range

        Uniform(float low, float high)

    /// The bounds behind a node, of those of its operands.
    let private behind (graph: QuantGraph) (node: Node<QuantOp>) (operands: Bounds[]) =
        match node.Op with
        | QuantOp.Linear operation ->
            linear
                operation
                operands
                (node.Operands |> Array.map (fun operand -> (graph.TypeOf operand).Shape))
                (graph.TypeOf node.Results[0]).Shape
        | QuantOp.Lookup own -> table own (graph.TypeOf node.Operands[0]).Bits operands[0]
        | QuantOp.Round(drop, _) -> rounded drop operands[0]
        | QuantOp.Constant tensor ->
            let codes = Tensor.toFloat64s tensor
            Each(codes, codes)

    /// The lowest and highest code that each value can take.
    let worst (graph: QuantGraph) : (int64 * int64)[] =
        let bounds = Array.create graph.Types.Length (Uniform(0.0, 0.0))
        let get (ValueId value) = bounds[value]
        let set (ValueId value) own = bounds[value] <- own

        for port in graph.Inputs do
            set port.Value (ofPort graph port)

        for node in graph.Nodes do
            set node.Results[0] (behind graph node (Array.map get node.Operands))

        bounds
        |> Array.map (hull >> fun (low, high) -> int64 (max -4e18 low), int64 (min 4e18 high))
