namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

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

    /// The finest partition of [0, count) in which elements with an equal (source) label in any of the pairs meet.
    let private merge count (relations: (int * int)[] seq) : Classes =
        let parent = [| 0 .. count - 1 |]

        let rec find element =
            if parent[element] = element then
                element
            else
                parent[element] <- find parent[element]
                parent[element]

        for relation in relations do
            let first = Dictionary<int, int>()

            for element, key in relation do
                match first.TryGetValue key with
                | true, other ->
                    let a, b = find element, find other
                    parent[max a b] <- min a b
                | false, _ -> first[key] <- element

        Array.init count find

    /// The finest partition coarser than both.
    let join (left: Classes) (right: Classes) : Classes =
        merge left.Length [ Array.indexed left; Array.indexed right ]

    /// Which elements of a value are compared with each other by the extremes that select from it alone: they share a scale, so that
    /// differences of their codes are whole steps.
    let private compared (plan: Plan) (differences: Map<int, int>) source : Classes =
        let count = Shape.count plan.Nodes[source].Shape
        let relations = List<(int * int)[]>()

        // By planned value the elements of the source that its elements are selected from; empty for other values.
        let origins = Array.create plan.Nodes.Length [||]
        origins[source] <- identity count

        let spread index operand =
            Moves.broadcast plan.Nodes[operand].Shape plan.Nodes[index].Shape
            |> Array.map (fun element -> origins[operand].[element])

        for index in source + 1 .. plan.Nodes.Length - 1 do
            let node = plan.Nodes[index]

            let known =
                node.Operands |> Array.filter (fun operand -> origins[operand].Length > 0)

            match node.Op with
            | Some(PlanOp.Move linear) when known.Length = 1 ->
                Moves.nearest linear plan.Nodes[known[0]].Shape node.Shape
                |> Option.iter (fun map -> origins[index] <- map |> Array.map (fun element -> origins[known[0]].[element]))
            | Some(PlanOp.Combine _) when Map.tryFind index differences = Some source && known.Length = 2 ->
                known
                |> Array.collect (fun operand -> spread index operand |> Array.mapi (fun position element -> element, position))
                |> relations.Add
            | Some(PlanOp.Combine _) when known.Length > 0 && (Extreme.tryOf plan index).IsSome -> origins[index] <- spread index known[0]
            | _ -> ()

        merge count relations

    /// Classes of a tensor seen through an index map: where the result's elements share a label, their sources do.
    let private pull count (indices: int[]) (labels: Classes) : Classes =
        let pairs = indices |> Array.mapi (fun element source -> source, labels[element])
        merge count [ pairs |> Array.filter (fun (source, _) -> source >= 0) ]

    let private channel (shape: int[]) : Classes =
        let area = Shape.count shape[2..]
        ofKeys (Array.init (Shape.count shape) (fun element -> element / area % shape[1]))

    let private column (weights: Tensor) (shape: int[]) : Classes =
        let columns = shape[shape.Length - 1]
        let rows = if shape.Length > 1 then shape[shape.Length - 2] else 1
        let batched = weights.Shape.Length > 2
        ofKeys (Array.init (Shape.count shape) (fun element -> (if batched then element / columns / rows else 0), element % columns))

    let private nearest linear x result =
        Moves.nearest linear x result
        |> Option.defaultValue (identity (Shape.count result))

    /// Labels carried from the operands to the result; `origin` for inputs and lookups, `combine` where values meet.
    let private forward (plan: Plan) (origin: PlanNode -> Classes[] -> Classes) (combine: Classes list -> Classes) : Classes[] =
        let labels = Array.create plan.Nodes.Length [||]

        plan.Nodes
        |> Array.iteri (fun index node ->
            let own position = labels[node.Operands[position]]

            let shapeOf position =
                plan.Nodes[node.Operands[position]].Shape

            labels[index] <-
                match node.Op with
                | Some(PlanOp.Integers _)
                | Some(PlanOp.Coded _) -> Plan.chosen ()
                | None
                | Some(PlanOp.Constant _)
                | Some(PlanOp.Lookup _) -> origin node labels
                | Some(PlanOp.MatMul weights) -> column weights.Values node.Shape
                | Some(PlanOp.Conv _)
                | Some(PlanOp.SumPool _) -> channel node.Shape
                | Some(PlanOp.Centre)
                | Some(PlanOp.Affine _) -> own 0
                | Some(PlanOp.Move linear) ->
                    nearest linear (shapeOf 0) node.Shape
                    |> Array.map (fun source -> (own 0)[source])
                    |> ofKeys
                | Some(PlanOp.ReduceSum(axes, _)) ->
                    let keys = Array.create (Shape.count node.Shape) -1

                    Moves.reduction axes (shapeOf 0)
                    |> Array.iteri (fun source result ->
                        if keys[result] < 0 then
                            keys[result] <- (own 0)[source])

                    ofKeys keys
                | Some(PlanOp.Concat axis) ->
                    Moves.concat axis (node.Operands |> Array.map (fun operand -> plan.Nodes[operand].Shape)) node.Shape
                    |> Array.map (fun (operand, element) -> operand, (own operand)[element])
                    |> ofKeys
                | Some(PlanOp.Combine _) ->
                    node.Operands
                    |> Array.mapi (fun position _ ->
                        Moves.broadcast (shapeOf position) node.Shape
                        |> Array.map (fun source -> (own position)[source]))
                    |> List.ofArray
                    |> combine)

        labels

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
        | Some(PlanOp.MatMul _) ->
            let inner = shapes[0].[shapes[0].Length - 1]
            [ ofKeys (Array.init (count 0) (fun element -> element % inner)) ]
        | Some(PlanOp.Conv _) -> [ channel shapes[0] ]
        | Some(PlanOp.SumPool _) ->
            let area = Shape.count node.Shape[2..]

            let ofChannel =
                Array.init (Shape.count shapes[0].[..1]) (fun line -> asked[line * area])

            let own = Shape.count shapes[0].[2..]

            [
                join (channel shapes[0]) (ofKeys (Array.init (count 0) (fun element -> ofChannel[element / own])))
            ]
        | Some(PlanOp.ReduceSum(axes, _)) ->
            let sums = Moves.reduction axes shapes[0]
            [ ofKeys (sums |> Array.map (fun result -> asked[result])) ]
        | Some(PlanOp.Move linear) ->
            [
                pull (count 0) (Moves.indices linear shapes[0] node.Shape |> Option.defaultValue asked) asked
            ]
        | Some(PlanOp.Concat axis) ->
            let sources = Moves.concat axis shapes node.Shape

            List.init shapes.Length (fun position ->
                let labels = Array.create (count position) 0

                sources
                |> Array.iteri (fun element (operand, source) ->
                    if operand = position then
                        labels[source] <- asked[element])

                ofKeys labels)
        | Some(PlanOp.Combine _) ->
            let maps = shapes |> Array.map (fun shape -> Moves.broadcast shape node.Shape)

            let carried =
                Array.map2
                    (fun (map: int[]) operand -> map |> Array.map (fun source -> uniform[operand].[source]) |> ofKeys)
                    maps
                    node.Operands

            let all = Array.fold join asked carried
            List.init shapes.Length (fun position -> pull (count position) maps[position] all)

    /// The grouping of every value of a plan.
    let ofPlan (plan: Plan) : Grouping[] =
        let fresh (node: PlanNode) _ = identity (Shape.count node.Shape)
        let uniform = forward plan fresh (List.reduce join)
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

        let inherited (node: PlanNode) (labels: Classes[]) =
            match node.Op with
            | Some(PlanOp.Lookup _) -> labels[node.Operands[0]]
            | _ -> identity (Shape.count node.Shape)

        let finest (operands: Classes list) =
            operands
            |> List.map Array.ofSeq
            |> List.reduce (fun left right -> ofKeys (Array.zip left right))

        Array.map2 (fun scales groups -> { Scales = scales; Groups = groups }) asked (forward plan inherited finest)

    /// The elements of each class, in order of their labels.
    let members (classes: Classes) : int[][] =
        classes
        |> Array.indexed
        |> Array.groupBy snd
        |> Array.map (fun (_, elements) -> elements |> Array.map fst)
