namespace ConcreteMl.Compiler.Core.Planned

/// Values that meet themselves: a sum's operands are movements of one value, as where the scores of an arg-max or the distances of
/// neighbours are compared with each other.
[<RequireQualifiedAccess>]
module SelfMeetings =

    let private isShift (node: PlanNode) =
        match node.Op with
        | Some(PlanOp.Move _)
        | Some(PlanOp.Centre) -> true
        | Some(PlanOp.Affine region) -> fst (Affine.form region) |> Array.forall ((=) 1.0)
        | _ -> false

    /// The values that a sum adds, before shifts; none for other nodes.
    let private summands (plan: Plan) : int -> int[] =
        let origin = Array.init plan.Nodes.Length id

        plan.Nodes
        |> Array.iteri (fun index node ->
            if isShift node then
                origin[index] <- origin[node.Operands[0]])

        fun index ->
            match plan.Nodes[index].Op with
            | Some(PlanOp.Combine _) -> plan.Nodes[index].Operands |> Array.map (fun operand -> origin[operand])
            | _ -> [||]

    /// By planned value: whether it, or a sum that it flows into, meets itself. All its elements then need one scale: multipliers are spared,
    /// and differences are those of the numbers themselves.
    let ofPlan (plan: Plan) : bool[] =
        let count = plan.Nodes.Length
        let summands = summands plan
        let meets = Array.create count false

        for index in 0 .. count - 1 do
            match Array.distinct (summands index) with
            | [| one |] -> meets[one] <- true
            | _ -> ()

        // Operands stand before what reads them, so that one pass from the end reaches all.
        for index in count - 1 .. -1 .. 0 do
            if meets[index] then
                for operand in summands index do
                    meets[operand] <- true

        meets
