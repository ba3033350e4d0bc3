namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// What is legal in the quantized stage: shapes, widths, table sizes, codings. A finding is a defect of whatever made the graph.
[<RequireQualifiedAccess>]
module Verify =

    /// No value is wider than this: the largest intermediate of the interpreter has room to spare in 64 bits.
    let widest = 60

    let private typeFindings (t: ValueType) : string list =
        [
            if Array.exists (fun size -> size < 1) t.Shape then
                $"the shape {Shape.print t.Shape} has an empty axis"
            if t.Bits < 1 || t.Bits > widest then
                $"{t.Bits} bits, expected 1 to {widest}"
            elif fst t.Range > snd t.Range then
                $"the range {t.Range} is empty"
            elif LinearRange.bits t.Range > t.Bits then
                $"the range {t.Range} does not fit {t.Bits} bits"
        ]

    let private linearFindings linear (operands: ValueType list) (result: ValueType) : string list =
        match LinearShape.infer linear (operands |> List.map _.Shape) with
        | Error reason -> [ reason ]
        | Ok shape when shape <> result.Shape -> [ $"the result is {Shape.print shape}, not {Shape.print result.Shape}" ]
        | Ok _ -> []

    let private nodeFindings (graph: Graph) (node: Node<Op>) : string list =
        let operands = node.Operands |> Array.map graph.TypeOf |> List.ofArray
        let result = graph.TypeOf node.Results[0]

        match node.Op, operands with
        | _ when node.Results.Length <> 1 -> [ $"{node.Results.Length} results, expected 1" ]
        | Op.Linear linear, _ :: _ -> linearFindings linear operands result
        | Op.Lookup table, [ operand ] -> IntegerRules.table table (operand.Shape, operand.Bits) (result.Shape, result.Bits)
        | Op.Round(drop, _), [ operand ] ->
            [
                if drop < 1 || operand.Bits - drop <> result.Bits then
                    $"{operand.Bits} bits less {drop} are not {result.Bits}"
                if operand.Shape <> result.Shape then
                    "rounding keeps the shape"
            ]
        | Op.Constant tensor, [] when tensor.Shape = result.Shape -> []
        | Op.Constant _, _ -> [ "the constant has not the shape of its type" ]
        | _ -> [ $"{operands.Length} operands do not fit the operation" ]

    /// Every finding, with the place where it was met (CML3090).
    let graph (graph: Graph) : Diagnostic list =
        graph
        |> IntegerRules.report "CML3090" typeFindings (nodeFindings graph) (fun port ->
            IntegerRules.port (graph.TypeOf port.Value).Shape port)
