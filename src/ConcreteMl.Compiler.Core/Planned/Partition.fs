namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Which elements of planned values share a scale, and which a range and a table.
[<RequireQualifiedAccess>]
module Partition =

    /// Classes of elements with equal keys.
    let ofKeys (keys: 'Key[]) : Classes =
        let first = Dictionary<'Key, int>()

        keys
        |> Array.mapi (fun element key ->
            match first.TryGetValue key with
            | true, label -> label
            | false, _ ->
                first[key] <- element
                element)

    let private identity count : Classes = [| 0 .. count - 1 |]

    /// The finest partition coarser than both.
    let join (left: Classes) (right: Classes) : Classes =
        Merge.ofRelations left.Length [ Array.indexed left; Array.indexed right ]

    /// What a node's elements are selected from, where `origins` tells that of its operands: by each side of a sum, and as its result.
    let private selectedFrom (plan: Plan) (origins: int[][]) index : int[][] * int[] =
        let node = plan.Nodes[index]

        let known =
            node.Operands |> Array.filter (fun operand -> origins[operand].Length > 0)

        let along operand (map: int[]) =
            map |> Array.map (fun element -> origins[operand].[element])

        match node.Op with
        | Some(PlanOp.Move move) when known.Length = 1 -> [||], Moves.nearest move plan.Nodes[known[0]].Shape node.Shape |> along known[0]
        | Some(PlanOp.Combine _) ->
            let sides =
                known
                |> Array.map (fun operand -> Moves.broadcast plan.Nodes[operand].Shape node.Shape |> along operand)

            let isExtreme = known.Length > 0 && (Extreme.tryOf plan index).IsSome
            sides, (if isExtreme then sides[0] else [||])
        | _ -> [||], [||]

    /// Which elements of a value are compared with each other by the extremes that select from it alone: they share a scale, so that
    /// differences of their codes are whole steps.
    let private compared (plan: Plan) (differences: Map<int, int>) source : Classes =
        let count = Shape.count plan.Nodes[source].Shape
        let relations = List<(int * int)[]>()

        // By planned value the elements of the source that its elements are selected from; empty for other values.
        let origins = Array.create plan.Nodes.Length [||]
        origins[source] <- identity count

        for index in source + 1 .. plan.Nodes.Length - 1 do
            match selectedFrom plan origins index with
            | sides, _ when sides.Length = 2 && Map.tryFind index differences = Some source ->
                sides
                |> Array.collect (Array.mapi (fun position element -> element, position))
                |> relations.Add
            | _, selected -> origins[index] <- selected

        Merge.ofRelations count relations

    /// Classes of a tensor seen through an index map: where the result's elements share a label, their sources do.
    let private pull count (indices: int[]) (labels: Classes) : Classes =
        let pairs = indices |> Array.mapi (fun element source -> source, labels[element])
        Merge.ofRelations count [ pairs |> Array.filter (fun (source, _) -> source >= 0) ]

    let private channel (shape: int[]) : Classes =
        let area = Shape.count shape[2..]
        ofKeys (Array.init (Shape.count shape) (fun element -> element / area % shape[1]))

    let private column (weights: Tensor) (shape: int[]) : Classes =
        let columns = shape[shape.Length - 1]
        let rows = if shape.Length > 1 then shape[shape.Length - 2] else 1
        let batched = weights.Shape.Length > 2
        ofKeys (Array.init (Shape.count shape) (fun element -> (if batched then element / columns / rows else 0), element % columns))

    /// The label of the first of the elements that each sum adds up.
    let private ofFirst count (sums: int[]) (labels: Classes) : Classes =
        let keys = Array.create count -1

        sums
        |> Array.iteri (fun source result ->
            if keys[result] < 0 then
                keys[result] <- labels[source])

        ofKeys keys

    /// The labels of plain sums: of one filter, and of the first of the elements that each adds up.
    let private ofPlain (node: PlanNode) shape (filters: Classes) (own: Classes) : Classes =
        PlainSums.firsts node.Op shape node.Shape
        |> Array.map2 (fun filter (first, _) -> filter, (if first < 0 then -1 else own[first])) filters
        |> ofKeys

    /// The labels of a node's result, of those of its operands, in these shapes.
    let private carried (node: PlanNode) (shapes: int[][]) (own: int -> Classes) origin (combine: Classes list -> Classes) : Classes =
        let along position (map: int[]) =
            map |> Array.map (fun source -> (own position)[source])

        match node.Op with
        | Some(PlanOp.Integers _ | PlanOp.Coded _) -> Plan.chosen ()
        | None
        | Some(PlanOp.Constant _ | PlanOp.Lookup _) -> origin node
        | Some(PlanOp.MatMul weights) when PlainSums.isPlain node.Op -> ofPlain node shapes[0] (column weights.Values node.Shape) (own 0)
        | Some(PlanOp.Conv _) when PlainSums.isPlain node.Op -> ofPlain node shapes[0] (channel node.Shape) (own 0)
        | Some(PlanOp.MatMul weights) -> column weights.Values node.Shape
        | Some(PlanOp.Conv _ | PlanOp.SumPool _) -> channel node.Shape
        | Some(PlanOp.Centre | PlanOp.Affine _) -> own 0
        | Some(PlanOp.Move move) -> Moves.nearest move shapes[0] node.Shape |> along 0 |> ofKeys
        | Some(PlanOp.ReduceSum(axes, _)) -> ofFirst (Shape.count node.Shape) (Moves.reduction axes shapes[0]) (own 0)
        | Some(PlanOp.Concat axis) ->
            Moves.concat axis shapes node.Shape
            |> Array.map (fun (operand, element) -> operand, (own operand)[element])
            |> ofKeys
        | Some(PlanOp.Combine _) ->
            List.init shapes.Length (fun position -> Moves.broadcast shapes[position] node.Shape |> along position)
            |> combine

    /// Labels carried from the operands to the result; `origin` for inputs and lookups, `combine` where values meet.
    let private forward (plan: Plan) (origin: Classes[] -> PlanNode -> Classes) (combine: Classes list -> Classes) : Classes[] =
        let labels = Array.create plan.Nodes.Length [||]

        for index, node in Array.indexed plan.Nodes do
            let shapes = node.Operands |> Array.map (fun operand -> plan.Nodes[operand].Shape)
            let own position = labels[node.Operands[position]]
            labels[index] <- carried node shapes own (origin labels) combine

        labels

    /// What a window sum asks: each channel one scale, and what is asked of a channel's results of its cells.
    let private ofWindows (shape: int[]) (result: int[]) (asked: Classes) : Classes =
        let own, area = Shape.count shape[2..], Shape.count result[2..]
        let ofChannel = Array.init (Shape.count shape[..1]) (fun line -> asked[line * area])
        join (channel shape) (ofKeys (Array.init (Shape.count shape) (fun element -> ofChannel[element / own])))

    /// What is asked of each operand's part of a concatenation.
    let private ofParts (sources: (int * int)[]) (counts: int[]) (asked: Classes) : Classes list =
        let labels = counts |> Array.map (fun count -> Array.create count 0)

        sources
        |> Array.iteri (fun element (operand, source) -> labels[operand].[source] <- asked[element])

        labels |> Array.map ofKeys |> List.ofArray

    /// What a sum asks: elements that meet in it share a scale, and so do those that share one on either side.
    let private ofSum (shapes: int[][]) (result: int[]) (uniform: Classes[]) (asked: Classes) : Classes list =
        let maps = shapes |> Array.map (fun shape -> Moves.broadcast shape result)

        let carried =
            Array.map2 (fun (map: int[]) (own: Classes) -> map |> Array.map (fun source -> own[source]) |> ofKeys) maps uniform

        let all = Array.fold join asked carried
        List.init shapes.Length (fun position -> pull (Shape.count shapes[position]) maps[position] all)

    /// What a node asks of its operands' scales, given what is asked of its own.
    let private required (plan: Plan) (uniform: Classes[]) (node: PlanNode) (asked: Classes) : Classes list =
        let shapes = node.Operands |> Array.map (fun operand -> plan.Nodes[operand].Shape)
        let count position = Shape.count shapes[position]

        match node.Op with
        | Some(PlanOp.Integers _)
        | Some(PlanOp.Coded _) -> Plan.chosen ()
        | None
        | Some(PlanOp.Constant _) -> []
        | Some(PlanOp.Lookup _) -> [ identity (count 0) ]
        | Some(PlanOp.Centre)
        | Some(PlanOp.Affine _) -> [ asked ]
        | Some(PlanOp.MatMul _ | PlanOp.Conv _) when PlainSums.isPlain node.Op ->
            let terms = PlainSums.terms node.Op shapes[0] node.Shape

            [
                Merge.ofRelations (count 0) [ terms |> Array.map (fun struct (source, result, _) -> source, asked[result]) ]
            ]
        | Some(PlanOp.MatMul _) ->
            let inner = Array.last shapes[0]
            [ ofKeys (Array.init (count 0) (fun element -> element % inner)) ]
        | Some(PlanOp.Conv _) -> [ channel shapes[0] ]
        | Some(PlanOp.SumPool _) -> [ ofWindows shapes[0] node.Shape asked ]
        | Some(PlanOp.ReduceSum(axes, _)) ->
            [
                Moves.reduction axes shapes[0]
                |> Array.map (fun result -> asked[result])
                |> ofKeys
            ]
        | Some(PlanOp.Move move) -> [ pull (count 0) (Moves.indices move shapes[0] node.Shape) asked ]
        | Some(PlanOp.Concat axis) -> ofParts (Moves.concat axis shapes node.Shape) (Array.map Shape.count shapes) asked
        | Some(PlanOp.Combine _) -> ofSum shapes node.Shape (node.Operands |> Array.map (fun operand -> uniform[operand])) asked

    /// What is asked of every value's scales by what reads it, given the labels that sums compare.
    let private asked (plan: Plan) (uniform: Classes[]) : Classes[] =
        let asked = plan.Nodes |> Array.map (fun node -> identity (Shape.count node.Shape))

        for index in plan.Nodes.Length - 1 .. -1 .. 0 do
            let node = plan.Nodes[index]

            required plan uniform node asked[index]
            |> List.iteri (fun position classes ->
                let operand = node.Operands[position]
                asked[operand] <- join asked[operand] classes)

        let differences = Extreme.ofOneValue plan

        for source in differences |> Map.toSeq |> Seq.map snd |> Seq.distinct do
            match plan.Nodes[source].Op with
            | None
            | Some(PlanOp.Lookup _) -> asked[source] <- join asked[source] (compared plan differences source)
            | _ -> ()

        asked

    /// The grouping of every value of a plan.
    let ofPlan (plan: Plan) : Grouping[] =
        let fresh _ (node: PlanNode) = identity (Shape.count node.Shape)
        let scales = forward plan fresh (List.reduce join) |> asked plan

        let inherited (labels: Classes[]) (node: PlanNode) =
            match node.Op with
            | Some(PlanOp.Lookup _) -> labels[node.Operands[0]]
            | _ -> identity (Shape.count node.Shape)

        let finest (operands: Classes list) =
            operands
            |> List.map Array.ofSeq
            |> List.reduce (fun left right -> ofKeys (Array.zip left right))

        Array.map2 (fun scales groups -> { Scales = scales; Groups = groups }) scales (forward plan inherited finest)

    /// The elements of each class, in order of their labels.
    let members (classes: Classes) : int[][] =
        classes
        |> Array.indexed
        |> Array.groupBy snd
        |> Array.map (fun (_, elements) -> elements |> Array.map fst)
