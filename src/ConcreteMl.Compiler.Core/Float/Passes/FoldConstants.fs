namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Computes what does not depend on the inputs, shape arithmetic included. Stops at Quant nodes: the codes of quantized
/// weights are what a quantized network is about, and their real values alone would lose them.
[<RequireQualifiedAccess>]
module FoldConstants =

    /// The values of the results when they are known; raises nothing: an operation that fails is left to run time.
    let private evaluate quantizers (graph: Graph) (known: Dictionary<ValueId, Tensor>) (node: Node<Op>) : Tensor list option =
        match node.Op with
        | Op.Quant _ when not quantizers -> None
        | Op.Constant _ -> None
        | Op.Shape(first, last) ->
            ValueType.tryShape (graph.TypeOf node.Operands[0])
            |> Option.map (fun shape -> [ EvalShape.dimensions first last shape ])
        | op ->
            let operands =
                node.Operands
                |> Array.choose (fun operand ->
                    match known.TryGetValue operand with
                    | true, tensor -> Some tensor
                    | _ -> None)

            if operands.Length < node.Operands.Length then
                None
            else
                try
                    Some(Eval.op op (List.ofArray operands))
                with :? EvalException ->
                    None

    let private run quantizers (graph: Graph) =
        let known = Dictionary<ValueId, Tensor>()

        let rule (builder: GraphBuilder<Op, ValueType>) _ (node: Node<Op>) =
            match node.Op with
            | Op.Constant value -> known[node.Results[0]] <- value
            | _ -> ()

            evaluate quantizers graph known node
            |> Option.map (fun values ->
                node.Results
                |> Array.mapi (fun at result ->
                    let value = values[at]
                    known[result] <- value
                    builder.Value(Op.Constant value, [], ValueType.ofTensor value, node.Origin)))

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    /// Computes quantizers of constants too: what is left of a network whose weights alone are quantized is a float model.
    let weights (graph: Graph) : Graph = run true graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "fold-constants"
            Summary = "Compute what does not depend on the inputs, up to Quant nodes."
            Options = []
            Run = fun _ graph -> Ok(run false graph)
        }
