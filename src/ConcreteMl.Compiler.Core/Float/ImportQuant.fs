namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators that quantize: the Quant nodes of QAT exporters, and ONNX's own pairs of QuantizeLinear and DequantizeLinear.
[<RequireQualifiedAccess>]
module ImportQuant =

    /// Operands x, scale, zero point, bit width.
    let private quant (node: NodeScope) =
        let mode = node.Text("rounding_mode", "ROUND").ToUpperInvariant()

        if not (EvalQuant.isOfFiles mode) then
            node.RefuseAttribute($"rounding_mode = {mode}", "ROUND, HALF_EVEN, CEIL, FLOOR, ROUND_TO_ZERO, UP, DOWN, HALF_UP or HALF_DOWN")

        for index, role in [ 1, "the scale"; 2, "the zero point"; 3, "the bit width" ] do
            node.ConstantValue(index, role) |> ignore

        let bits = node.ConstantValue(3, "the bit width")

        if bits.Count <> 1 then
            node.RefuseAttribute($"{bits.Count} bit widths", "one bit width")

        let op =
            Op.Quant
                {
                    Signed = node.Flag("signed", true)
                    Narrow = node.Flag("narrow", false)
                    RoundingMode = mode
                }

        [| node.Add(op, List.init 4 node.Input) |]

    /// +scale from 0 upwards and −scale below: the codes 1 and −1 of a quantizer of 2 bits.
    let private bipolar (node: NodeScope) =
        let x, scale = node.Input 0, node.Input 1
        node.ConstantValue(1, "the scale") |> ignore

        let isPositive =
            node.Add(Op.Binary Binary.GreaterOrEqual, [ x; node.Scalar(x, 0.0) ])

        let signed =
            node.Add(Op.Where, [ isPositive; scale; node.Add(Op.Unary Unary.Neg, [ scale ]) ])

        let quant =
            {
                Signed = true
                Narrow = true
                RoundingMode = "ROUND"
            }

        [|
            node.Add(Op.Quant quant, [ signed; scale; node.Scalar(x, 0.0); node.Scalar(x, 2.0) ])
        |]

    /// Codes of fewer bits: the lowest of the codes of x are dropped (operands x, scale, zero point, bits of x, bits of the result).
    /// The result keeps the scale: it counts in steps of what is left.
    let private trunc (node: NodeScope) =
        let single index role =
            match node.ConstantValue(index, role) |> Tensor.toFloat64s with
            | [| value |] -> value
            | values -> node.RefuseAttribute($"{values.Length} values of {role}", "one value")

        if node.Arity <> 5 then
            node.RefuseAttribute($"{node.Arity} operands (a scale of the result among them)", "x, scale, zero point and two bit widths")

        let x, scale, zero = node.Input 0, node.Input 1, node.Input 2
        let bits = single 4 "the bits of the result"
        let dropped = System.Math.Pow(2.0, single 3 "the bits of the operand" - bits)
        let unary operation value = node.Add(Op.Unary operation, [ value ])

        let binary operation left right =
            node.Add(Op.Binary operation, [ left; right ])

        let codes = unary Unary.Round (binary Binary.Add (binary Binary.Div x scale) zero)
        let steps = binary Binary.Div codes (node.Scalar(x, dropped))

        let kept =
            match node.Text("rounding_mode", "FLOOR").ToUpperInvariant() with
            | "FLOOR" -> unary Unary.Floor steps
            | "CEIL" -> unary Unary.Ceil steps
            | "ROUND"
            | "HALF_EVEN" -> unary Unary.Round steps
            | "ROUND_TO_ZERO"
            | "DOWN" -> binary Binary.Mul (unary Unary.Sign steps) (unary Unary.Floor (unary Unary.Abs steps))
            | other -> node.RefuseAttribute($"rounding_mode = {other}", "FLOOR, CEIL, ROUND or ROUND_TO_ZERO")

        // Signed or not, the codes fit one bit more.
        let quant =
            {
                Signed = true
                Narrow = false
                RoundingMode = "ROUND"
            }

        let real = binary Binary.Mul (binary Binary.Sub kept zero) scale

        [|
            node.Add(Op.Quant quant, [ real; scale; zero; node.Scalar(x, bits + 1.0) ])
        |]

    /// A per-axis scale or zero point, shaped so that it broadcasts along that axis of a tensor of this rank.
    let private along (node: NodeScope) (x: ValueId) axis (parameter: ValueId) =
        let rank = node.Rank x

        match node.Shape parameter with
        | [||] -> parameter
        | [| 1 |] -> node.Add(Op.Reshape false, [ parameter; node.Integers [] ])
        | [| size |] ->
            let axis = node.Axis(rank, axis)

            node.Add(
                Op.Reshape false,
                [
                    parameter
                    node.Integers(List.init rank (fun at -> if at = axis then size else 1))
                ]
            )
        | shape when shape.Length = rank ->
            // Blocks of cells along the axis share an entry.
            let axis = node.Axis(rank, axis)
            let own = node.Shape x

            let block =
                match node.Int("block_size", 0) with
                | 0 -> (own[axis] + shape[axis] - 1) / max 1 shape[axis]
                | size -> size

            if block < 1 || shape <> Array.updateAt axis ((own[axis] + block - 1) / block) own then
                node.RefuseAttribute(
                    $"scales of {Shape.print shape} for blocks of {block} along axis {axis} of {Shape.print own}",
                    "one scale per block"
                )

            node.Add(Op.Gather axis, [ parameter; node.Integers(Seq.init own[axis] (fun at -> at / block)) ])
        | shape -> node.RefuseAttribute($"a scale of shape {Shape.print shape}", "one scale, one along an axis, or one per block")

    let private limits element =
        match element with
        | Element.UInt8 -> Some(0.0, 255.0)
        | Element.Int8 -> Some(-128.0, 127.0)
        | Element.UInt16 -> Some(0.0, 65535.0)
        | Element.Int16 -> Some(-32768.0, 32767.0)
        | _ -> None

    let private single (node: NodeScope) (value: ValueId option) : Tensor option =
        match value with
        | None -> Some(Tensor.scalar32 0.0f)
        | Some value -> node.TryValue value |> Option.map (Elements.cast Element.Float32)

    /// The type that holds the codes, and their range: that of the zero point, or the one that the attribute output_dtype names.
    let private targetOf (node: NodeScope) (zero: ValueId option) : Element * (float * float) option =
        let narrow name element =
            match Onnx.NarrowTypes.tryLimits name with
            | Some range -> element, Some range
            | None -> element, limits element

        match zero, node.Int("output_dtype", 0) with
        | Some zero, _ ->
            let element = (node.Type zero).Element
            // ImportCodes quantizes by other operands than the third.
            narrow
                (node.NarrowType(
                    if node.Node.OpType = "QuantizeLinear" then
                        2
                    else
                        node.Arity
                ))
                element
        | None, 0 -> Element.UInt8, limits Element.UInt8
        | None, number ->
            let declared = Onnx.ElementType.ofNumber number

            match declared, Onnx.NarrowTypes.held declared with
            | Ok element, _ -> element, limits element
            | Error name, Ok holder when not (Element.isFloat holder) -> narrow name holder
            | Error name, _ -> node.RefuseAttribute($"output_dtype = {name}", "integers of 2, 4, 8 or 16 bits")

    /// The float of 4 or 8 bits in which a QuantizeLinear gives its codes: that of its zero point, or the one that output_dtype names.
    let private smallFloat (node: NodeScope) =
        match node.NarrowType 2, node.Int("output_dtype", 0) with
        | "", number when number > 0 ->
            match Onnx.ElementType.ofNumber number with
            | Error name -> SmallFloat.tryOfName name
            | Ok _ -> None
        | name, _ -> SmallFloat.tryOfName name

    /// x / scale in a format of 4 or 8 bits.
    let private quantizeToFloat (node: NodeScope) axis (x: ValueId) (scale: ValueId) format =
        let real value =
            node.Add(Op.Unary(Unary.Cast Element.Float32), [ value ])

        let ratio =
            node.Add(Op.Binary Binary.Div, [ real x; real (along node x axis scale) ])

        node.Add(Op.Unary(Unary.ToSmallFloat(format, node.Flag("saturate", true), PowerRounding.Nearest)), [ ratio ])

    /// saturate(round(x / scale) + zero point), in the type of the zero point (uint8 without one).
    let quantize (node: NodeScope) axis (x: ValueId) (scale: ValueId) (zero: ValueId option) : ValueId =
        let scale = along node x axis scale
        let zero = zero |> Option.map (along node x axis)
        let target, range = targetOf node zero

        match range with
        | None -> node.RefuseAttribute($"codes of {target}", "integers of 2, 4, 8 or 16 bits")
        | Some(low, high) ->
            let cast value =
                node.Add(Op.Unary(Unary.Cast (node.Type x).Element), [ value ])

            let rounded =
                node.Add(Op.Unary Unary.Round, [ node.Add(Op.Binary Binary.Div, [ x; cast scale ]) ])

            let shifted =
                match zero with
                | Some zero -> node.Add(Op.Binary Binary.Add, [ rounded; cast zero ])
                | None -> rounded

            let clipped =
                node.Add(Op.Clip(true, true), [ shifted; node.Scalar(x, low); node.Scalar(x, high) ])

            let result = node.Add(Op.Unary(Unary.Cast target), [ clipped ])

            match single node (Some scale), single node zero with
            | Some scale, Some zero when (node.Type x).Element = Element.Float32 ->
                node.Remember(
                    result,
                    {
                        Real = x
                        Scale = scale
                        Zero = zero
                        Low = low
                        High = high
                        Settled = None
                    }
                )
            | _ -> ()

            result

    /// Sign, narrowness and width of a quantizer with exactly these codes; None where there is none.
    let private rangeOf (low: float) (high: float) : (FakeQuant * float) option =
        [
            for bits in 1..16 do
                for signed in [ true; false ] do
                    for narrow in [ false; true ] do
                        let quant =
                            {
                                Signed = signed
                                Narrow = narrow
                                RoundingMode = "ROUND"
                            }

                        let lowest, highest = EvalQuant.range quant bits

                        if float lowest = low && float highest = high then
                            quant, float bits
        ]
        |> List.tryHead

    let private asQuant (node: NodeScope) (real: ValueId) (scale: Tensor) (zero: Tensor) (quant: FakeQuant, bits: float) =
        let parameter tensor = node.Constant tensor

        node.Add(
            Op.Quant
                { quant with
                    RoundingMode = EvalQuant.linearMode zero
                },
            [
                real
                parameter scale
                parameter zero
                parameter (Tensor.scalar32 (float32 bits))
            ]
        )

    /// The dequantized value of codes; None when no quantizer has exactly this range.
    let settle (node: NodeScope) (codes: QuantizedCodes) : ValueId option =
        match codes.Settled with
        | Some real -> Some real
        | None ->
            rangeOf codes.Low codes.High
            |> Option.map (asQuant node codes.Real codes.Scale codes.Zero)

    /// Constant codes as a quantizer of their real values, which computes these codes again.
    let private constantCodes (node: NodeScope) (codes: Tensor) (scale: Tensor) (zero: Tensor) =
        let values = Tensor.toFloat64s codes
        let lowest, highest = Array.min values, Array.max values

        let bits =
            Seq.initInfinite (fun bits -> bits + 1)
            |> Seq.find (fun bits ->
                if lowest >= 0.0 then
                    highest < System.Math.Pow(2.0, bits)
                else
                    lowest >= -System.Math.Pow(2.0, float bits - 1.0)
                    && highest < System.Math.Pow(2.0, float bits - 1.0))

        let quant =
            {
                Signed = lowest < 0.0
                Narrow = false
                RoundingMode = "ROUND"
            }

        let centred = EvalBinary.op Binary.Sub (Elements.cast Element.Float32 codes) zero

        asQuant node (node.Constant(EvalBinary.op Binary.Mul centred scale)) scale zero (quant, float bits)

    /// (code − zero point) · scale. A dequantizer behind its own quantizer is one Quant node, and so are constant codes,
    /// so that a quantized network keeps its codes.
    let dequantize (node: NodeScope) axis (x: ValueId) (scale: ValueId) (zero: ValueId option) : ValueId =
        let isBlocked = (node.Shape scale).Length > 1
        let scale = along node x axis scale
        let zero = zero |> Option.map (along node x axis)

        let parameters =
            if (node.Type scale).Element = Element.Float32 then
                Option.map2 (fun scale zero -> scale, zero) (single node (Some scale)) (single node zero)
            else
                None

        let own =
            match parameters, node.TryCodes x with
            | Some(scales, zeros), Some codes when codes.Scale = scales && codes.Zero = zeros -> settle node codes
            | _ -> None

        match own, parameters, node.TryValue x with
        | Some real, _, _ -> real
        | None, Some(scales, zeros), Some codes when codes.Count > 0 && (limits codes.Element).IsSome && not isBlocked ->
            constantCodes node codes scales zeros
        | _ ->
            let real value =
                node.Add(Op.Unary(Unary.Cast (node.Type scale).Element), [ value ])

            let centred =
                match zero with
                | Some zero -> node.Add(Op.Binary Binary.Sub, [ real x; real zero ])
                | None -> real x

            node.Add(Op.Binary Binary.Mul, [ centred; scale ])

    let private quantizeLinear (node: NodeScope) =
        let axis = node.Int("axis", 1)

        match smallFloat node with
        | Some format -> [| quantizeToFloat node axis (node.Input 0) (node.Input 1) format |]
        | None -> [| quantize node axis (node.Input 0) (node.Input 1) (node.TryInput 2) |]

    let private dequantizeLinear (node: NodeScope) =
        [|
            dequantize node (node.Int("axis", 1)) (node.Input 0) (node.Input 1) (node.TryInput 2)
        |]

    /// Operators of the domain ai.onnx.
    let all: (string * Importer) list =
        [ "DequantizeLinear", dequantizeLinear; "QuantizeLinear", quantizeLinear ]

    /// Operators of the domains of QAT exporters.
    let exporters: ((string * string) * Importer) list =
        [
            for domain in [ "onnx.brevitas"; "qonnx.custom_op.general" ] do
                (domain, "Quant"), quant
                (domain, "IntQuant"), quant
                (domain, "BipolarQuant"), bipolar
                (domain, "Trunc"), trunc
        ]
