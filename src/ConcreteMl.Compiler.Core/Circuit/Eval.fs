namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

module QuantEval = ConcreteMl.Compiler.Core.Quant.Eval

/// The meaning of the circuit stage in clear: the quantized stage's, at the widths of the encodings.
[<RequireQualifiedAccess>]
module Eval =

    /// The results of one operation on codes that are not reduced yet.
    let private op (graph: Graph) lanes (node: Node<Op>) (operands: IntegerBatch list) : IntegerBatch[] =
        let bits () = (graph.TypeOf node.Operands[0]).Bits

        let lookup table =
            let step = (graph.TypeOf node.Operands[0]).Step

            if step.IsWhole then
                QuantEval.lookup table step.Bits operands.Head
            else
                QuantEval.lookupAt (step.Encode >> step.Position) table step.Bits operands.Head

        match node.Op with
        | Op.Linear linear -> [| EvalLinear.run linear (graph.TypeOf node.Results[0]).Shape operands |]
        | Op.Lookup(table, _) -> [| lookup table |]
        | Op.LookupMany(tables, _) -> Array.map lookup tables
        | Op.Round(drop, _, _) -> [| QuantEval.round drop (bits ()) operands.Head |]
        | Op.Reencode -> [| operands.Head |]
        | Op.Constant tensor -> [| IntegerBatch.constant tensor lanes |]

    let private observes op =
        match op with
        | Op.Lookup _
        | Op.LookupMany _
        | Op.Round _ -> true
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> false

    /// Codes modulo those of a whole turn.
    let private wrapped (step: ConcreteMl.Tfhe.TorusStep) (batch: IntegerBatch) =
        { batch with
            Data = Array.map (step.Encode >> step.Decode) batch.Data
        }

    /// Codes outside their width, wrapped as a ciphertext's.
    let private beyond (step: ConcreteMl.Tfhe.TorusStep) batch =
        QuantEval.overflows step.Bits (wrapped step batch)

    /// Codes that read negated entries.
    let private outside (step: ConcreteMl.Tfhe.TorusStep) batch =
        if step.IsWhole then
            beyond step batch
        else
            batch.Data
            |> Array.filter (fun code -> step.Position(step.Encode code) >= (1 <<< step.Bits))
            |> Array.length
            |> int64

    /// The codes of every value, not reduced where lookups, roundings and outputs read them.
    let private batches (graph: Graph) (inputs: IntegerBatch list) : ValueId -> IntegerBatch =
        let lanes = inputs |> List.tryHead |> Option.map _.Lanes |> Option.defaultValue 1
        let values: IntegerBatch option[] = Array.create graph.Types.Length None
        let get (ValueId value) = Option.get values[value]
        let set (ValueId value) batch = values[value] <- Some batch

        (graph.Inputs, Array.ofList inputs)
        ||> Array.iter2 (fun port batch -> set port.Value batch)

        for node in graph.Nodes do
            let operands = node.Operands |> Array.map get |> List.ofArray
            Array.iter2 set node.Results (op graph lanes node operands)

        get

    /// Codes outside their width by where a ciphertext's wrap shows: the number of the node that reads them, -1 for outputs.
    let private overflows (graph: Graph) (batch: ValueId -> IntegerBatch) : Map<int, int64> =
        // A code that wrapped all the way round is back in its width: no ciphertext shows it, so it does not count.
        let count value =
            outside (graph.TypeOf value).Step (batch value)

        [
            for index, node in Array.indexed graph.Nodes do
                if observes node.Op then
                    index, count node.Operands[0]
            for port in graph.Outputs do
                -1, beyond (graph.TypeOf port.Value).Step (batch port.Value)
        ]
        |> List.filter (fun (_, found) -> found > 0L)
        |> List.groupBy fst
        |> List.map (fun (at, found) -> at, List.sumBy snd found)
        |> Map.ofList

    /// Integer codes in, integer codes out, for many samples at once. A value is reduced modulo the codes of a turn where a ciphertext's
    /// wrap shows: before lookups and roundings, and at outputs; codes outside their width are counted there.
    let graph (graph: Graph) (inputs: IntegerBatch list) : EvalTrace =
        let batch = batches graph inputs
        let counts = overflows graph batch

        {
            Outputs =
                [
                    for port in graph.Outputs -> wrapped (graph.TypeOf port.Value).Step (batch port.Value)
                ]
            Overflows = counts |> Map.toSeq |> Seq.sumBy snd
            OverflowsAt = counts
        }
