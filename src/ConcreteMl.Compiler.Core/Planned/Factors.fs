namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base

/// Finds products of encrypted values in a plan: squares of sums of two factors.
[<RequireQualifiedAccess>]
module Factors =

    /// Whether a function is a square, perhaps negated.
    let private isSquare (region: Region) =
        let isMultiplied (op, operands: RegionOperand[]) =
            op = FloatOp.Binary FloatBinary.Mul && operands[0] = operands[1]

        let isSign (op, _) = op = FloatOp.Unary FloatUnary.Neg

        let multiplied, others = region.Steps |> Array.partition isMultiplied
        multiplied.Length = 1 && Array.forall isSign others

    /// Whether a planned value is the square of another.
    let squares (plan: Plan) index =
        match plan.Nodes[index].Op with
        | Some(PlanOp.Lookup(region, false)) -> isSquare region
        | _ -> false

    let private isShown (plan: Plan) : int -> bool =
        let shown = plan.Outputs |> Array.map snd |> HashSet
        shown.Contains

    /// The sums of two encrypted values that squares alone read.
    let sums (plan: Plan) (readers: int list[]) : HashSet<int> =
        let isShown = isShown plan

        Plan.sums plan
        |> Array.filter (fun index ->
            plan.Nodes[index].Operands.Length = 2
            && not (isShown index)
            && readers[index] |> List.forall (squares plan))
        |> HashSet

    let private isPassage (node: PlanNode) =
        match node.Op with
        | Some(PlanOp.Move _)
        | Some(PlanOp.Affine _) -> true
        | _ -> false

    /// What a value is, but for movements and scalings.
    let rec root (plan: Plan) index =
        if isPassage plan.Nodes[index] then
            root plan plan.Nodes[index].Operands[0]
        else
            index

    /// Whether nothing but squares and these sums reads a value, perhaps through movements and scalings, and no output shows it.
    let isMultipliedAlone (plan: Plan) (readers: int list[]) (sums: HashSet<int>) : int -> bool =
        let isShown = isShown plan

        let rec alone index =
            not (isShown index)
            && readers[index]
               |> List.forall (fun reader ->
                   if isPassage plan.Nodes[reader] then
                       alone reader
                   else
                       sums.Contains reader || squares plan reader)

        alone

    /// Whether a planned value is the result of a lookup.
    let isLookup (plan: Plan) index =
        match plan.Nodes[index].Op with
        | Some(PlanOp.Lookup _) -> true
        | _ -> false

    let private isIdentity (plan: Plan) index =
        match plan.Nodes[index].Op with
        | Some(PlanOp.Lookup(region, false)) -> Region.isIdentity region
        | _ -> false

    /// The lookups that only make codes of factors, and all lookups whose results are factors in sums of such.
    let codes (plan: Plan) (readers: int list[]) : HashSet<int> * HashSet<int> =
        let sums = sums plan readers
        let isAlone = isMultipliedAlone plan readers sums

        let isCode index = isIdentity plan index && isAlone index

        let factors =
            sums
            |> Seq.map (fun sum -> plan.Nodes[sum].Operands |> Array.map (root plan))
            |> Seq.filter (Array.exists isCode)
            |> Seq.concat
            |> Seq.filter (fun root -> isLookup plan root && isAlone root)
            |> HashSet

        factors |> Seq.filter isCode |> HashSet, factors
