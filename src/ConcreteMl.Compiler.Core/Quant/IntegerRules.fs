namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// What is legal in both stages of integers, the quantized one and the circuit. A rule gives its findings in words.
[<RequireQualifiedAccess>]
module internal IntegerRules =

    /// Tables of a lookup from an operand to a result, each given by shape and width.
    let table (table: Table) (operand: int[], operandBits) (result: int[], resultBits) : string list =
        match table.Entries.Shape with
        | [| tables; size |] when tables > 0 && operandBits <= 24 && size = (1 <<< operandBits) ->
            let entries = Tensor.toInt64s table.Entries

            [
                if
                    Tensor.toInt64s table.Index
                    |> Array.exists (fun index -> index < 0L || index >= int64 tables)
                then
                    $"the index names a table beyond {tables}"
                if Shape.tryBroadcast table.Index.Shape operand <> Some operand then
                    $"the index {Shape.print table.Index.Shape} does not broadcast to {Shape.print operand}"
                if LinearRange.bits (Array.min entries, Array.max entries) > resultBits then
                    $"an entry does not fit {resultBits} bits"
                match table.Window with
                | Some window when window < 1L || window > (1L <<< (operandBits - 1)) ->
                    $"a window of {window} codes to either side is none of {operandBits} bits"
                | _ -> ()
                if operand <> result then
                    $"the result {Shape.print result} has not the operand's shape {Shape.print operand}"
            ]
        | shape -> [ $"tables {Shape.print shape} do not serve an operand of {operandBits} bits" ]

    /// An input or output whose value has this shape.
    let port (shape: int[]) (port: Port) : string list =
        match port.Coding with
        | None -> [ "the port has no coding" ]
        | Some coding ->
            [
                let beyond =
                    coding.Beyond
                    |> Option.map (fun beyond -> "number of codes beyond", beyond)
                    |> Option.toList

                for name, tensor in [ "scale", coding.Scale; "zero", coding.Zero ] @ beyond do
                    if Shape.tryBroadcast tensor.Shape shape <> Some shape then
                        $"the {name} {Shape.print tensor.Shape} does not broadcast to {Shape.print shape}"

                if coding.Low > coding.High then
                    $"no code lies between {coding.Low} and {coding.High}"

                for _, beyond in beyond do
                    if Tensor.toFloat64s beyond |> Array.exists (fun count -> not (count >= 0.0)) then
                        "less than no code beyond the ends"
            ]

    /// The findings of a whole graph as diagnostics, each with the place where it was met.
    let report code (typeRules: 'Type -> string list) nodeRules portRules (graph: Graph<'Op, 'Type>) : Diagnostic list =
        let at place findings =
            findings
            |> List.map (fun message -> Diagnostic.error code place message "" "report it: a stage of the compiler left a broken graph")

        [
            for index in 0 .. graph.Types.Length - 1 do
                yield! at $"{ValueId index}" (typeRules graph.Types[index])
            for node in graph.Nodes do
                yield! at (node.Origin |> List.tryLast |> Option.defaultValue $"{node.Results[0]}") (nodeRules node)
            for port in Array.append graph.Inputs graph.Outputs do
                yield! at port.Name (portRules port)
        ]
