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

        match node.Op with
        | Op.Linear linear -> [| EvalLinear.run linear (graph.TypeOf node.Results[0]).Shape operands |]
        | Op.Lookup(table, _) -> [| QuantEval.lookup table (bits ()) operands.Head |]
        | Op.LookupMany(tables, _) ->
            tables
            |> Array.map (fun table -> QuantEval.lookup table (bits ()) operands.Head)
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

    /// Integer codes in, integer codes out, for many samples at once. A value is reduced modulo 2^(Bits+1) where a ciphertext's
    /// wrap shows: before lookups and roundings, and at outputs; codes outside their width are counted there.
    let graph (graph: Graph) (inputs: IntegerBatch list) : EvalTrace =
        let lanes = inputs |> List.tryHead |> Option.map _.Lanes |> Option.defaultValue 1
        let values: IntegerBatch option[] = Array.create graph.Types.Length None
        let get (ValueId value) = Option.get values[value]
        let mutable counts = Map.empty

        // A code that wrapped all the way round is back in its width: no ciphertext shows it, so it does not count.
        let count at bits batch =
            let found =
                QuantEval.overflows
                    bits
                    { batch with
                        Data = Array.map (QuantEval.wrap bits) batch.Data
                    }

            if found > 0L then
                counts <-
                    counts
                    |> Map.change at (fun before -> Some(found + Option.defaultValue 0L before))

        Array.iter2
            (fun port batch ->
                let (ValueId value) = port.Value
                values[value] <- Some batch)
            graph.Inputs
            (Array.ofList inputs)

        graph.Nodes
        |> Array.iteri (fun index node ->
            let operands = node.Operands |> Array.map get |> List.ofArray

            if observes node.Op then
                count index (graph.TypeOf node.Operands[0]).Bits operands.Head

            (node.Results, op graph lanes node operands)
            ||> Array.iter2 (fun (ValueId result) batch -> values[result] <- Some batch))

        let outputs =
            [
                for port in graph.Outputs do
                    let bits = (graph.TypeOf port.Value).Bits
                    let batch = get port.Value
                    count -1 bits batch

                    { batch with
                        Data = Array.map (QuantEval.wrap bits) batch.Data
                    }
            ]

        {
            Outputs = outputs
            Overflows = counts |> Map.toSeq |> Seq.sumBy snd
            OverflowsAt = counts
        }
