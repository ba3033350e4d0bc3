namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// What is legal in the planned stage. A finding is a defect of whatever made the graph.
[<RequireQualifiedAccess>]
module Verify =

    let private widest = ConcreteMl.Compiler.Core.Quant.Verify.widest

    let private fits (shape: int[]) (tensor: Tensor) =
        Shape.tryBroadcast tensor.Shape shape = Some shape

    let private meaningFindings (shape: int[]) what (meaning: Meaning) =
        [
            for name, tensor in [ "scales", meaning.Scale; "offsets", meaning.Offset ] do
                if tensor.Element <> Element.Float64 || not (fits shape tensor) then
                    $"the {what}{name} {Shape.print tensor.Shape} {tensor.Element} do not broadcast to {Shape.print shape} float64"
        ]

    /// A class is called by its first element.
    let private areClasses count (classes: Classes) =
        classes.Length = count
        && classes
           |> Array.indexed
           |> Array.forall (fun (element, label) -> label >= 0 && label <= element && classes[label] = label)

    let private labelFindings (planned: Type) =
        let count = Shape.count planned.Shape

        [
            match planned.Grouping with
            | Some grouping when not (areClasses count grouping.Scales && areClasses count grouping.Groups) ->
                $"classes or groups are not those of {count} elements, each called by its first"
            | _ -> ()
            match planned.Meeting with
            | Some meeting when meeting.Elements.Length <> count || meeting.Factor.Length <> count ->
                $"the meeting is not that of {count} elements"
            | _ -> ()
        ]

    /// Whether a meeting is in one of these sums, told by how many operands and elements they have.
    let private isSound (sums: (int * int)[]) (meeting: Meeting) =
        meeting.Sum >= 0
        && meeting.Sum < sums.Length
        && meeting.Position >= 0
        && meeting.Position < fst sums[meeting.Sum]
        && meeting.Elements
           |> Array.forall (fun element -> element >= -1 && element < snd sums[meeting.Sum])

    /// A meeting names a sum of the graph, an operand of it and elements of its result.
    let private meetingFindings (graph: PlanGraph) : Diagnostic list =
        let sums =
            graph.Nodes
            |> Array.filter (fun node -> node.Op.IsCombine)
            |> Array.map (fun node -> node.Operands.Length, Shape.count (graph.TypeOf node.Results[0]).Shape)

        [
            for index in 0 .. graph.Types.Length - 1 do
                match graph.Types[index].Meeting with
                | Some meeting when not (isSound sums meeting) ->
                    Diagnostic.error
                        "CML3091"
                        $"{ValueId index}"
                        $"it meets no value in sum {meeting.Sum}, operand {meeting.Position}, of {sums.Length} sums"
                        ""
                        "run find-meetings again, or correct the text"
                | _ -> ()
        ]

    let private typeFindings (planned: Type) : string list =
        [
            if Array.exists (fun size -> size < 1) planned.Shape then
                $"the shape {Shape.print planned.Shape} has an empty axis"
            yield! labelFindings planned
            match planned.Codes with
            | None -> ()
            | Some codes ->
                if codes.Bits < 1 || codes.Bits > widest then
                    $"{codes.Bits} bits, expected 1 to {widest}"
                elif fst codes.Range > snd codes.Range then
                    $"the range {codes.Range} is empty"
                elif LinearRange.bits codes.Range > codes.Bits then
                    $"the range {codes.Range} does not fit {codes.Bits} bits"

                yield!
                    codes.Meaning
                    |> Option.map (meaningFindings planned.Shape "")
                    |> Option.defaultValue []
        ]

    let private shaped (result: Type) found =
        match found with
        | Error reason -> [ reason ]
        | Ok shape when shape <> result.Shape -> [ $"the result is {Shape.print shape}, not {Shape.print result.Shape}" ]
        | Ok _ -> []

    let private linear operation (operands: Type list) result =
        LinearShape.infer operation (operands |> List.map _.Shape) |> shaped result

    let private regionFindings (region: Region) (operand: Type) (result: Type) =
        [
            if operand.Shape <> region.Shape then
                $"the region is {Shape.print region.Shape}, its operand {Shape.print operand.Shape}"
            if result.Shape <> region.Shape then
                $"the region is {Shape.print region.Shape}, the result {Shape.print result.Shape}"
            for tensor in Region.constants region do
                if not (fits region.Shape tensor) then
                    $"a constant {Shape.print tensor.Shape} of the region does not broadcast to {Shape.print region.Shape}"
        ]

    let private weightFindings (weights: Weights) =
        [
            match weights.Steps with
            | Some steps when steps.Shape <> weights.Values.Shape ->
                $"the steps {Shape.print steps.Shape} are not those of weights {Shape.print weights.Values.Shape}"
            | _ -> ()
        ]

    let private codedFindings (lookup: CodedLookup) (operand: Type) (result: Type) =
        let shape = lookup.Function.Shape

        [
            yield! regionFindings lookup.Function operand result
            yield! meaningFindings shape "read " lookup.Reads
            yield! meaningFindings shape "given " lookup.Gives
            if operand.Codes.IsNone || result.Codes.IsNone then
                "no codes are chosen for operand or result"
            if lookup.Window |> Option.exists (fun window -> window < 1L) then
                $"a window of {lookup.Window.Value} codes to either side"
            if lookup.Low > lookup.High then
                $"no code lies between {lookup.Low} and {lookup.High}"
            if not (fits shape lookup.Multiplier && fits shape lookup.Shift) then
                "multiplier or shift do not broadcast to the operand"
            if Tensor.toInt64s lookup.Multiplier |> Array.exists ((=) 0L) then
                "a multiplier of 0"
        ]

    /// Findings of a linear operation with weights, and of what it is made of.
    let private linearFindings op (operands: Type list) (result: Type) : string list =
        match op with
        | Op.MatMul weights -> weightFindings weights @ linear (Linear.MatMul weights.Values) operands result
        | Op.Conv(weights, geometry, group) ->
            weightFindings weights
            @ linear (Linear.Conv(weights.Values, geometry, group)) operands result
        | Op.SumPool(kernel, geometry, divisors) ->
            [
                yield! linear (Linear.SumPool(kernel, geometry)) operands result
                if divisors.Length <> Shape.count result.Shape then
                    $"{divisors.Length} divisors for {Shape.count result.Shape} elements"
            ]
        | Op.ReduceSum(axes, keep) -> linear (Linear.ReduceSum(axes, keep)) operands result
        | Op.Combine signs -> linear (Linear.Combine(signs |> Array.map int64)) operands result
        | Op.Concat axis -> linear (Linear.Concat axis) operands result
        | Op.Move move -> linear (Linear.Move move) operands result
        | Op.Integers(QuantOp.Linear operation) -> linear operation operands result
        | _ -> []

    let private affineFindings region (operand: Type) (result: Type) =
        [
            yield! regionFindings region operand result
            if (Affine.tryOf region).IsNone then
                $"'{region.Function}' is not affine"
        ]

    let private nodeFindings (graph: PlanGraph) (node: Node<Op>) : string list =
        let operands = node.Operands |> Array.map graph.TypeOf |> List.ofArray
        let result = graph.TypeOf node.Results[0]

        match node.Op, operands with
        | _ when node.Results.Length <> 1 -> [ $"{node.Results.Length} results, expected 1" ]
        | (Op.MatMul _ | Op.Conv _ | Op.SumPool _ | Op.ReduceSum _ | Op.Move _), [ _ ]
        | Op.Combine _, [ _; _ ]
        | (Op.Concat _ | Op.Integers(QuantOp.Linear _)), _ :: _ -> linearFindings node.Op operands result
        | Op.Centre, [ operand ]
        | Op.Integers(QuantOp.Round _ | QuantOp.Lookup _), [ operand ] -> shaped result (Ok operand.Shape)
        | Op.Affine region, [ operand ] -> affineFindings region operand result
        | Op.Lookup(region, _), [ operand ] -> regionFindings region operand result
        | Op.Constant reals, [] -> shaped result (Ok reals.Shape)
        | Op.Integers(QuantOp.Constant codes), [] -> shaped result (Ok codes.Shape)
        | Op.Coded lookup, [ operand ] -> codedFindings lookup operand result
        | (Op.MatMul _ | Op.Conv _ | Op.SumPool _ | Op.ReduceSum _ | Op.Combine _ | Op.Move _ | Op.Concat _), _
        | (Op.Centre | Op.Affine _ | Op.Lookup _ | Op.Constant _ | Op.Integers _ | Op.Coded _), _ ->
            [ $"{operands.Length} operands do not fit the operation" ]

    /// Every finding, with the place where it was met (CML3091).
    let graph (graph: PlanGraph) : Diagnostic list =
        meetingFindings graph
        @ (graph
           |> IntegerRules.report "CML3091" typeFindings (nodeFindings graph) (fun port ->
               match port.Coding, (graph.TypeOf port.Value).Codes with
               | None, None -> []
               | None, Some _ -> [ "the port has no coding" ]
               | Some _, None -> [ "the port has a coding, its value no codes" ]
               | Some _, Some _ -> IntegerRules.port (graph.TypeOf port.Value).Shape port))
