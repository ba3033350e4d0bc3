namespace ConcreteMl.Compiler.Core.Planned

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// What a planned value's scale must be commensurable with, element by element.
type Encounter =
    {
        /// The operand's real factor at the meeting, per element of the value: its scale there is Factor · its scale here.
        Factor: float[]
        /// The other operand's scale there, where it is known; otherwise the scale that it would like, from calibration.
        Other: float[]
        Known: bool
    }

/// Sums of encrypted values: their operands need scales in whole-number ratios, chosen before the operands are made.
[<RequireQualifiedAccess>]
module Meet =

    let private mostMultiplier = 16384.0

    /// The scales of an average's results, of those of its operand's cells.
    let private averaged (operand: int[]) (result: int[]) (divisors: float[]) (scale: float[]) =
        let area, resultArea = Shape.count operand[2..], Shape.count result[2..]

        divisors
        |> Array.mapi (fun element divisor -> scale[element / resultArea * area] / divisor)

    /// The scales of plain sums, of those of their operand's elements.
    let private summed (node: PlanNode) shape (scale: float[]) =
        PlainSums.firsts node.Op shape node.Shape
        |> Array.map (fun (first, magnitude) -> if first < 0 then 0.0 else scale[first] * magnitude)

    /// The scale of a value, given those of its operands that have one.
    let private through (plan: Plan) (node: PlanNode) (below: int -> float[] option) : float[] option =
        let shape position =
            plan.Nodes[node.Operands[position]].Shape

        let along (map: int[]) (scale: float[]) =
            map |> Array.map (fun source -> scale[source])

        match node.Op with
        | Some(PlanOp.Move move) -> below 0 |> Option.map (along (Moves.nearest move (shape 0) node.Shape))
        | Some(PlanOp.Centre) -> below 0
        | Some(PlanOp.Affine region) -> below 0 |> Option.map (Array.map2 (*) (fst (Affine.form region)))
        | Some(PlanOp.SumPool(_, _, divisors)) -> below 0 |> Option.map (averaged (shape 0) node.Shape divisors)
        | Some(PlanOp.MatMul _ | PlanOp.Conv _) when PlainSums.isPlain node.Op -> below 0 |> Option.map (summed node (shape 0))
        | Some(PlanOp.Combine _) ->
            Seq.init node.Operands.Length id
            |> Seq.tryPick (fun position ->
                below position
                |> Option.map (along (Moves.broadcast (shape position) node.Shape)))
        | _ -> None

    /// What a value that is not emitted yet is made of by movements and sums, itself included, in order.
    let private unsettled (conversion: Conversion) index : int[] =
        let found, left = HashSet [ index ], Stack [ index ]

        while left.Count > 0 do
            let node = conversion.Plan.Nodes[left.Pop()]

            match node.Op with
            | Some(PlanOp.Move _ | PlanOp.Centre | PlanOp.Affine _ | PlanOp.SumPool _ | PlanOp.Combine _ | PlanOp.MatMul _ | PlanOp.Conv _) when
                not (PlainSums.isWide node.Op)
                ->
                for operand in node.Operands do
                    if conversion.Emitted[operand].IsNone && found.Add operand then
                        left.Push operand
            | _ -> ()

        found |> Seq.sort |> Array.ofSeq

    /// The scale of a planned value where it is settled already.
    let private settled (conversion: Conversion) index : float[] option =
        let known = Dictionary<int, float[]>()

        let tryScale value =
            match conversion.Emitted[value], known.TryGetValue value with
            | Some x, _ -> Some x.Scale
            | None, (true, scale) -> Some scale
            | None, (false, _) -> None

        if conversion.Emitted[index].IsNone then
            for value in unsettled conversion index do
                let node = conversion.Plan.Nodes[value]

                through conversion.Plan node (fun position -> tryScale node.Operands[position])
                |> Option.iter (fun scale -> known[value] <- scale)

        tryScale index

    /// Whether codes of a value come from a table or the client, so that its range decides its scale.
    let rec private isCoded (conversion: Conversion) index =
        let node = conversion.Plan.Nodes[index]

        match node.Op with
        | None
        | Some(PlanOp.Lookup _) -> true
        | Some(PlanOp.Move _)
        | Some(PlanOp.Centre)
        | Some(PlanOp.Affine _) -> isCoded conversion node.Operands[0]
        | _ -> false

    /// The range over the codes, per scale class.
    let private spread (conversion: Conversion) index (values: float[]) : float[] =
        let lanes = conversion.Emitter.Lanes
        let levels = float ((1L <<< conversion.Options.OpInputs) - 1L)
        let scales = Array.zeroCreate (values.Length / lanes)

        for elements in Partition.members conversion.Groupings[index].Scales do
            // a quotient is infinite where samples have 0 below
            let scale = Calibration.span (Calibration.samplesOf lanes values elements) / levels
            elements |> Array.iter (fun element -> scales[element] <- scale)

        scales

    /// The step of the grid that an input's values lie on, whole numbers given as float32 for one.
    let private gridOf (conversion: Conversion) index (values: float[]) : float option =
        if conversion.Plan.Nodes[index].Op.IsNone then
            ScaleSearch.tryGridStep conversion.Options.ModelInputs values
        else
            None

    /// The scale that a coded value would choose for itself.
    let private wished (conversion: Conversion) index : float[] option =
        if isCoded conversion index then
            conversion.Reference index
            |> Option.map (fun values ->
                match gridOf conversion index values with
                | Some step -> Array.create (values.Length / conversion.Emitter.Lanes) step
                | None -> spread conversion index values)
        else
            None

    /// What a meeting says of the other side, whose operand of the sum has this scale.
    let private sideOf (conversion: Conversion) (sum: PlanNode) (meeting: Meeting) known (operand, scale: float[]) : Encounter =
        let broadcast = Moves.broadcast conversion.Plan.Nodes[operand].Shape sum.Shape

        {
            Factor = meeting.Factor
            Other =
                meeting.Elements
                |> Array.map (fun element -> if element < 0 then 0.0 else abs scale[broadcast[element]])
            Known = known
        }

    /// The other side of the sum that a value flows into, if any.
    let encounter (conversion: Conversion) index : Encounter option =
        conversion.Meetings[index]
        |> Option.bind (fun meeting ->
            let sum = conversion.Plan.Nodes[conversion.Sums[meeting.Sum]]
            let own = sum.Operands[meeting.Position]

            // an operand that the sum has twice is no other side
            let others = sum.Operands |> Array.filter ((<>) own)

            let find choose =
                others
                |> Array.tryPick (fun operand -> choose conversion operand |> Option.map (fun scale -> operand, scale))

            match find settled with
            | Some found -> Some(sideOf conversion sum meeting true found)
            | None -> find wished |> Option.map (sideOf conversion sum meeting false))

    /// The scale nearest to `wish` (in ratio) whose value at the meeting is a whole multiple or fraction of the other side's.
    let admit (factor: float) (other: float) (wish: float) : float =
        if factor = 0.0 || other = 0.0 then
            wish
        else
            let there = abs factor * wish
            let ratio = there / other

            let snapped =
                if ratio >= 1.0 then
                    other * Math.Round(ratio)
                else
                    other / Math.Round(min mostMultiplier (1.0 / ratio))

            snapped / abs factor

    /// As `admit`, for codes that would clip if their scale shrank much; two sides that are still free and nearly agree take the larger scale.
    let admitWide known factor other wish =
        let there = abs factor * wish

        if factor = 0.0 || other = 0.0 then
            wish
        elif not known && there / other < 1.5 && other / there < 1.5 then
            max there other / abs factor
        else
            let near = admit factor other wish

            if near >= 0.85 * wish then
                near
            else
                let above =
                    if there >= other then
                        other * Math.Ceiling(there / other)
                    else
                        other / Math.Floor(other / there)

                above / abs factor

    /// Candidate scales around a wish, for weights.
    let candidates (factor: float) (other: float) (wish: float) : float[] =
        if factor = 0.0 || other = 0.0 then
            [| wish |]
        else
            [| 0.6; 0.75; 0.9; 1.0; 1.1; 1.3; 1.6; 2.0 |]
            |> Array.map (fun by -> admit factor other (by * wish))
            |> Array.distinct

    /// Whole numbers m, n with left / right = m / n, if small ones exist.
    let private ratio tolerance (left: float) (right: float) : (int64 * int64) option =
        let sign = if left * right < 0.0 then -1.0 else 1.0
        let value = abs (left / right)
        let inverse = Math.Round(1.0 / value)

        let tried denominator =
            let numerator = Math.Round(value * denominator)

            if
                numerator >= 1.0
                && numerator <= mostMultiplier
                && abs (numerator / denominator / value - 1.0) < tolerance
            then
                Some(int64 (sign * numerator), int64 denominator)
            else
                None

        match Seq.init 16 (fun index -> float (index + 1)) |> Seq.tryPick tried with
        | None when inverse <= mostMultiplier && abs (inverse * value - 1.0) < tolerance -> Some(int64 sign, int64 inverse)
        | found -> found

    /// Ratios of scales are whole up to rounding.
    let exact = 1e-6

    /// How many steps of the other side's are one of this scale, where that is a whole number and not one.
    let parts (factor: float) (other: float) (scale: float) : float option =
        let ratio = abs factor * scale / other
        let count = Math.Round ratio

        if other > 0.0 && count > 1.0 && abs (ratio / count - 1.0) < exact then
            Some count
        else
            None

    /// Per-element multipliers with which two operands have one scale (up to a relative tolerance), and that scale; None where the ratios are
    /// not whole.
    let tryAlign tolerance (left: float[]) (right: float[]) : (int64[] * int64[] * float[]) option =
        let found =
            Array.map2
                (fun left right ->
                    if right = 0.0 then
                        Some(1L, 0L, left)
                    elif left = 0.0 then
                        Some(0L, 1L, right)
                    else
                        ratio tolerance left right |> Option.map (fun (m, n) -> m, n, right / float n))
                left
                right

        if Array.forall Option.isSome found then
            Some(Array.unzip3 (Array.map Option.get found))
        else
            None
