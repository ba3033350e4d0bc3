namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// The room that a value's accumulator needs: sums behind it are looked up at its scale.
type AccumulatorRoom =
    {
        /// By how much the widest lookup's operand spans more than the value itself, at least 1.
        Growth: float
        /// Lookups read the value itself, with nothing added to it.
        IsDirect: bool
    }

[<RequireQualifiedAccess>]
module AccumulatorRoom =

    /// The span over calibration of the element that varies most; `values` holds element e of sample l at [e · lanes + l].
    let private span lanes (values: float[] option) =
        match values with
        | None -> 0.0
        | Some values ->
            values
            |> Array.chunkBySize lanes
            |> Array.map (fun own -> Array.max own - Array.min own)
            |> Array.filter Double.IsFinite
            |> Array.fold max 0.0

    /// By planned value, the span of the widest operand of a lookup that it becomes, at the value's scale, and whether lookups read
    /// the value itself; None where no lookup follows. Found from the outputs to the inputs: values have many ways to a lookup.
    let private reaches (plan: Plan) (consumers: int list[]) (span: int -> float) : (float * bool) option[] =
        let found = Array.create plan.Nodes.Length None

        let through index consumer =
            let further = found[consumer]

            let summed by =
                further |> Option.map (fun (span, _) -> span * by, false)

            match plan.Nodes[consumer].Op with
            | Some(PlanOp.Lookup _) -> Some(span index, true)
            | Some(PlanOp.MatMul _)
            | Some(PlanOp.Conv _) -> None
            | Some(PlanOp.Combine _)
            | Some(PlanOp.ReduceSum _) -> summed 1.0
            | Some(PlanOp.SumPool(_, _, divisors)) -> summed (Array.max divisors)
            | Some(PlanOp.Affine region) ->
                let factors =
                    fst (Affine.form region)
                    |> Array.map abs
                    |> Array.filter (fun factor -> factor > 0.0)

                if factors.Length = 0 then
                    None
                else
                    further
                    |> Option.map (fun (span, isDirect) -> span * (1.0 / Array.min factors), isDirect)
            | _ -> further

        for index in plan.Nodes.Length - 1 .. -1 .. 0 do
            found[index] <-
                match consumers[index] |> List.choose (through index) with
                | [] -> None
                | ways -> Some(ways |> List.map fst |> List.max, List.forall snd ways)

        found

    /// What the other side of a sum may add beside its range: its steps are halves of this one's at most, as a rule.
    let private finerSide = 2.0

    /// By planned value; None where no lookup reads what becomes of it.
    let ofPlan (plan: Plan) (consumers: int list[]) lanes (reference: int -> float[] option) : AccumulatorRoom option[] =
        let span = reference >> span lanes

        reaches plan consumers span
        |> Array.mapi (fun index reach ->
            reach
            |> Option.map (fun (widest, isDirect) ->
                let own = span index
                let growth = if own > 0.0 && widest > own then widest / own else 1.0

                {
                    Growth = if isDirect then growth else finerSide * growth
                    IsDirect = isDirect
                }))
