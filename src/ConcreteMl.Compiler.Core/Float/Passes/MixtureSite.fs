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
        /// Inputs whose samples are 0 or 1, and both of them: masks and truths, which their codes cannot leave.
        Truths: HashSet<ValueId>
    }

    member this.IsEncrypted(ValueId index) = this.Encrypted[index]
    member this.Root(ValueId index) = this.Roots[index]
    member this.Producer(ValueId index) = this.Producers[index]

/// Finds what is known.
[<RequireQualifiedAccess>]
module internal MixtureSite =

    let private indexOf (ValueId index) = index

    let private isElementwise op =
        match op with
        | Op.Unary _
        | Op.Binary _
        | Op.Clip _
        | Op.Where
        | Op.Quant _
        | Op.BatchNormalization _ -> true
        | _ -> false

    /// The values that a node's encrypted operands are functions of.
    let roots (site: MixtureSite) (node: Node<Op>) =
        node.Operands
        |> Array.filter (fun operand -> site.Encrypted[indexOf operand])
        |> Array.map (fun operand -> site.Roots[indexOf operand])
        |> Array.distinct

    let private truths (graph: Graph) (samples: Tensor list list) =
        let numbers at =
            samples |> List.map (List.item at >> Tensor.toFloat64s) |> Array.concat

        graph.Inputs
        |> Array.indexed
        |> Array.filter (fun (at, _) -> numbers at |> Array.distinct |> Array.sort = [| 0.0; 1.0 |])
        |> Array.map (fun (_, port) -> port.Value)
        |> HashSet

    /// What these samples and the graph itself tell.
    let ofGraph (samples: Tensor list list) (graph: Graph) =
        let site =
            {
                Graph = graph
                Encrypted = Array.zeroCreate graph.Types.Length
                Roots = Array.init graph.Types.Length ValueId
                Constants = Dictionary()
                Producers = Graph.producers graph
                Truths = truths graph samples
                IsQuantized = graph.Nodes |> Array.exists (fun node -> node.Op.IsQuant)
            }

        for port in graph.Inputs do
            site.Encrypted[indexOf port.Value] <- true

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

            match roots site node with
            | [| root |] when isElementwise node.Op -> site.Roots[indexOf node.Results[0]] <- root
            | _ -> ()

        site
