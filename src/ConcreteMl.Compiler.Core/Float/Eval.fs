namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// What the float stage means: every operation on actual tensors, in their ONNX element types. Shapes come from the
/// operands, so a graph also runs on shapes other than those it was typed with, where its operations allow.
[<RequireQualifiedAccess>]
module Eval =

    let private optional flag operands =
        match flag, operands with
        | true, head :: rest -> Some head, rest
        | true, [] -> Elements.fail "an operand is missing"
        | false, rest -> None, rest

    let private axes tensor = Option.map Elements.integers tensor

    let private compute (operation: Op) (operands: Tensor list) : Tensor list =
        match operation, operands with
        | Op.Constant value, [] -> [ value ]
        | Op.Unary unary, [ x ] -> [ EvalUnary.op unary x ]
        | Op.Binary binary, [ a; b ] -> [ EvalBinary.op binary a b ]
        | Op.Clip(hasMin, hasMax), x :: bounds ->
            let low, rest = optional hasMin bounds
            let high, _ = optional hasMax rest
            [ EvalBinary.clip low high x ]
        | Op.Where, [ condition; yes; no ] -> [ EvalBinary.where condition yes no ]
        | Op.Gemm(alpha, beta, transA, transB), operands -> [ EvalLinear.gemm alpha beta transA transB operands ]
        | Op.MatMul, [ a; b ] -> [ EvalLinear.matMul a b ]
        | Op.Conv(window, group), _ :: _ :: _ -> [ EvalLinear.conv window group operands ]
        | Op.AveragePool(window, includePad), [ x ] -> [ EvalPool.average window includePad x ]
        | Op.MaxPool(window, storageOrder), [ x ] -> EvalPool.max window storageOrder x
        | Op.BatchNormalization epsilon, operands -> [ EvalPool.batchNormalization epsilon operands ]
        | Op.ReduceSum(keepDims, noop), x :: rest -> [ EvalPool.reduceSum keepDims noop (List.tryHead rest) x ]
        | Op.ArgMax(axis, keepDims, selectLast), [ x ] -> [ EvalPool.argMax axis keepDims selectLast x ]
        | Op.Concat axis, _ :: _ -> [ EvalShape.concat axis operands ]
        | Op.Reshape allowZero, [ x; shape ] -> [ EvalShape.reshape allowZero x shape ]
        | Op.Flatten axis, [ x ] -> [ EvalShape.flatten axis x ]
        | Op.Transpose permutation, [ x ] -> [ EvalShape.transpose permutation x ]
        | Op.Squeeze, x :: rest -> [ EvalShape.squeeze (axes (List.tryHead rest)) x ]
        | Op.Unsqueeze, [ x; named ] -> [ EvalShape.unsqueeze (Elements.integers named) x ]
        | Op.Slice, x :: starts :: ends :: rest -> [ EvalShape.slice x starts ends (List.tryItem 0 rest) (List.tryItem 1 rest) ]
        | Op.Gather axis, [ x; indices ] -> [ EvalShape.gather axis x indices ]
        | Op.Pad(mode, hasValue), x :: pads :: rest ->
            let value, rest = optional hasValue rest

            [
                EvalShape.pad mode x (Elements.integers pads) value (axes (List.tryHead rest))
            ]
        | Op.Expand, [ x; shape ] -> [ EvalShape.expand x (Elements.integers shape) ]
        | Op.Shape(first, last), [ x ] -> [ EvalShape.dimensions first last x.Shape ]
        | Op.ConstantOfShape value, [ shape ] -> [ EvalShape.constantOfShape value shape ]
        | Op.Quant quant, [ x; scale; zero; bits ] -> [ EvalQuant.op quant x scale zero bits ]
        | other, operands -> Elements.fail $"{other} does not take {operands.Length} operands"

    /// The results of one operation. Raises `EvalException` for operands it is not defined on.
    let op (operation: Op) (operands: Tensor list) : Tensor list =
        Elements.guarded (fun () -> compute operation operands)

    let private run (graph: Graph) (inputs: Tensor list) (keep: bool) : Tensor[] =
        let values: Tensor[] = Array.zeroCreate graph.Types.Length
        let uses = Array.zeroCreate graph.Types.Length
        let count (ValueId index) = uses[index] <- uses[index] + 1
        graph.Nodes |> Array.iter (fun node -> Array.iter count node.Operands)
        graph.Outputs |> Array.iter (fun port -> count port.Value)

        let release (ValueId index) =
            uses[index] <- uses[index] - 1

            if uses[index] = 0 && not keep then
                values[index] <- Unchecked.defaultof<Tensor>

        if inputs.Length <> graph.Inputs.Length then
            Elements.fail $"{inputs.Length} inputs for a graph of {graph.Inputs.Length}"

        List.iteri (fun index tensor -> values[index] <- tensor) inputs

        for node in graph.Nodes do
            let operands =
                node.Operands
                |> Array.map (fun (ValueId index) -> values[index])
                |> List.ofArray

            let results =
                try
                    op node.Op operands
                with :? EvalException as inner ->
                    let place = String.concat ", " node.Origin
                    raise (EvalException($"{place}: {inner.Message}", inner))

            node.Results
            |> Array.iteri (fun at (ValueId index) -> values[index] <- results[at])

            Array.iter release node.Operands

        values

    /// The outputs for these inputs, in the order of the graph's ports.
    let graph (graph: Graph) (inputs: Tensor list) : Tensor list =
        let values = run graph inputs false

        graph.Outputs
        |> Array.map (fun { Value = ValueId index } -> values[index])
        |> List.ofArray

    /// Every value of the graph, by id: what calibration looks at.
    let trace (graph: Graph) (inputs: Tensor list) : Tensor[] = run graph inputs true
