namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// What an evaluation saw.
type EvalTrace =
    {
        Outputs: IntegerBatch list
        /// Codes outside their value's width, over all samples.
        Overflows: int64
        /// The same by node index (−1: outputs), only where any.
        OverflowsAt: Map<int, int64>
    }

/// The meaning of the quantized stage: integers only. Linear operations commute with the ciphertext's wrap, so a value is reduced
/// modulo 2^(Bits+1) where that can be observed: before lookups and roundings, and at outputs. There codes outside
/// [−2^(Bits−1), 2^(Bits−1)) are counted as range overflows.
[<RequireQualifiedAccess>]
module Eval =

    /// The representative in [−2^bits, 2^bits) modulo 2^(bits+1).
    let wrap bits (code: int64) = code <<< (63 - bits) >>> (63 - bits)

    let inline private outside bits (code: int64) =
        code < -(1L <<< (bits - 1)) || code >= (1L <<< (bits - 1))

    /// How many codes lie outside [−2^(bits−1), 2^(bits−1)).
    let overflows bits (x: IntegerBatch) =
        let mutable count = 0L

        for code in x.Data do
            if outside bits code then
                count <- count + 1L

        count

    /// A lookup at positions in [0, 2^(bits+1)) that codes have: from 2^bits on, the upper half of the torus, negated entries are read.
    let inline private lookupBy ([<InlineIfLambda>] position: int64 -> int) (table: Table) bits (x: IntegerBatch) : IntegerBatch =
        let entries = Tensor.toInt64s table.Entries
        let index = Tensor.toInt64s table.Index
        let own = Moves.broadcast table.Index.Shape x.Shape
        let data = Array.zeroCreate x.Data.Length
        let size = 1 <<< bits

        for element in 0 .. own.Length - 1 do
            let first = int index[own[element]] <<< bits

            for lane in element * x.Lanes .. (element + 1) * x.Lanes - 1 do
                let u = position x.Data[lane]

                data[lane] <-
                    if u < size then
                        entries[first + u]
                    else
                        -entries[first + u - size]

        { x with Data = data }

    /// A lookup at the positions that an encoding gives codes, in [0, 2^(bits+1)).
    let lookupAt (position: int64 -> int) (table: Table) bits (x: IntegerBatch) : IntegerBatch = lookupBy position table bits x

    /// A lookup on codes of `bits` bits, which wrap as the ciphertext does.
    let lookup (table: Table) bits (x: IntegerBatch) : IntegerBatch =
        lookupBy (fun code -> int ((code + (1L <<< (bits - 1))) &&& ((1L <<< (bits + 1)) - 1L))) table bits x

    /// floor((c + 2^(drop−1)) / 2^drop) of codes of `bits` bits.
    let round drop bits (x: IntegerBatch) : IntegerBatch =
        let half = if drop = 0 then 0L else 1L <<< (drop - 1)

        { x with
            Data = x.Data |> Array.map (fun code -> (wrap bits code + half) >>> drop)
        }

    /// One operation on codes; `operandBits` are the widths of its operands, `result` the shape of its result.
    let op (op: Op) (operandBits: int list) (result: int[]) lanes (operands: IntegerBatch list) : IntegerBatch =
        match op with
        | Op.Linear linear -> EvalLinear.run linear result operands
        | Op.Lookup table -> lookup table operandBits.Head operands.Head
        | Op.Round(drop, _) -> round drop operandBits.Head operands.Head
        | Op.Constant tensor -> IntegerBatch.constant tensor lanes

    let private observes op =
        match op with
        | Op.Lookup _
        | Op.Round _ -> true
        | Op.Linear _
        | Op.Constant _ -> false

    /// The index of the last node that reads each value; outputs are read after all.
    let private lastReads (graph: Graph) =
        let last = Array.create graph.Types.Length -1

        graph.Nodes
        |> Array.iteri (fun index node -> node.Operands |> Array.iter (fun (ValueId value) -> last[value] <- index))

        graph.Outputs
        |> Array.iter (fun port -> let (ValueId value) = port.Value in last[value] <- graph.Nodes.Length)

        last

    /// Evaluates a graph that `Verify.graph` accepts on one batch per input, all of the same number of lanes. `seen` receives every
    /// node's results before any reduction.
    let observed (seen: Node<Op> -> IntegerBatch -> unit) (graph: Graph) (inputs: IntegerBatch list) : EvalTrace =
        let lanes = inputs |> List.tryHead |> Option.map _.Lanes |> Option.defaultValue 1
        let values: IntegerBatch option[] = Array.create graph.Types.Length None
        let last = lastReads graph
        let mutable counts = Map.empty

        let count at bits batch =
            let found = overflows bits batch

            if found > 0L then
                let before = Map.tryFind at counts |> Option.defaultValue 0L
                counts <- Map.add at (before + found) counts

        let get (ValueId value) = Option.get values[value]
        List.iteri (fun index input -> values[index] <- Some input) inputs

        graph.Nodes
        |> Array.iteri (fun index node ->
            let operands = node.Operands |> Array.map get |> List.ofArray

            let bits =
                node.Operands |> Array.map (fun id -> (graph.TypeOf id).Bits) |> List.ofArray

            if observes node.Op then
                count index bits.Head operands.Head

            let (ValueId result) = node.Results[0]
            let value = op node.Op bits graph.Types[result].Shape lanes operands
            seen node value
            values[result] <- Some value

            for ValueId operand in node.Operands do
                if last[operand] = index then
                    values[operand] <- None)

        let outputs =
            graph.Outputs
            |> Array.map (fun port ->
                let bits = (graph.TypeOf port.Value).Bits
                let batch = get port.Value
                count -1 bits batch

                { batch with
                    Data = Array.map (wrap bits) batch.Data
                })
            |> List.ofArray

        {
            Outputs = outputs
            Overflows = counts |> Map.toSeq |> Seq.sumBy snd
            OverflowsAt = counts
        }

    /// Integer codes in, integer codes out.
    let graph (graph: Graph) (inputs: IntegerBatch list) : EvalTrace = observed (fun _ _ -> ()) graph inputs
