namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned

/// Finds quantizers that a file spells out as QuantizeLinear, Clip and DequantizeLinear, and makes Quant nodes of them.
[<RequireQualifiedAccess>]
module MatchQuantizers =

    open ConcreteMl.Compiler.Core.Float

    let private index (ValueId value) = value

    let private producer (sources: Sources) value = sources.Producers[value]

    /// The encrypted operand and the constant one of a binary node, when there is one of each in this order.
    let private withConstant (sources: Sources) kind value : (int * Tensor) option =
        match producer sources value with
        | Some node ->
            match node.Op with
            | Op.Binary found when found = kind ->
                let left, right = index node.Operands[0], index node.Operands[1]

                match sources.Constants[left], sources.Constants[right] with
                | None, Some constant -> Some(left, constant)
                | _ -> None
            | _ -> None
        | None -> None

    let private castOperand (sources: Sources) isTarget value : int option =
        match producer sources value with
        | Some node ->
            match node.Op with
            | Op.Unary(Unary.Cast target) when isTarget target -> Some(index node.Operands[0])
            | _ -> None
        | None -> None

    let private scalar (tensor: Tensor) = (Tensor.toFloat64s tensor)[0]

    /// The constant that a binary node has beside an operand: the operand without it, and it; the value itself where there is none.
    let private optional (sources: Sources) kind value : int * Tensor option =
        match withConstant sources kind value with
        | Some(operand, constant) -> operand, Some constant
        | None -> value, None

    /// Through clips, from the outermost in: the operand and the tightest bounds.
    let rec private clipped (sources: Sources) value (low, high) : int * (float * float) =
        match producer sources value with
        | Some node ->
            match node.Op, node.Operands |> Array.map (fun operand -> sources.Constants[index operand]) with
            | Op.Clip(true, true), [| None; Some least; Some most |] ->
                clipped sources (index node.Operands[0]) (max low (scalar least), min high (scalar most))
            | _ -> value, (low, high)
        | None -> value, (low, high)

    let private rounded (sources: Sources) value : int option =
        match producer sources value with
        | Some node ->
            match node.Op with
            | Op.Unary Unary.Round -> Some(index node.Operands[0])
            | _ -> None
        | None -> None

    /// Sign, narrowness and width of a code range; None for ranges that no Quant node has.
    let private range (low: float, high: float) : (bool * bool * int) option =
        let width (count: float) = System.Math.Log2 count

        let found signed narrow (bits: float) =
            if bits = System.Math.Round bits && bits >= 1.0 && bits <= 16.0 then
                Some(signed, narrow, int bits)
            else
                None

        if low = 0.0 then
            found false false (width (high + 1.0))
            |> Option.orElse (found false true (width (high + 2.0)))
        elif -low = high + 1.0 then
            found true false (width -low + 1.0)
        elif -low = high then
            found true true (width (high + 1.0) + 1.0)
        else
            None

    /// What a quantizing part computes codes of: the operand, its scale and zero point, and the bounds of the codes.
    let private quantizing (sources: Sources) codes : (int * Tensor * Tensor option * (float * float)) option =
        let inner, outerBounds = clipped sources codes (-infinity, infinity)

        castOperand sources Element.isInteger inner
        |> Option.bind (fun saturated ->
            let shifted, bounds = clipped sources saturated outerBounds
            let steps, added = optional sources Binary.Add shifted

            rounded sources steps
            |> Option.bind (withConstant sources Binary.Div)
            |> Option.map (fun (x, divisor) -> x, divisor, added, bounds))

    /// Whether zero points are equal; an absent one is 0.
    let private isSameZero left right =
        match left, right with
        | Some left, Some right -> Tensor.toFloat64s left = Tensor.toFloat64s right
        | Some one, None
        | None, Some one -> Tensor.toFloat64s one |> Array.forall ((=) 0.0)
        | None, None -> true

    /// The operand, quantizer, scale and zero point of a dequantizing product, when all agree.
    let private matched (sources: Sources) value =
        withConstant sources Binary.Mul value
        |> Option.bind (fun (centred, scale) ->
            let real, zero = optional sources Binary.Sub centred

            castOperand sources Element.isFloat real
            |> Option.bind (quantizing sources)
            |> Option.bind (fun (x, divisor, added, bounds) ->
                if Tensor.toFloat64s scale = Tensor.toFloat64s divisor && isSameZero zero added then
                    range bounds |> Option.map (fun form -> x, form, scale, zero)
                else
                    None))

    let private constantType (tensor: Tensor) : ValueType =
        {
            Element = tensor.Element
            Dims = Some(tensor.Shape |> Array.map Dim.Known)
        }

    let private single (tensor: Tensor) =
        Tensor.ofFloat32 tensor.Shape (Tensor.toFloat64s tensor |> Array.map float32)

    /// A Quant node with its parameters, in place of a dequantizing product.
    let private quant (builder: GraphBuilder<FloatOp, ValueType>) x (signed, narrow, bits: int) scale zero resultType origin =
        let constant tensor =
            builder.Value(Op.Constant tensor, [], constantType tensor, origin)

        let zero = zero |> Option.map single |> Option.defaultValue (Tensor.scalar32 0.0f)

        let quant =
            {
                Signed = signed
                Narrow = narrow
                RoundingMode = EvalQuant.linearMode zero
            }

        let operands =
            [
                x
                constant (single scale)
                constant zero
                constant (Tensor.scalar32 (float32 bits))
            ]

        builder.Value(Op.Quant quant, operands, resultType, origin)

    /// The graph with Quant nodes for the quantizers that it spells out; the same object when there are none.
    let rewrite (graph: FloatGraph) : FloatGraph =
        match Sources.analyse graph with
        | Error _ -> graph
        | Ok sources ->
            let rule builder rename (node: FloatNode) =
                let result = node.Results[0]

                match node.Op with
                | Op.Binary Binary.Mul when sources.Constants[index result].IsNone ->
                    matched sources (index result)
                    |> Option.map (fun (x, form, scale, zero) ->
                        [|
                            quant builder (rename (ValueId x)) form scale zero (graph.TypeOf result) node.Origin
                        |])
                | _ -> None

            Rewrite.rewrite rule graph |> Rewrite.removeDead

    /// The pass under its name in pipelines.
    let pass: Pass<FloatGraph, FloatGraph> =
        {
            Name = "match-quantizers"
            Summary = "makes quantizers of QuantizeLinear, Clip and DequantizeLinear in a row"
            Options = []
            Run = fun _ graph -> Ok(rewrite graph)
        }
