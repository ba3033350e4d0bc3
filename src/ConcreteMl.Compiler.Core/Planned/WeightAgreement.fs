namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Quant

/// What a weighted operation's codes have to agree with beside its own error.
[<RequireQualifiedAccess>]
module WeightAgreement =

    /// Whole numbers times whole weights: codes are the weights, whatever bits they have, and nothing is corrected.
    let isExact (conversion: Conversion) index (x: Emitted) =
        conversion.Whole[index] && Array.forall ((=) 1.0) x.Scale

    /// Whether a value meets itself in a sum of movements of it alone, as where the scores of an arg-max are compared: one scale then
    /// spares multipliers, and differences are those of the numbers themselves.
    let meetsItself (conversion: Conversion) index =
        let rec moved value =
            match conversion.Plan.Nodes[value].Op with
            | Some(PlanOp.Move _) -> moved conversion.Plan.Nodes[value].Operands[0]
            | _ -> value

        conversion.Meetings[index]
        |> Option.exists (fun meeting ->
            conversion.Plan.Nodes[conversion.Sums[meeting.Sum]].Operands
            |> Array.forall (fun operand -> moved operand = index))
