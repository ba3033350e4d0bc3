namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Worst-case codes of each value: bounds that hold for every input, whatever calibration saw.
[<RequireQualifiedAccess>]
module BitWidth =

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

    let private byTerms (terms: Terms) elements (operands: Bounds[]) =
        let lows = Array.zeroCreate elements
        let highs = Array.zeroCreate elements

        for element in 0 .. elements - 1 do
            let mutable low, high = 0.0, 0.0

            terms element (fun operand from weight ->
                let struct (l, h) = at operands[operand] from

                if weight >= 0.0 then
                    low <- low + weight * l
                    high <- high + weight * h
                else
                    low <- low + weight * h
                    high <- high + weight * l)

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
        let low, high = hull operand
        let entries = Tensor.toFloat64s table.Entries
        let tables = entries.Length / size
        let half = float (size / 2)

        let first, last =
            if low < -half || high >= half then
                0, size - 1
            else
                int (low + half), int (high + half)

        let reached =
            seq {
                for index in 0 .. tables - 1 do
                    for entry in first..last -> entries[index * size + entry]
            }

        let bottom, top = Seq.min reached, Seq.max reached

        if low < -half || high >= half then
            // Outside its width a lookup reads negated entries.
            Uniform(min bottom -top, max top -bottom)
        else
            Uniform(bottom, top)

    let private rounded drop bounds =
        let half = float (1L <<< (drop - 1))
        let round code = floor ((code + half) / (2.0 * half))

        match bounds with
        | Uniform(low, high) -> Uniform(round low, round high)
        | Each(lows, highs) -> Each(Array.map round lows, Array.map round highs)

    /// The lowest and highest code that each value can take.
    let worst (graph: ConcreteMl.Compiler.Core.Quant.Graph) : (int64 * int64)[] =
        let bounds = Array.create graph.Types.Length (Uniform(0.0, 0.0))

        for port in graph.Inputs do
            let (ValueId value) = port.Value

            let low, high =
                match port.Coding with
                | Some coding -> coding.Low, coding.High
                | None -> graph.Types[value].Range

            bounds[value] <- Uniform(float low, float high)

        for node in graph.Nodes do
            let operands = node.Operands |> Array.map (fun (ValueId value) -> bounds[value])
            let (ValueId value) = node.Results[0]
            let result = graph.Types[value].Shape

            bounds[value] <-
                match node.Op with
                | ConcreteMl.Compiler.Core.Quant.Op.Linear operation ->
                    linear operation operands (node.Operands |> Array.map (fun operand -> (graph.TypeOf operand).Shape)) result
                | ConcreteMl.Compiler.Core.Quant.Op.Lookup own -> table own (graph.TypeOf node.Operands[0]).Bits operands[0]
                | ConcreteMl.Compiler.Core.Quant.Op.Round(drop, _) -> rounded drop operands[0]
                | ConcreteMl.Compiler.Core.Quant.Op.Constant tensor ->
                    let codes = Tensor.toFloat64s tensor
                    Each(codes, codes)

        bounds
        |> Array.map (hull >> fun (low, high) -> int64 (max -4e18 low), int64 (min 4e18 high))
