namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Sums of encrypted values need operands with scales in whole ratios: finds, for every value whose scale will be chosen, the sum that
/// it flows into.
[<RequireQualifiedAccess>]
module FindMeetings =

    /// The result of each element, of the element that each result is of; -1 where there is none, the first where there are several.
    let private inverse (count: int) (indices: int[]) =
        let back = Array.create count -1

        indices
        |> Array.iteri (fun result source ->
            if source >= 0 && back[source] < 0 then
                back[source] <- result)

        back

    /// Where elements of an operand of plain sums go, and times what.
    let private byPlainSums (node: PlanNode) (shape: int[]) : int[] * (int -> float) =
        let firsts, magnitudes =
            Array.create (Shape.count shape) -1, Array.create (Shape.count shape) 1.0

        for struct (source, result, weight) in PlainSums.terms node.Op shape node.Shape do
            if firsts[source] < 0 then
                firsts[source] <- result
                magnitudes[source] <- abs weight

        firsts, (fun element -> magnitudes[element])

    /// Where elements go by one reader, and times what: None where it is no movement.
    let private step (node: PlanNode) (shape: int[]) : (int[] * (int -> float)) option =
        let same = Array.init (Shape.count shape) id

        match node.Op with
        | Some(PlanOp.Move move) -> Some(inverse same.Length (Moves.indices move shape node.Shape), (fun _ -> 1.0))
        | Some(PlanOp.Centre) -> Some(same, (fun _ -> 1.0))
        | Some(PlanOp.Affine region) ->
            let factors, _ = Affine.form region
            Some(same, (fun element -> factors[element]))
        | Some(PlanOp.SumPool(_, _, divisors)) ->
            let area, resultArea = Shape.count shape[2..], Shape.count node.Shape[2..]
            let first = same |> Array.map (fun element -> element / area * resultArea)
            Some(first, (fun element -> 1.0 / divisors[first[element]]))
        | Some(PlanOp.ReduceSum(axes, _)) -> Some(Moves.reduction axes shape, (fun _ -> 1.0))
        | Some(PlanOp.MatMul _ | PlanOp.Conv _) when PlainSums.isPlain node.Op -> Some(byPlainSums node shape)
        | _ -> None

    /// Element maps from a value to the sum that it flows into by movements and sums alone: (sum, position, element there, factor).
    let rec private destination
        (plan: Plan)
        (consumers: int list[])
        index
        (map: int[])
        (factor: float[])
        : (int * int * int[] * float[]) option =
        let shape = plan.Nodes[index].Shape

        let follow (next: int[]) =
            map |> Array.map (fun element -> if element < 0 then -1 else next[element])

        let scaled (by: int -> float) =
            Array.map2 (fun factor element -> if element < 0 then factor else factor * by element) factor map

        consumers[index]
        |> List.tryPick (fun consumer ->
            let node = plan.Nodes[consumer]

            match node.Op with
            | Some(PlanOp.Combine _) ->
                let position = Array.findIndex ((=) index) node.Operands
                let back = inverse (Shape.count shape) (Moves.broadcast shape node.Shape)
                Some(consumer, position, follow back, factor)
            | _ ->
                step node shape
                |> Option.bind (fun (next, by) -> destination plan consumers consumer (follow next) (scaled by)))

    let private isChosen (op: PlanOp option) =
        match op with
        | None
        | Some(PlanOp.Lookup _)
        | Some(PlanOp.MatMul _)
        | Some(PlanOp.Conv _) -> true
        | _ -> false

    /// The first sum that a value flows into.
    let internal ofValue (plan: Plan) consumers (sums: int[]) index : Meeting option =
        let count = Shape.count plan.Nodes[index].Shape

        destination plan consumers index [| 0 .. count - 1 |] (Array.create count 1.0)
        |> Option.map (fun (sum, position, elements, factor) ->
            {
                Sum = System.Array.IndexOf(sums, sum)
                Position = position
                Elements = elements
                Factor = factor
            })

    let private meeting (plan: Plan) consumers (sums: int[]) index : Meeting option =
        if isChosen plan.Nodes[index].Op then
            ofValue plan consumers sums index
        else
            None

    /// The pass under its name in pipelines.
    let pass: Pass<PlanGraph, PlanGraph> =
        {
            Name = "find-meetings"
            Summary = "finds the sums that make two scales agree"
            Options = []
            Run =
                fun _ graph ->
                    let plan = Plan.ofGraph graph
                    let consumers, sums = Plan.consumers plan, Plan.sums plan
                    let found = Array.init plan.Nodes.Length (meeting plan consumers sums)

                    if Array.forall2 (fun (planned: Type) found -> planned.Meeting = found) graph.Types found then
                        Ok graph
                    else
                        let types =
                            Array.map2 (fun planned meeting -> { planned with Meeting = meeting }: Type) graph.Types found

                        Ok { graph with Types = types }
        }
