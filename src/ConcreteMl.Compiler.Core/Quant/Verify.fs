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

    let private tableFindings (table: Table) (operand: ValueType) (result: ValueType) : string list =
        match table.Entries.Shape with
        | [| tables; size |] when operand.Bits <= 24 && size = (1 <<< operand.Bits) ->
            let entries = Tensor.toInt64s table.Entries

            [
                if
                    Tensor.toInt64s table.Index
                    |> Array.exists (fun index -> index < 0L || index >= int64 tables)
                then
                    $"the index names a table beyond {tables}"
                if Shape.tryBroadcast table.Index.Shape operand.Shape <> Some operand.Shape then
                    $"the index {Shape.print table.Index.Shape} does not broadcast to {Shape.print operand.Shape}"
                if LinearRange.bits (Array.min entries, Array.max entries) > result.Bits then
                    $"an entry does not fit {result.Bits} bits"
                if operand.Shape <> result.Shape then
                    $"the result {Shape.print result.Shape} has not the operand's shape {Shape.print operand.Shape}"
            ]
        | shape -> [ $"tables {Shape.print shape} do not serve an operand of {operand.Bits} bits" ]

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
        | Op.Lookup table, [ operand ] -> tableFindings table operand result
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

    let private portFindings (graph: Graph) (port: Port) : string list =
        let shape = (graph.TypeOf port.Value).Shape

        match port.Coding with
        | None -> [ "the port has no coding" ]
        | Some coding ->
            [
                for name, tensor in [ "scale", coding.Scale; "zero", coding.Zero ] do
                    if Shape.tryBroadcast tensor.Shape shape <> Some shape then
                        $"the {name} {Shape.print tensor.Shape} does not broadcast to {Shape.print shape}"
                if coding.Low > coding.High then
                    $"no code lies between {coding.Low} and {coding.High}"
            ]

    /// Every finding, with the place where it was met (CML3090).
    let graph (graph: Graph) : Diagnostic list =
        let report place (findings: string list) =
            findings
            |> List.map (fun message ->
                Diagnostic.error "CML3090" place message "" "report it: a stage of the compiler left a broken graph")

        [
            for index in 0 .. graph.Types.Length - 1 do
                yield! report $"{ValueId index}" (typeFindings graph.Types[index])
            for node in graph.Nodes do
                yield! report (node.Origin |> List.tryLast |> Option.defaultValue $"{node.Results[0]}") (nodeFindings graph node)
            for port in Array.append graph.Inputs graph.Outputs do
                yield! report port.Name (portFindings graph port)
        ]
