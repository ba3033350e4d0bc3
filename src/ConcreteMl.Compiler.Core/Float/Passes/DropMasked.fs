namespace ConcreteMl.Compiler.Core.Float.Passes

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Takes positions that are masked while compiling out of maxima, sums of exponentials and arg-maxima, so that no range, and no scale,
/// ever includes an absorbing constant.
[<RequireQualifiedAccess>]
module DropMasked =

    open Masks

    let private goes masked = Option.map Goes masked

    /// What becomes of a node, given the masks of its operands; None where it is left as it is.
    let private outcome (site: Site) (writer: GraphWriter) rename (node: Node<Op>) : Outcome option =
        let masks = node.Operands |> Array.map (maskedOf site)
        let isMasked at = masks[at].IsSome
        let constant at = constantOf site node.Operands[at]

        match node.Op with
        | Op.Binary(Binary.Add | Binary.Sub as operation) when (constant 1).IsSome && (constant 0).IsNone ->
            match MaskRules.added site writer rename node.Results[0] operation node.Operands[0] (constant 1).Value with
            | Some found -> Some(Goes found)
            | None when isMasked 0 -> MaskRules.applied site writer rename node 0 masks[0].Value
            | None -> None
        | Op.Binary Binary.Add when (constant 0).IsSome && (constant 1).IsNone ->
            match MaskRules.added site writer rename node.Results[0] Binary.Add node.Operands[1] (constant 0).Value with
            | Some found -> Some(Goes found)
            | None when isMasked 1 -> MaskRules.applied site writer rename node 1 masks[1].Value
            | None -> None
        | Op.Where when (constant 0).IsSome -> MaskRules.chosen site writer rename node |> goes
        | Op.Pad _ when not (isMasked 0) -> MaskRules.padded site writer rename node |> goes
        | Op.Concat _ when Array.exists Option.isSome masks -> Some(Goes(MaskRules.concatenated site writer rename node))
        | op when MaskRules.moves op && isMasked 0 && not (Array.exists Option.isSome masks[1..]) ->
            MaskRules.moved site writer node masks[0].Value |> goes
        | Op.MaxPool(window, _) when isMasked 0 -> MaskedMaxima.pooled site writer node window masks[0].Value |> goes
        | Op.ArgMax(axis, keepDims, selectLast) when isMasked 0 ->
            MaskedMaxima.argMax site writer node axis keepDims selectLast masks[0].Value
            |> Option.map Ends
        | Op.Binary operation when Array.exists Option.isSome masks ->
            match operation, Array.tryFindIndex Option.isSome masks with
            | _, Some at when (constant (1 - at)).IsSome -> MaskRules.applied site writer rename node at masks[at].Value
            | (Binary.Max | Binary.Min), _ -> MaskedMaxima.extreme site writer rename node operation |> goes
            | (Binary.Add | Binary.Sub), _ -> MaskRules.summed site writer rename node operation |> goes
            | _ -> None
        | Op.Unary _
        | Op.Clip _ when isMasked 0 -> MaskRules.applied site writer rename node 0 masks[0].Value
        | _ -> None

    let private run (graph: Graph) : Graph =
        let site =
            {
                Graph = graph
                Constants = Dictionary()
                Found = Dictionary()
                Outputs = HashSet(graph.Outputs |> Array.map _.Value)
            }

        let rule builder rename (node: Node<Op>) =
            match node.Op with
            | Op.Constant value ->
                site.Constants[node.Results[0]] <- value
                None
            | _ when
                node.Results.Length > 1
                || not (isStatic site node.Operands[0] || node.Op = Op.Where)
                || not (ValueType.tryShape (graph.TypeOf node.Results[0])).IsSome
                ->
                None
            | _ ->
                let writer = GraphWriter(builder, node.Origin)

                match outcome site writer rename node with
                | None -> None
                | Some(Ends value) -> Some [| value |]
                | Some(Goes masked) when Array.exists id masked.Mask ->
                    site.Found[node.Results[0]] <- masked

                    // An output shows its mask: constants beside what is computed.
                    if site.Outputs.Contains node.Results[0] then
                        let shape = shapeOf site node.Results[0]
                        let fill = writer.Numbers(masked.Base, shape, masked.Fill)

                        Some
                            [|
                                writer.Add(Op.Where, [ writer.Constant(booleans shape masked.Mask); fill; masked.Base ])
                            |]
                    else
                        None
                | Some(Goes bare) -> Some [| bare.Base |]

        Rewrite.rewrite rule graph
        |> fun result ->
            if obj.ReferenceEquals(result, graph) then
                graph
            else
                Rewrite.removeDead result

    let pass: Pass<Graph, Graph> =
        Pass.rewrite "drop-masked" "Take positions that are masked while compiling out of maxima, exponentials and arg-maxima." run
