namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Choices between values by an encrypted condition, and products of a truth, as functions of one sum (`Gates`).
[<RequireQualifiedAccess>]
module internal Choices =

    open Reals

    /// A choice: the condition, and what is taken where it is true and where it is not; None is 0.
    type Choice =
        {
            Result: ValueId
            Condition: ValueId
            Yes: ValueId option
            No: ValueId option
        }

    /// What the truth of a choice is added to.
    type Operand =
        /// Nothing: both sides are functions of the condition's own operand.
        | Own
        | Value of ValueId
        /// The difference of both sides of the choice with this result.
        | Difference of ValueId

    /// The choice that a node is.
    let ofNode (site: MixtureSite) (node: Node<Op>) : Choice option =
        match node.Op, node.Operands with
        | Op.Where, [| condition; yes; no |] when site.IsEncrypted condition ->
            Some
                {
                    Result = node.Results[0]
                    Condition = condition
                    Yes = Some yes
                    No = Some no
                }
        | Op.Binary Binary.Mul, [| a; b |] when site.IsEncrypted a && site.IsEncrypted b ->
            let kept truth value =
                Some
                    {
                        Result = node.Results[0]
                        Condition = truth
                        Yes = Some value
                        No = None
                    }

            if site.IsTruth a then kept a b
            elif site.IsTruth b then kept b a
            else None
        | _ -> None

    /// Products of a value and of one of two constants, as choices between two products: both are functions of the value.
    let distributed (graph: Graph) : Graph =
        let producers = Graph.producers graph
        let producer (ValueId index) = producers[index]

        let constant value =
            match producer value with
            | Some { Op = Op.Constant tensor } -> Some(Tensor.toFloat64s tensor)
            | _ -> None

        let isFinite value =
            constant value
            |> Option.exists (Array.forall (fun number -> abs number < Masks.absorbing))

        let between factor =
            match producer factor with
            | Some {
                       Op = Op.Where
                       Operands = [| condition; yes; no |]
                   } when isFinite yes && isFinite no -> Some(condition, yes, no)
            | _ -> None

        let rule builder rename (node: Node<Op>) =
            let chosen x (condition, yes, no) =
                let writer = GraphWriter(builder, node.Origin)

                let times factor =
                    writer.Binary(Binary.Mul, rename x, rename factor)

                [| writer.Add(Op.Where, [ rename condition; times yes; times no ]) |]

            match node.Op, node.Operands with
            | Op.Binary Binary.Mul, [| a; b |] when (constant a).IsNone && (constant b).IsNone ->
                between a
                |> Option.map (chosen b)
                |> Option.orElseWith (fun () -> between b |> Option.map (chosen a))
            | _ -> None

        Rewrite.rewrite rule graph

    let private shape (site: MixtureSite) value =
        ValueType.tryShape (site.Graph.TypeOf value)

    /// The values that the sides are functions of.
    let private roots (site: MixtureSite) (choice: Choice) =
        [ choice.Yes; choice.No ]
        |> List.choose id
        |> List.filter site.IsEncrypted
        |> List.map site.Root
        |> List.distinct

    /// Whether what the sides are functions of has their own shape, element for element.
    let private isPointwise (site: MixtureSite) (choice: Choice) root =
        let own = shape site choice.Result

        own.IsSome
        && shape site root = own
        && [ choice.Yes; choice.No ]
           |> List.choose id
           |> List.forall (fun side -> not (site.IsEncrypted side) || shape site side = own)

    /// A choice as the sum of two, which take 0 for the other's side.
    let private halves (choice: Choice) : Choice list =
        [ { choice with No = None }; { choice with Yes = None } ]

    /// What the truth is added to where a file's quantizers give codes: a side that is all there is, and in its quantizer's steps.
    let private quantizedOperand (site: MixtureSite) (choice: Choice) : Operand option =
        match [ choice.Yes; choice.No ] |> List.choose id |> List.filter site.IsEncrypted with
        | [ only ] when (QuantizedFactors.step site.Producers only).IsSome -> Some(Value only)
        | _ -> None

    /// What the truth is added to; None where nothing serves.
    let private operand (site: MixtureSite) (choice: Choice) : Operand option =
        match roots site choice, choice.Yes, choice.No with
        | _ when site.IsQuantized -> quantizedOperand site choice
        | [ root ], _, _ when root = site.Root choice.Condition -> Some Own
        | [ root ], _, _ when isPointwise site choice root -> Some(Value root)
        | _, Some _, Some _ -> Some(Difference choice.Result)
        | _, Some only, None
        | _, None, Some only -> Some(Value only)
        | _, None, None -> None

    /// What truths may be added to for a choice, and its sides, each with its values in one sample's trace.
    let operands (site: MixtureSite) (trace: Tensor[]) (choice: Choice) : (Operand * float[]) list =
        let real (ValueId index) =
            Elements.ofFloat64s Element.Float64 trace[index].Shape (Tensor.toFloat64s trace[index])

        let values found =
            match found, choice.Yes, choice.No with
            | Value value, _, _ -> Some(found, Tensor.toFloat64s (real value))
            | Difference _, Some yes, Some no -> Some(found, EvalBinary.op Binary.Sub (real yes) (real no) |> Tensor.toFloat64s)
            | Difference _, _, _
            | Own, _, _ -> None

        let sides = [ choice.Yes; choice.No ] |> List.choose (Option.map Value)

        (choice :: halves choice |> List.choose (operand site)) @ sides
        |> List.distinct
        |> List.choose values

    /// Whether two choices are better than one of a difference: where one side is a function of the condition's own operand, which takes
    /// no sum, and where the difference is no better known: of half the range of a side, its codes are as fine as two.
    let private isApart (site: MixtureSite) (reach: Operand -> Reach option) (choice: Choice) =
        let range operand =
            reach operand |> Option.map (fun found -> found.High - found.Low)

        match roots site choice, choice.Yes, choice.No with
        | _ when site.IsQuantized -> false
        | [ a; b ], _, _ when a = site.Root choice.Condition || b = site.Root choice.Condition -> true
        | [ _; _ ], Some yes, Some no ->
            match range (Value yes), range (Value no), range (Difference choice.Result) with
            | Some yes, Some no, Some difference -> difference > 0.5 * max yes no
            | _ -> false
        | _ -> false

    /// A function of a root, as the graph has it, of another value in its place.
    let private replay (site: MixtureSite) (writer: GraphWriter) rename root side replacement =
        let written = Dictionary<ValueId, ValueId>()
        written[root] <- typed writer (site.Graph.TypeOf root).Element replacement

        let rec at value =
            match written.TryGetValue value, site.Producer value with
            | (true, found), _ -> found
            | _, Some node when site.IsEncrypted value ->
                let found = writer.Add(node.Op, node.Operands |> Array.map at |> List.ofArray)
                written[value] <- found
                found
            | _ -> rename value

        asReal writer (at side)

    /// One choice of few: `reach` tells what the samples show of operands. None where they do not.
    let private part (site: MixtureSite) (writer: GraphWriter) rename (reach: Operand -> Reach option) (choice: Choice) : ValueId option =
        let real side = asReal writer (rename side)
        let condition = rename choice.Condition

        let truth like =
            writer.Unary(Unary.Cast (writer.TypeOf like).Element, condition)

        let zero like = writer.Scalar(like, 0.0)

        let sideOr like (side: ValueId option) =
            side |> Option.map real |> Option.defaultWith (fun () -> zero like)

        let gated (found: Reach) x yes no =
            Gates.choice writer found (truth x) x yes no

        match operand site choice, choice.Yes, choice.No with
        | Some Own, Some side, _
        | Some Own, None, Some side ->
            let isOn =
                writer.Binary(Binary.Greater, truth (real side), writer.Scalar(real side, 0.5))

            Some(writer.Add(Op.Where, [ isOn; sideOr (real side) choice.Yes; sideOr (real side) choice.No ]))
        | Some(Value value as own), _, _ ->
            reach own
            |> Option.map (fun found ->
                let found =
                    { found with
                        Step = QuantizedFactors.step site.Producers value |> Option.orElse found.Step
                    }

                let side (side: ValueId option) sum =
                    match side with
                    | Some side when site.IsEncrypted side -> replay site writer rename value side sum
                    | Some side -> real side
                    | None -> zero sum

                gated found (real value) (side choice.Yes) (side choice.No))
        | Some(Difference _ as own), Some yes, Some no ->
            reach own
            |> Option.map (fun found ->
                let no = real no
                let kept = gated found (writer.Binary(Binary.Sub, real yes, no)) id zero
                writer.Binary(Binary.Add, no, kept))
        | _ -> None

    /// The choice, written; None where the samples do not show the ranges of its operands.
    let write (site: MixtureSite) (writer: GraphWriter) rename reach (choice: Choice) : ValueId option =
        let parts =
            if isApart site reach choice then
                halves choice
            else
                [ choice ]

        let written = parts |> List.map (part site writer rename reach)

        if List.forall Option.isSome written then
            written
            |> List.choose id
            |> List.reduce (fun a b -> writer.Binary(Binary.Add, a, b))
            |> typed writer (site.Graph.TypeOf choice.Result).Element
            |> Some
        else
            None
