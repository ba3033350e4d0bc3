namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A maximum of two values, b + relu(a − b), or a minimum, a − relu(a − b), by the planned values that it is made of.
type Extreme =
    {
        Difference: int
        /// relu(a − b), or its negation.
        Excess: int
        Sum: int
        /// a and b.
        Operands: int[]
    }

/// Finds extremes in a plan.
[<RequireQualifiedAccess>]
module Extreme =

    let private clamps (region: Region) =
        region.Steps.Length > 0
        && region.Steps
           |> Array.forall (fun (op, _) ->
               match op with
               | FloatOp.Unary(FloatUnary.Relu | FloatUnary.Neg) -> true
               | _ -> false)

    /// The operands' difference that a clamped value is of, where `other` is one of the operands.
    let private tryDifference (plan: Plan) excess other : int option =
        let node = plan.Nodes[excess]

        match node.Op with
        | Some(PlanOp.Lookup(region, false)) when clamps region ->
            let difference = plan.Nodes[node.Operands[0]]

            match difference.Op with
            | Some(PlanOp.Combine [| 1; -1 |]) when Array.contains other difference.Operands -> Some node.Operands[0]
            | _ -> None
        | _ -> None

    /// The extreme whose result a planned value is.
    let tryOf (plan: Plan) index : Extreme option =
        let operands = plan.Nodes[index].Operands

        let extreme excess other =
            tryDifference plan excess other
            |> Option.map (fun difference ->
                {
                    Difference = difference
                    Excess = excess
                    Sum = index
                    Operands = plan.Nodes[difference].Operands
                })

        match plan.Nodes[index].Op with
        | Some(PlanOp.Combine _) when operands.Length = 2 ->
            extreme operands[0] operands[1]
            |> Option.orElseWith (fun () -> extreme operands[1] operands[0])
        | _ -> None

    /// All of a plan, in order.
    let ofPlan (plan: Plan) : Extreme[] =
        [| 0 .. plan.Nodes.Length - 1 |] |> Array.choose (tryOf plan)

    /// What a value is, but for movements.
    let rec root (plan: Plan) index =
        match plan.Nodes[index].Op with
        | Some(PlanOp.Move _) -> root plan plan.Nodes[index].Operands[0]
        | _ -> index

    /// The values that each value is selected from: itself, where it is no extreme and no movement.
    let private sources (plan: Plan) : int[][] =
        let found = Array.zeroCreate plan.Nodes.Length

        // Operands come before what reads them.
        plan.Nodes
        |> Array.iteri (fun index node ->
            found[index] <-
                match node.Op, tryOf plan index with
                | Some(PlanOp.Move _), _ -> found[node.Operands[0]]
                | _, Some one -> one.Operands |> Array.collect (fun operand -> found[operand]) |> Array.distinct
                | _, None -> [| index |])

        found

    /// Whether nothing but extremes reads a value, perhaps through movements, and no output shows it.
    let isSelectedAlone (plan: Plan) (readers: int list[]) (extremes: Extreme[]) : int -> bool =
        let shown = plan.Outputs |> Array.map snd |> System.Collections.Generic.HashSet

        let selecting =
            extremes
            |> Array.collect (fun one -> [| one.Difference; one.Sum |])
            |> System.Collections.Generic.HashSet

        let rec onlySelected index =
            not (shown.Contains index)
            && readers[index]
               |> List.forall (fun reader ->
                   match plan.Nodes[reader].Op with
                   | Some(PlanOp.Move _) -> onlySelected reader
                   | _ -> selecting.Contains reader)

        onlySelected

    /// Differences whose sides are selected from one value, and that value: its codes have one scale there, so that differences are whole
    /// steps.
    let ofOneValue (plan: Plan) : Map<int, int> =
        let sources = sources plan

        ofPlan plan
        |> Array.choose (fun one ->
            match sources[one.Sum] with
            | [| single |] -> Some(one.Difference, single)
            | _ -> None)
        |> Map.ofArray

    /// Values are the same but for the rounding of float32 sums.
    let private near = 1e-5

    /// The elements of several values in one sample, sorted.
    let private sortedLane lanes (values: float[][]) lane =
        values
        |> Array.collect (fun own -> Array.init (own.Length / lanes) (fun element -> own[element * lanes + lane]))
        |> Array.sort

    /// Whether a value is among sorted ones, or next to one.
    let private isAmong (sorted: float[]) (value: float) =
        let place = System.Array.BinarySearch(sorted, value)
        let next = if place < 0 then ~~~place else place

        [ next - 1; next ]
        |> List.exists (fun place ->
            place >= 0
            && place < sorted.Length
            && abs (sorted[place] - value) <= near * (abs value + abs sorted[place]))

    /// Which of a value's elements are selected, sample by sample, where extremes alone read it; None where something else does. What
    /// is never selected may be clipped, so that it takes no codes from what is. `reference` holds element e of sample l at
    /// [e · lanes + l].
    let selected (plan: Plan) (readers: int list[]) lanes (reference: int -> float[] option) source : bool[] option =
        let all = ofPlan plan
        let sources = sources plan
        let isOnlySelected = isSelectedAlone plan readers all

        let results =
            all
            |> Array.filter (fun one -> Array.contains source sources[one.Sum] && not (isOnlySelected one.Sum))
            |> Array.map (fun one -> reference one.Sum)

        match reference source with
        | Some values when
            results.Length > 0
            && isOnlySelected source
            && Array.forall Option.isSome results
            ->
            let found = Array.init lanes (sortedLane lanes (Array.choose id results))

            values |> Array.mapi (fun at value -> isAmong found[at % lanes] value) |> Some
        | _ -> None
