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

        match node.Op, operands with
        | Op.LookupMany(tables, _), [ operand ] when tables.Length > 0 && tables.Length = node.Results.Length ->
            [
                for table, value in Array.zip tables node.Results do
                    let result = graph.TypeOf value
                    yield! IntegerRules.table table (operand.Shape, operand.Bits) (result.Shape, result.Bits)
            ]
        | Op.LookupMany(tables, _), _ ->
            [
                $"{tables.Length} tables with {operands.Length} operands and {node.Results.Length} results"
            ]
        | _ when node.Results.Length <> 1 -> [ $"{node.Results.Length} results, expected 1" ]
        | _ ->
            let result = graph.TypeOf node.Results[0]

            match node.Op, operands with
            | Op.Linear linear, _ :: _ -> linearFindings linear operands result
            | Op.Lookup(table, _), [ operand ] -> IntegerRules.table table (operand.Shape, operand.Bits) (result.Shape, result.Bits)
            | Op.Round(drop, way, plan), operand :: residues ->
                let digits = Digits.ofPlan drop plan

                [
                    if
                        digits |> Array.sumBy _.Bits <> drop
                        || digits |> Array.exists (fun digit -> digit.Bits < 1)
                    then
                        $"the plan's digits are not the {drop} dropped bits"
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

    /// Every finding, with the place where it was met.
    let graph (graph: Graph) : Diagnostic list =
        graph
        |> IntegerRules.report "CML4090" typeFindings (nodeFindings graph) (fun port ->
            IntegerRules.port (graph.TypeOf port.Value).Shape port)
