namespace ConcreteMl.Compiler.Core.Float.Passes

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Bounds masks that are inputs: what hides a position from a softmax or a maximum by −∞ or −10⁹ hides it as well by a number that is
/// only beyond the range of the scores, and codes can hold. The client bounds its mask before it encrypts; a choice between scores and
/// a hiding constant becomes a sum.
[<RequireQualifiedAccess>]
module BoundMasks =

    /// An exponential of less is below the step of codes of 16 bits, the widest: ln 2^16.
    let private negligible = 16.0 * Math.Log 2.0

    /// Samples that tell a mask from other values, and the range of scores.
    let private mostSamples = 100

    type private Known =
        {
            Graph: Graph
            Constants: Dictionary<ValueId, Tensor>
            Readers: Node<Op> list[]
            Roots: Set<int>[]
            /// By sample and value.
            Traces: Lazy<Tensor[][]>
        }

    let private index (ValueId value) = value

    let private analyse (graph: Graph) (samples: Tensor list list) : Known =
        let constants = Dictionary<ValueId, Tensor>()
        let roots = Array.create graph.Types.Length Set.empty

        for port in graph.Inputs do
            roots[index port.Value] <- Set.singleton (index port.Value)

        for node in graph.Nodes do
            match node.Op with
            | Op.Constant value -> constants[node.Results[0]] <- value
            | _ -> ()

            for result in node.Results do
                roots[index result] <- node.Operands |> Seq.map (fun operand -> roots[index operand]) |> Set.unionMany

        {
            Graph = graph
            Constants = constants
            Readers = Graph.consumers graph
            Roots = roots
            Traces =
                lazy
                    (samples
                     |> List.truncate mostSamples
                     |> List.map (Eval.trace graph)
                     |> Array.ofList)
        }

    let private values (known: Known) value =
        known.Traces.Value
        |> Array.map (fun trace -> Tensor.toFloat64s trace[index value])

    /// Whether hidden elements of a value come to nothing wherever it is read: an exponential or a maximum takes them.
    let rec private isAbsorbed (known: Known) value : bool =
        let isOutput = known.Graph.Outputs |> Array.exists (fun port -> port.Value = value)

        let by (node: Node<Op>) =
            match node.Op with
            | Op.Unary Unary.Exp
            | Op.Binary Binary.Max
            | Op.ArgMax _
            | Op.MaxPool _ -> true
            | Op.Binary Binary.Sub ->
                node.Operands[0] = value
                && node.Operands[1] <> value
                && isAbsorbed known node.Results[0]
            | Op.Binary Binary.Add ->
                node.Operands |> Array.exists known.Constants.ContainsKey
                && isAbsorbed known node.Results[0]
            | op ->
                OpFamilies.isMovement op
                && node.Operands[0] = value
                && isAbsorbed known node.Results[0]

        let readers = known.Readers[index value]
        not isOutput && not readers.IsEmpty && List.forall by readers

    let private depend (known: Known) value = not known.Roots[index value].IsEmpty

    let private apart (known: Known) scores mask =
        depend known scores
        && depend known mask
        && (Set.intersect known.Roots[index scores] known.Roots[index mask]).IsEmpty

    /// Whether values are those of a mask that is added: hiding ones, and small ones beside them.
    let private isMask (known: Known) value =
        let all = values known value |> Array.concat
        let hides (one: float) = one <= -Masks.absorbing

        Array.exists hides all
        && all |> Array.forall (fun one -> hides one || abs one <= Masks.apart)

    /// What hides a score whatever it is: the range of scores within one sample, and what an exponential does not show.
    let private bound (known: Known) scores =
        let spans =
            values known scores
            |> Array.map (Array.filter Double.IsFinite)
            |> Array.filter (fun own -> own.Length > 0)
            |> Array.map (fun own -> Array.max own - Array.min own)

        negligible + Array.fold max 0.0 spans

    let private hides (known: Known) value =
        match known.Constants.TryGetValue value with
        | true, tensor -> Tensor.toFloat64s tensor |> Array.forall (fun one -> one <= -Masks.absorbing)
        | _ -> false

    /// The sum that stands for a node; None where it hides nothing.
    let private bounded (known: Known) (writer: GraphWriter) rename (node: Node<Op>) : ValueId option =
        let added scores mask =
            if apart known scores mask && isAbsorbed known node.Results[0] && isMask known mask then
                let mask' = rename mask
                let least = writer.Scalar(mask', -(bound known scores))
                Some(writer.Binary(Binary.Add, rename scores, writer.Binary(Binary.Max, mask', least)))
            else
                None

        let chosen condition scores isShown =
            if apart known scores condition && isAbsorbed known node.Results[0] then
                let scores' = rename scores

                let hidden, shown =
                    writer.Scalar(scores', -(bound known scores)), writer.Scalar(scores', 0.0)

                let mask =
                    writer.Add(
                        Op.Where,
                        if isShown then
                            [ rename condition; shown; hidden ]
                        else
                            [ rename condition; hidden; shown ]
                    )

                Some(writer.Binary(Binary.Add, scores', mask))
            else
                None

        match node.Op, List.ofArray node.Operands with
        | Op.Binary Binary.Add, [ a; b ] -> added a b |> Option.orElseWith (fun () -> added b a)
        | Op.Where, [ condition; shown; other ] when hides known other -> chosen condition shown true
        | Op.Where, [ condition; other; shown ] when hides known other -> chosen condition shown false
        | _ -> None

    let private run (samples: Tensor list list) (graph: Graph) : Graph =
        if samples.IsEmpty || graph.Inputs.Length < 2 then
            graph
        else
            let known = analyse graph samples

            let rule builder rename (node: Node<Op>) =
                if node.Results.Length = 1 then
                    bounded known (GraphWriter(builder, node.Origin)) rename node
                    |> Option.map Array.singleton
                else
                    None

            Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        {
            Name = "bound-masks"
            Summary = "Bound masks that are inputs by the range of the scores that they hide."
            Options = []
            Run = fun context graph -> Ok(run context.Samples graph)
        }
