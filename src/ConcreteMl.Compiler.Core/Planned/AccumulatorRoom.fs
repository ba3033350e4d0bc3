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

    /// The span over calibration of the element that varies most.
    let private span (conversion: Conversion) index =
        conversion.Reference index
        |> Option.map (fun values ->
            values
            |> Array.chunkBySize conversion.Emitter.Lanes
            |> Array.map (fun own -> Array.max own - Array.min own)
            |> Array.filter Double.IsFinite
            |> Array.fold max 0.0)
        |> Option.defaultValue 0.0

    /// The widest operand of a lookup that a value becomes, at the value's scale; None where no lookup follows.
    let rec private reach (conversion: Conversion) index : (float * bool) option =
        conversion.Consumers[index]
        |> List.choose (fun consumer ->
            let further () = reach conversion consumer

            let scaled by =
                further () |> Option.map (fun (span, isDirect) -> span * by, isDirect)

            match conversion.Plan.Nodes[consumer].Op with
            | Some(PlanOp.Lookup _) -> Some(span conversion index, true)
            | Some(PlanOp.MatMul _)
            | Some(PlanOp.Conv _) -> None
            | Some(PlanOp.Combine _)
            | Some(PlanOp.ReduceSum _) -> further () |> Option.map (fun (span, _) -> span, false)
            | Some(PlanOp.SumPool(_, _, divisors)) -> scaled (Array.max divisors) |> Option.map (fun (span, _) -> span, false)
            | Some(PlanOp.Affine region) ->
                let factors =
                    fst (Affine.form region)
                    |> Array.map abs
                    |> Array.filter (fun factor -> factor > 0.0)

                if factors.Length = 0 then
                    None
                else
                    scaled (1.0 / Array.min factors)
            | _ -> further ())
        |> function
            | [] -> None
            | found -> Some(found |> List.map fst |> List.max, List.forall snd found)

    /// What the other side of a sum may add beside its range: its steps are halves of this one's at most, as a rule.
    let private finerSide = 2.0

    /// None where no lookup reads what becomes of a value.
    let ofValue (conversion: Conversion) index : AccumulatorRoom option =
        reach conversion index
        |> Option.map (fun (widest, isDirect) ->
            let own = span conversion index
            let growth = if own > 0.0 && widest > own then widest / own else 1.0

            {
                Growth = if isDirect then growth else finerSide * growth
                IsDirect = isDirect
            })
