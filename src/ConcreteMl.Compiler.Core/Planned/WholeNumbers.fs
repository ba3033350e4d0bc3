namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Which planned values are whole numbers whatever the input: booleans, results of comparisons, counts, indices, labels, integer inputs.
/// Their codes are the numbers themselves (scale 1), and arithmetic on them is arithmetic on integers.
[<RequireQualifiedAccess>]
module WholeNumbers =

    open ConcreteMl.Compiler.Core.Float

    /// Beyond this, float32 arithmetic on whole numbers rounds.
    let private largest = 4194304.0

    let private whole value =
        value = floor value && abs value <= largest

    let private all (tensor: Tensor) =
        Tensor.toFloat64s tensor |> Array.forall whole

    /// Whether a region's results are whole numbers, given whether its source is.
    let ofRegion source (region: Region) : bool =
        let region = Region.expanded region
        let results = Array.create region.Steps.Length false

        let operand item =
            match item with
            | RegionOperand.Source -> source
            | RegionOperand.Constant tensor -> all tensor
            | RegionOperand.Step earlier -> results[earlier]

        region.Steps
        |> Array.iteri (fun position (op, operands) ->
            let own = operands |> Array.map operand

            results[position] <-
                match op with
                | Op.Unary(Unary.Cast target) -> own[0] || not (Element.isFloat target)
                | Op.Unary(Unary.Round | Unary.Floor | Unary.Ceil | Unary.Sign | Unary.Not) -> true
                | Op.Unary(Unary.Neg | Unary.Abs | Unary.Relu) -> own[0]
                | Op.Binary(Binary.Equal | Binary.Greater | Binary.GreaterOrEqual | Binary.Less | Binary.LessOrEqual) -> true
                | Op.Binary(Binary.And | Binary.Or | Binary.Xor) -> true
                | Op.Binary(Binary.Add | Binary.Sub | Binary.Mul | Binary.Max | Binary.Min) -> Array.forall id own
                | Op.Where -> own[1] && own[2]
                | Op.Clip _ -> Array.forall id own
                | _ -> false)

        if results.Length = 0 then
            source
        else
            results[results.Length - 1]

    /// By planned value.
    let ofPlan (plan: Plan) : bool[] =
        let found = Array.create plan.Nodes.Length false

        plan.Nodes
        |> Array.iteri (fun index node ->
            let own position = found[node.Operands[position]]

            let every () =
                node.Operands |> Array.forall (fun operand -> found[operand])

            found[index] <-
                match node.Op with
                | None -> not (Element.isFloat node.Real)
                | Some(PlanOp.Constant values) -> all values
                | Some(PlanOp.MatMul weights)
                | Some(PlanOp.Conv(weights, _, _)) ->
                    own 0
                    && all weights.Values
                    && weights.Bias |> Option.forall (Array.forall whole)
                | Some(PlanOp.Affine region) ->
                    let factor, offset = Affine.form region
                    own 0 && Array.forall whole factor && Array.forall whole offset
                | Some(PlanOp.Lookup(region, _)) -> ofRegion (own 0) region
                | Some(PlanOp.SumPool(_, _, divisors)) -> own 0 && Array.forall ((=) 1.0) divisors
                | Some(PlanOp.ReduceSum _)
                | Some(PlanOp.Combine _)
                | Some(PlanOp.Concat _)
                | Some(PlanOp.Move _)
                | Some(PlanOp.Centre) -> every ()
                | Some(PlanOp.Integers _)
                | Some(PlanOp.Coded _) -> false)

        found

    /// Codes of whole numbers have at most so many bits: beyond, they are quantized as real numbers are. Lookups are carried out up to
    /// ten bits, and sums of two such numbers have to fit.
    let private mostBits = 9

    /// The codes that are the numbers from `low` to `high`: their common step and their bits, at least `bits`; None where these are too many.
    let step bits (low: float) (high: float) : (Step * int) option =
        let count = high - low

        let rec grow bits =
            if float (1L <<< bits) > count then
                bits
            else
                grow (bits + 1)

        if not (whole low && whole high) then
            None
        else
            let own = grow 1

            if own > max bits mostBits then
                None
            else
                let bits = max bits own
                let least, most = ScaleSearch.codes bits
                let spare = float (most - least) - count
                let first = low - System.Math.Round(spare / 2.0)
                // Real 0 and positive ranges keep their place where codes reach it.
                let first = if low >= 0.0 && low <= spare then min 0.0 first else first

                Some(
                    {
                        Scale = 1.0
                        Offset = first - float least
                    },
                    bits
                )
