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
            elif not t.Step.IsLegal then
                $"{t.Codes} codes of {t.Bits} bits"
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
                elif operands |> List.exists (fun operand -> operand.Step <> result.Step) then
                    "operands and result of a linear operation share one step"
            ]

    let private lookupFindings (graph: Graph) (node: Node<Op>) (tables: Table[]) (operand: ValueType) =
        [
            for table, value in Array.zip tables node.Results do
                let result = graph.TypeOf value
                yield! IntegerRules.table table (operand.Shape, operand.Bits) (result.Shape, result.Bits)
        ]

    let private planFindings drop plan =
        let digits = Digits.ofPlan drop plan

        [
            if
                digits |> Array.sumBy _.Bits <> drop
                || digits |> Array.exists (fun digit -> digit.Bits < 1)
            then
                $"the plan's digits are not the {drop} dropped bits"
        ]

    let private residueFindings drop way (operand: ValueType) (residues: ValueType list) =
        [
            if
                residues.Length > drop
                || way = RoundingMethod.Approximate && not residues.IsEmpty
            then
                $"{residues.Length} residues for {drop} bits"
            if
                residues
                |> List.exists (fun residue -> residue.Step <> operand.Step || residue.Shape <> operand.Shape)
            then
                "a residue has another shape or width than the operand"
        ]

    let private roundedFindings drop (operand: ValueType) (result: ValueType) =
        [
            if drop < 1 || operand.Bits - drop <> result.Bits then
                $"{operand.Bits} bits less {drop} are not {result.Bits}"
            if not (operand.Step.IsWhole && result.Step.IsWhole) then
                "what is rounded has no whole width"
            if operand.Shape <> result.Shape then
                "rounding keeps the shape"
        ]

    let private reencodingFindings (operand: ValueType) (result: ValueType) =
        [
            if result.Bits > operand.Bits then
                $"re-encoding cannot refine {operand.Bits} to {result.Bits} bits"
            if not (operand.Step.IsWhole && result.Step.IsWhole) then
                "what is re-encoded has no whole width"
            if operand.Shape <> result.Shape then
                "re-encoding keeps the shape"
        ]

    /// Findings of an operation that has one result.
    let private resultFindings op (operands: ValueType list) (result: ValueType) =
        match op, operands with
        | Op.Linear linear, _ :: _ -> linearFindings linear operands result
        | Op.Lookup(table, _), [ operand ] -> IntegerRules.table table (operand.Shape, operand.Bits) (result.Shape, result.Bits)
        | Op.Round(drop, way, plan), operand :: residues ->
            match roundedFindings drop operand result with
            | [] -> planFindings drop plan @ residueFindings drop way operand residues
            | found -> found
        | Op.Reencode, [ operand ] -> reencodingFindings operand result
        | Op.Constant tensor, [] when tensor.Shape = result.Shape -> []
        | Op.Constant _, _ -> [ "the constant has not the shape of its type" ]
        | _ -> [ $"{operands.Length} operands do not fit the operation" ]

    let private nodeFindings (graph: Graph) (node: Node<Op>) =
        let operands = node.Operands |> Array.map graph.TypeOf |> List.ofArray

        match node.Op, operands with
        | Op.LookupMany(tables, _), [ operand ] when tables.Length > 0 && tables.Length = node.Results.Length ->
            lookupFindings graph node tables operand
        | Op.LookupMany(tables, _), _ ->
            [
                $"{tables.Length} tables with {operands.Length} operands and {node.Results.Length} results"
            ]
        | _ when node.Results.Length <> 1 -> [ $"{node.Results.Length} results, expected 1" ]
        | _ -> resultFindings node.Op operands (graph.TypeOf node.Results[0])

    /// LWE dimensions that the security curve says nothing of.
    let private insecure (chosen: ChosenParameters) : string list =
        let curve = chosen.Key.Curve

        [
            chosen.Key.Dimension
            for one in chosen.Classes do
                one.SmallDimension
            for packing in Option.toList chosen.Outputs do
                packing.Dimension
        ]
        |> List.filter (fun dimension -> dimension < curve.LeastDimension)
        |> List.distinct
        |> List.map (fun dimension ->
            $"no noise makes dimension {dimension} secure: the {curve.Level}-bit line begins at {curve.LeastDimension}")

    /// What the run time refuses of the parameters: its constructors are the one home of these bounds.
    let private impossible (chosen: ChosenParameters) : string list =
        try
            ChosenParameters.parameterSet chosen |> ignore
            []
        with :? System.ArgumentException as refused ->
            [ refused.Message.Split(" (Parameter")[0] ]

    /// Groups and classes that plans name exist, dimensions have a claim, and the run time takes all of it.
    let private parameterFindings (graph: Graph) (chosen: ChosenParameters) : string list =
        let grouped = chosen.Classes |> Seq.collect _.Groups |> List.ofSeq

        [
            match insecure chosen with
            | [] -> yield! impossible chosen
            | found -> yield! found
            if (List.distinct grouped).Length <> grouped.Length then
                "a group belongs to two classes"
            for place in Sites.places graph do
                match place.Group with
                | None -> $"a lookup or digit of {place.Operand} has no group"
                | Some group when not (List.contains group grouped) ->
                    $"group {group} belongs to no class (there are {chosen.Classes.Length} classes)"
                | Some _ -> ()
        ]
        |> List.distinct

    let private classes (node: Node<Op>) =
        match node.Op with
        | Op.Lookup(_, plan)
        | Op.LookupMany(_, plan) -> plan |> Option.bind _.Class |> Option.toList
        | Op.Round(_, _, plan) ->
            plan
            |> Option.map (fun plan -> plan.Digits |> Array.choose _.Class |> List.ofArray)
            |> Option.defaultValue []
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> []

    let private classFindings known (node: Node<Op>) =
        [
            for own in classes node do
                if own < 0 || own >= known then
                    $"class {own} is none of the {known} classes in the graph's attributes"
        ]

    let private mixed (graph: Graph) =
        Sites.places graph
        |> Array.choose (fun place -> place.Group |> Option.map (fun group -> group, place.Size))
        |> Array.distinct
        |> Array.countBy fst
        |> Array.filter (fun (_, sizes) -> sizes > 1)
        |> Array.map (fun (group, _) -> $"group {group} mixes lookups and digits of different sizes")
        |> List.ofArray

    let private graphFindings (graph: Graph) (chosen: Result<ChosenParameters option, string>) =
        let own =
            match chosen with
            | Error reason -> [ reason ]
            | Ok(Some chosen) -> parameterFindings graph chosen
            | Ok None ->
                [
                    if graph.Types |> Array.exists _.Key.IsSome then
                        "values have a key, and the graph's attributes have none"
                ]

        own @ mixed graph
        |> List.map (fun message ->
            Diagnostic.error "CML4090" graph.Name message "" "report it: a stage of the compiler left a broken graph")

    let private portFindings (graph: Graph) (port: Port) =
        IntegerRules.port (graph.TypeOf port.Value).Shape port

    /// Every finding, with the place where it was met.
    let graph (graph: Graph) : Diagnostic list =
        let chosen = ParameterText.read graph

        let known =
            match chosen with
            | Ok(Some chosen) -> chosen.Classes.Length
            | Ok None
            | Error _ -> 0

        let nodeFindings node =
            nodeFindings graph node @ classFindings known node

        let findings =
            graph
            |> IntegerRules.report "CML4090" typeFindings nodeFindings (portFindings graph)

        findings @ graphFindings graph chosen
