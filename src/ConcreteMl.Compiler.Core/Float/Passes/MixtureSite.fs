namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// What is known of a graph's values before mixtures are expanded.
type internal MixtureSite =
    {
        Graph: Graph
        /// By value: whether it depends on an input.
        Encrypted: bool[]
        /// By value: the value that it is an element-wise function of.
        Roots: ValueId[]
        Constants: Dictionary<ValueId, Tensor>
        Producers: Node<Op> option[]
        /// Whether the file brings quantizers.
        IsQuantized: bool
        /// By value: whether it is 0 or 1. Of inputs the samples tell, which have to show both: their codes cannot leave them.
        Truths: bool[]
    }

    member this.IsEncrypted(ValueId index) = this.Encrypted[index]
    member this.Root(ValueId index) = this.Roots[index]
    member this.Producer(ValueId index) = this.Producers[index]
    member this.IsTruth(ValueId index) = this.Truths[index]

/// Finds what is known.
[<RequireQualifiedAccess>]
module internal MixtureSite =

    let private indexOf (ValueId index) = index

    /// The values that a node's encrypted operands are functions of.
    let roots (site: MixtureSite) (node: Node<Op>) =
        node.Operands
        |> Array.filter (fun operand -> site.Encrypted[indexOf operand])
        |> Array.map (fun operand -> site.Roots[indexOf operand])
        |> Array.distinct

    /// Whether samples of an input are 0 or 1, and both of them.
    let private showsTruth (samples: Tensor list list) input =
        samples
        |> List.map (List.item input >> Tensor.toFloat64s)
        |> Array.concat
        |> Array.distinct
        |> Array.sort
        |> (=) [| 0.0; 1.0 |]

    let private isConstantly (site: MixtureSite) (allowed: float -> bool) value =
        match site.Constants.TryGetValue value with
        | true, tensor -> Tensor.toFloat64s tensor |> Array.forall allowed
        | _ -> false

    /// Whether the numbers that a node gives are 0 or 1, as far as its operands are known.
    let private givesTruth (site: MixtureSite) (node: Node<Op>) =
        let isZeroOrOne = isConstantly site (fun number -> number = 0.0 || number = 1.0)

        match node.Op, node.Operands with
        | Op.Unary(Unary.Cast _), [| x |] -> site.IsTruth x
        | Op.Binary Binary.Mul, factors -> Array.forall site.IsTruth factors
        | Op.Binary Binary.Sub, [| one; x |] -> isConstantly site ((=) 1.0) one && site.IsTruth x
        | Op.Where, [| _; yes; no |] -> isZeroOrOne yes && isZeroOrOne no
        | op, operands -> OpFamilies.isMovement op && site.IsTruth operands[0]

    /// What these samples and the graph itself tell.
    let ofGraph (samples: Tensor list list) (graph: Graph) =
        let site =
            {
                Graph = graph
                Encrypted = Array.zeroCreate graph.Types.Length
                Roots = Array.init graph.Types.Length ValueId
                Constants = Dictionary()
                Producers = Graph.producers graph
                Truths = graph.Types |> Array.map (fun valueType -> valueType.Element = Element.Bool)
                IsQuantized = graph.Nodes |> Array.exists (fun node -> node.Op.IsQuant)
            }

        graph.Inputs
        |> Array.iteri (fun at port ->
            let input = indexOf port.Value
            site.Encrypted[input] <- true
            site.Truths[input] <- site.Truths[input] || showsTruth samples at)

        for node in graph.Nodes do
            match node.Op with
            | Op.Constant value -> site.Constants[node.Results[0]] <- value
            | _ -> ()

            let depends =
                node.Operands |> Array.exists (fun operand -> site.Encrypted[indexOf operand])
                && (match node.Op with
                    | Op.Shape _ -> false
                    | _ -> true)

            for result in node.Results do
                site.Encrypted[indexOf result] <- depends
                site.Truths[indexOf result] <- site.IsTruth result || givesTruth site node

            match roots site node with
            | [| root |] when OpFamilies.isElementwise node.Op -> site.Roots[indexOf node.Results[0]] <- root
            | _ -> ()

        site
