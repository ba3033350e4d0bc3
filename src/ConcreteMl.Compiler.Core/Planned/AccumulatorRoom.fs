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

/// The rooms of a plan's accumulators.
[<RequireQualifiedAccess>]
module AccumulatorRoom =

    /// The span over calibration of the element that varies most; element e of sample l stands at [e · lanes + l].
    let private span lanes (reference: int -> float[] option) index =
        reference index
        |> Option.map (fun values ->
            values
            |> Array.chunkBySize lanes
            |> Array.map (fun own -> Array.max own - Array.min own)
            |> Array.filter Double.IsFinite
            |> Array.fold max 0.0)
        |> Option.defaultValue 0.0

    /// What a value becomes: the span of a lookup's operand at the value's scale, whether it is the value itself, whether it is rounded.
    [<Struct>]
    type private Reach =
        {
            Span: float
            IsDirect: bool
            IsRounded: bool
        }

    /// What a value becomes by a sum, of as many terms as `terms`.
    let private behindSum terms (reach: Reach) =
        { reach with
            Span = reach.Span * terms
            IsDirect = false
        }

    /// What a value becomes by an affine function; None where the function is constant.
    let private behindAffine region (reach: Reach) =
        let factors =
            fst (Affine.form region)
            |> Array.map abs
            |> Array.filter (fun factor -> factor > 0.0)

        if factors.Length = 0 then
            None
        else
            Some
                { reach with
                    Span = reach.Span / Array.min factors
                }

    /// What a value becomes by one reader, given what becomes of the reader's result.
    let private by (plan: Plan) isRounded (span: int -> float) (further: Reach option[]) index reader : Reach option =
        match plan.Nodes[reader].Op with
        | Some(PlanOp.Lookup _) ->
            Some
                {
                    Span = span index
                    IsDirect = true
                    IsRounded = isRounded index
                }
        | Some(PlanOp.MatMul _ | PlanOp.Conv _) as op when PlainSums.isPlain op ->
            let least = PlainSums.leastMagnitude op
            further[reader] |> Option.map (behindSum (1.0 / least))
        | Some(PlanOp.MatMul _)
        | Some(PlanOp.Conv _) -> None
        | Some(PlanOp.Combine _)
        | Some(PlanOp.ReduceSum _) -> further[reader] |> Option.map (behindSum 1.0)
        | Some(PlanOp.SumPool(_, _, divisors)) -> further[reader] |> Option.map (behindSum (Array.max divisors))
        | Some(PlanOp.Affine region) -> further[reader] |> Option.bind (behindAffine region)
        | _ -> further[reader]

    /// By planned value: the widest operand of a lookup that it becomes; None where no lookup follows.
    let private reaches (plan: Plan) (consumers: int list[]) isRounded (span: int -> float) : Reach option[] =
        let found = Array.create plan.Nodes.Length None

        for index in plan.Nodes.Length - 1 .. -1 .. 0 do
            found[index] <-
                match consumers[index] |> List.choose (by plan isRounded span found index) with
                | [] -> None
                | all ->
                    Some
                        {
                            Span = all |> List.map _.Span |> List.max
                            IsDirect = List.forall _.IsDirect all
                            IsRounded = List.exists _.IsRounded all
                        }

        found

    /// What the other side of a sum may add beside its range: its steps are halves of this one's at most, as a rule.
    let private finerSide = 2.0

    let private growth own reached =
        if own > 0.0 && reached > own then reached / own else 1.0

    /// Rooms by planned value, given how much of the reals each spans; None where no lookup reads what becomes of it, or where bits of that are
    /// dropped, which leaves room enough.
    let ofSpans (plan: Plan) (consumers: int list[]) isRounded (span: int -> float) : int -> AccumulatorRoom option =
        let reached = lazy (reaches plan consumers isRounded span)

        fun index ->
            reached.Value[index]
            |> Option.filter (fun reach -> not reach.IsRounded)
            |> Option.map (fun reach ->
                let growth = growth (span index) reach.Span

                {
                    Growth = if reach.IsDirect then growth else finerSide * growth
                    IsDirect = reach.IsDirect
                })

    /// The same over calibration: `reference` holds element e of sample l at [e · lanes + l].
    let ofPlan (plan: Plan) (consumers: int list[]) isRounded lanes (reference: int -> float[] option) : int -> AccumulatorRoom option =
        let spans =
            Array.init plan.Nodes.Length (fun index -> lazy (span lanes reference index))

        ofSpans plan consumers isRounded (fun index -> spans[index].Value)
