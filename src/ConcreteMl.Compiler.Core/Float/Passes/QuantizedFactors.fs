namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Products of two values that a file's quantizers give codes.
[<RequireQualifiedAccess>]
module QuantizedFactors =

    /// Whether the result has all or a range of the first operand's elements, and no others.
    let private isMovement op =
        OpFamilies.isRearrangement op
        || match op with
           | Op.Expand
           | Op.Slice -> true
           | _ -> false

    /// Step and bits of the quantizer that gives a value its codes, through movements; None where several steps or none are known.
    let private quantizer (producers: Node<Op> option[]) (value: ValueId) : (float * float) option =
        let node (ValueId index) = producers[index]

        let single value =
            match node value with
            | Some { Op = Op.Constant tensor } when tensor.Count = 1 -> Tensor.toFloat64s tensor |> Array.tryHead
            | _ -> None

        let rec follow value =
            match node value with
            | Some { Op = Op.Quant _; Operands = operands } ->
                Option.map2 (fun scale bits -> scale, bits) (single operands[1]) (single operands[3])
            | Some { Op = op; Operands = operands } when isMovement op -> follow operands[0]
            | _ -> None

        follow value
        |> Option.filter (fun (step, bits) -> step > 0.0 && System.Double.IsFinite(step * 2.0 ** bits))

    /// The step of a value's codes; None where several steps or none are known.
    let step (producers: Node<Op> option[]) (value: ValueId) : float option =
        quantizer producers value |> Option.map fst

    /// Half the range of a value's codes.
    let private halfRange (producers: Node<Op> option[]) (value: ValueId) : float option =
        quantizer producers value
        |> Option.map (fun (step, bits) -> step * 2.0 ** (bits - 1.0))

    /// Half the ranges of both factors of a product: divided by them, codes have steps in the ratio of a power of two, so that sums and
    /// differences of the factors are sums of codes.
    let magnitudes (producers: Node<Op> option[]) (node: Node<Op>) : (float * float) option =
        match node.Op with
        | Op.Binary Binary.Mul
        | Op.MatMul
        | Op.Gemm _ -> Option.map2 (fun a b -> a, b) (halfRange producers node.Operands[0]) (halfRange producers node.Operands[1])
        | _ -> None
