namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Compares values that are whole numbers with thresholds halfway between whole numbers: the same answer, but one that
/// small errors (of quantized weights, of a scale) no longer change.
[<RequireQualifiedAccess>]
module SharpenComparisons =

    let private indexOf (ValueId index) = index

    /// Beyond this, float32 arithmetic on whole numbers rounds.
    let private largest = 4194304.0

    let private isWhole (value: float) =
        value = floor value && abs value <= largest

    let private producesWhole (graph: Graph) (whole: bool[]) (node: Node<Op>) =
        let operand at = whole[indexOf node.Operands[at]]

        let every () =
            node.Operands |> Array.forall (fun value -> whole[indexOf value])

        match node.Op with
        | Op.Constant value -> Tensor.toFloat64s value |> Array.forall isWhole
        | Op.Unary(Unary.Cast _) -> operand 0 || not (Element.isFloat (graph.TypeOf node.Operands[0]).Element)
        | Op.Unary(Unary.Round | Unary.Floor | Unary.Ceil | Unary.Sign) -> true
        | Op.Unary(Unary.Neg | Unary.Abs | Unary.Relu) -> operand 0
        | Op.Binary(Binary.Add | Binary.Sub | Binary.Mul | Binary.Max | Binary.Min)
        | Op.MatMul
        | Op.Concat _ -> every ()
        | Op.Gemm(alpha, beta, _, _) -> isWhole (float alpha) && isWhole (float beta) && every ()
        | Op.Where -> operand 1 && operand 2
        | Op.ReduceSum _
        | Op.Reshape _
        | Op.Flatten _
        | Op.Transpose _
        | Op.Squeeze
        | Op.Unsqueeze
        | Op.Slice
        | Op.Gather _
        | Op.Expand
        | Op.MaxPool _ -> operand 0
        | Op.ArgMax _
        | Op.Shape _ -> true
        | _ -> not (Element.isFloat (graph.TypeOf node.Results[0]).Element)

    let private wholeValues (graph: Graph) =
        let whole =
            graph.Types
            |> Array.map (fun valueType -> not (Element.isFloat valueType.Element))

        for node in graph.Nodes do
            if node.Results.Length = 1 then
                whole[indexOf node.Results[0]] <- producesWhole graph whole node

        whole

    let private flipped operation =
        match operation with
        | Binary.Greater -> Binary.Less
        | Binary.GreaterOrEqual -> Binary.LessOrEqual
        | Binary.Less -> Binary.Greater
        | Binary.LessOrEqual -> Binary.GreaterOrEqual
        | other -> other

    /// The strict comparisons with halfway thresholds that together say `x operation bound` for whole x.
    let private strict operation : (Binary * (float -> float)) list =
        let below bound = ceil bound - 0.5
        let above bound = floor bound + 0.5

        match operation with
        | Binary.Equal -> [ Binary.Greater, below; Binary.Less, above ]
        | Binary.Greater -> [ Binary.Greater, above ]
        | Binary.GreaterOrEqual -> [ Binary.Greater, below ]
        | Binary.Less -> [ Binary.Less, below ]
        | Binary.LessOrEqual -> [ Binary.Less, above ]
        | _ -> []

    let private run (graph: Graph) =
        let whole = wholeValues graph
        let producers = Graph.producers graph

        let constant value =
            match producers[indexOf value] with
            | Some { Op = Op.Constant tensor } when Element.isFloat tensor.Element -> Some tensor
            | _ -> None

        let sharpened operation x (bound: Tensor) : (GraphWriter -> ValueId -> ValueId) option =
            let bounds = Tensor.toFloat64s bound

            let write (writer: GraphWriter) (x: ValueId) =
                strict operation
                |> List.map (fun (comparison, threshold) ->
                    writer.Binary(comparison, x, writer.Numbers(x, bound.Shape, Array.map threshold bounds)))
                |> List.reduce (fun left right -> writer.Binary(Binary.And, left, right))

            match strict operation with
            | [] -> None
            | [ same, threshold ] when same = operation && Array.map threshold bounds = bounds -> None
            | _ -> if whole[indexOf x] then Some write else None

        let rule builder rename (node: Node<Op>) =
            let apply operation x bound =
                sharpened operation x bound
                |> Option.map (fun write -> [| write (GraphWriter(builder, node.Origin)) (rename x) |])

            match node.Op with
            | Op.Binary operation ->
                match constant node.Operands[0], constant node.Operands[1] with
                | None, Some bound -> apply operation node.Operands[0] bound
                | Some bound, None -> apply (flipped operation) node.Operands[1] bound
                | _ -> None
            | _ -> None

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        {
            Name = "sharpen-comparisons"
            Summary = "Compare whole numbers with thresholds halfway between them."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
