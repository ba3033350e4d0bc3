namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Which planned values are whole numbers: booleans, results of comparisons, counts, indices, labels, integer inputs, and inputs of reals
/// that were nothing else in calibration. Their codes are the numbers themselves (scale 1), and arithmetic on them is arithmetic on integers.
[<RequireQualifiedAccess>]
module WholeNumbers =

    open ConcreteMl.Compiler.Core.Float

    /// Beyond this, float32 arithmetic on whole numbers rounds.
    let private largest = 4194304.0

    let private whole value =
        value = floor value && abs value <= largest

    let private all (tensor: Tensor) =
        Tensor.toFloat64s tensor |> Array.forall whole

    /// Whether an operation's result is a whole number, given which of its operands are.
    let private ofOp op (operands: bool[]) =
        match op with
        | Op.Unary(Unary.Cast target) -> operands[0] || not (Element.isFloat target)
        | Op.Unary(Unary.Round | Unary.Floor | Unary.Ceil | Unary.Sign | Unary.Not) -> true
        | Op.Unary(Unary.Neg | Unary.Abs | Unary.Relu) -> operands[0]
        | Op.Binary(Binary.Equal | Binary.Greater | Binary.GreaterOrEqual | Binary.Less | Binary.LessOrEqual) -> true
        | Op.Binary(Binary.And | Binary.Or | Binary.Xor) -> true
        | Op.Binary(Binary.Add | Binary.Sub | Binary.Mul | Binary.Max | Binary.Min) -> Array.forall id operands
        | Op.Where -> operands[1] && operands[2]
        | Op.Clip _ -> Array.forall id operands
        | _ -> false

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
        |> Array.iteri (fun position (op, operands) -> results[position] <- ofOp op (Array.map operand operands))

        Array.tryLast results |> Option.defaultValue source

    /// Whether reals are whole numbers that `bits` bits tell apart, and come back: counts or codes that arrive as float32. Multiples of a
    /// larger number would have wider codes than asked for.
    let areWhole bits (values: float[]) =
        Array.forall whole values && ScaleSearch.tryGridStep bits values = Some 1.0

    /// Whether a planned node's result is a whole number, given which of its operands are; of an input of reals `isInput` says whether it is.
    let private ofNode isInput index (node: PlanNode) (operands: bool[]) =
        match node.Op with
        | None -> not (Element.isFloat node.Real) || isInput index
        | Some(PlanOp.Constant values) -> all values
        | Some(PlanOp.MatMul weights)
        | Some(PlanOp.Conv(weights, _, _)) ->
            operands[0]
            && all weights.Values
            && weights.Bias |> Option.forall (Array.forall whole)
        | Some(PlanOp.Affine region) ->
            let factor, offset = Affine.form region
            operands[0] && Array.forall whole factor && Array.forall whole offset
        | Some(PlanOp.Lookup(region, _)) -> ofRegion operands[0] region
        | Some(PlanOp.SumPool(_, _, divisors)) -> operands[0] && Array.forall ((=) 1.0) divisors
        | Some(PlanOp.ReduceSum _ | PlanOp.Combine _ | PlanOp.Concat _ | PlanOp.Move _ | PlanOp.Centre) -> Array.forall id operands
        | Some(PlanOp.Integers _ | PlanOp.Coded _) -> false

    /// By planned value; `isInput` tells which inputs of reals are whole numbers too.
    let within (isInput: int -> bool) (plan: Plan) : bool[] =
        let found = Array.create plan.Nodes.Length false

        plan.Nodes
        |> Array.iteri (fun index node ->
            found[index] <-
                node.Operands
                |> Array.map (fun operand -> found[operand])
                |> ofNode isInput index node)

        found

    /// By planned value, whatever the input.
    let ofPlan (plan: Plan) : bool[] = within (fun _ -> false) plan

    /// Codes of whole numbers have at most so many bits: beyond, they are quantized as real numbers are. Lookups are carried out up to
    /// ten bits, and sums of two such numbers have to fit.
    let private mostBits = 9

    /// The least bits that tell so many steps apart.
    let rec private bitsFor (count: float) bits =
        if float (1L <<< bits) > count then
            bits
        else
            bitsFor count (bits + 1)

    /// The codes that are the numbers from `low` to `high`: their common step and their bits, at least `bits`; None where these are too many.
    let step bits (low: float) (high: float) : (Step * int) option =
        let count = high - low

        let own =
            if whole low && whole high then
                Some(bitsFor count 1)
            else
                None

        own
        |> Option.filter (fun own -> own <= max bits mostBits)
        |> Option.map (fun own ->
            let bits = max bits own
            let least, most = ScaleSearch.codes bits
            let spare = float (most - least) - count
            let first = low - System.Math.Round(spare / 2.0)
            // Real 0 and positive ranges keep their place where codes reach it.
            let first = if low >= 0.0 && low <= spare then min 0.0 first else first
            let offset = first - float least
            { Scale = 1.0; Offset = offset }, bits)
