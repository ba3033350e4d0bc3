namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// What is legal in the circuit stage. A finding is a defect of whatever made the graph (CML4090).
[<RequireQualifiedAccess>]
module Verify =

    [<Literal>]
    let private MostBits = 60

    let private typeFindings (t: ValueType) =
        [
            if Array.exists (fun size -> size < 1) t.Shape then
                $"the shape {Shape.print t.Shape} has an empty axis"
            if t.Bits < 1 || t.Bits > MostBits then
                $"{t.Bits} bits, expected 1 to {MostBits}"
            if fst t.Range > snd t.Range then
                $"the range {t.Range} is empty"
        ]

    let private lookupFindings (table: Table) (operand: ValueType) (result: ValueType) =
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
                if BitWidth.signed (Array.min entries, Array.max entries) > result.Bits then
                    $"an entry does not fit {result.Bits} bits"
                if operand.Shape <> result.Shape then
                    "a lookup keeps the shape"
            ]
        | shape -> [ $"tables {Shape.print shape} do not serve an operand of {operand.Bits} bits" ]

    let private linearFindings linear (operands: ValueType list) (result: ValueType) =
        match LinearShape.infer linear (operands |> List.map _.Shape) with
        | Error reason -> [ reason ]
        | Ok shape ->
            [
                if shape <> result.Shape then
                    $"the result is {Shape.print shape}, not {Shape.print result.Shape}"
                if operands |> List.exists (fun operand -> operand.Bits <> result.Bits) then
                    "operands and result of a linear operation share one width"
            ]

    let private nodeFindings (graph: Graph) (node: Node<Op>) =
        let operands = node.Operands |> Array.map graph.TypeOf |> List.ofArray

        if node.Results.Length <> 1 then
            [ $"{node.Results.Length} results, expected 1" ]
        else
            let result = graph.TypeOf node.Results[0]

            match node.Op, operands with
            | Op.Linear linear, _ :: _ -> linearFindings linear operands result
            | Op.Lookup(table, _), [ operand ] -> lookupFindings table operand result
            | Op.Round(drop, way, _), operand :: residues ->
                [
                    if
                        residues.Length > drop
                        || way = RoundingMethod.Approximate && not residues.IsEmpty
                    then
                        $"{residues.Length} residues for {drop} bits"
                    if
                        residues
                        |> List.exists (fun residue -> residue.Bits <> operand.Bits || residue.Shape <> operand.Shape)
                    then
                        "a residue has another shape or width than the operand"
                    if drop < 1 || operand.Bits - drop <> result.Bits then
                        $"{operand.Bits} bits less {drop} are not {result.Bits}"
                    if operand.Shape <> result.Shape then
                        "rounding keeps the shape"
                ]
            | Op.Reencode, [ operand ] ->
                [
                    if result.Bits > operand.Bits then
                        $"re-encoding cannot refine {operand.Bits} to {result.Bits} bits"
                    if operand.Shape <> result.Shape then
                        "re-encoding keeps the shape"
                ]
            | Op.Constant tensor, [] when tensor.Shape = result.Shape -> []
            | Op.Constant _, _ -> [ "the constant has not the shape of its type" ]
            | _ -> [ $"{operands.Length} operands do not fit the operation" ]

    let private portFindings (graph: Graph) (port: Port) =
        match port.Coding with
        | None -> [ "the port has no coding" ]
        | Some coding ->
            let shape = (graph.TypeOf port.Value).Shape

            [
                for name, tensor in [ "scale", coding.Scale; "zero", coding.Zero ] do
                    if Shape.tryBroadcast tensor.Shape shape <> Some shape then
                        $"the {name} {Shape.print tensor.Shape} does not broadcast to {Shape.print shape}"
                if coding.Low > coding.High then
                    $"no code lies between {coding.Low} and {coding.High}"
            ]

    /// Every finding, with the place where it was met.
    let graph (graph: Graph) : Diagnostic list =
        let report place findings =
            findings
            |> List.map (fun message ->
                Diagnostic.error "CML4090" place message "" "report it: a stage of the compiler left a broken graph")

        [
            for index in 0 .. graph.Types.Length - 1 do
                yield! report $"{ValueId index}" (typeFindings graph.Types[index])
            for node in graph.Nodes do
                yield! report (node.Origin |> List.tryLast |> Option.defaultValue $"{node.Results[0]}") (nodeFindings graph node)
            for port in Array.append graph.Inputs graph.Outputs do
                yield! report port.Name (portFindings graph port)
        ]
