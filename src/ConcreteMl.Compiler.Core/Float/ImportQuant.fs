namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Operators that quantize: the Quant nodes of QAT exporters, and ONNX's own pairs of QuantizeLinear and DequantizeLinear.
[<RequireQualifiedAccess>]
module ImportQuant =

    /// Operands x, scale, zero point, bit width.
    let private quant (node: NodeScope) =
        let mode = node.Text("rounding_mode", "ROUND").ToUpperInvariant()

        if (EvalQuant.tryRounding mode).IsNone then
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

    /// A per-axis scale or zero point, shaped so that it broadcasts along that axis of a tensor of this rank.
    let private along (node: NodeScope) rank axis (parameter: ValueId) =
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
        | shape -> node.RefuseAttribute($"a scale of shape {Shape.print shape} (blocks)", "one scale, or one along an axis")

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

    /// saturate(round(x / scale) + zero point), in the type of the zero point (uint8 without one).
    let quantize (node: NodeScope) axis (x: ValueId) (scale: ValueId) (zero: ValueId option) : ValueId =
        let rank = node.Rank x
        let scale = along node rank axis scale
        let zero = zero |> Option.map (along node rank axis)

        let target =
            zero
            |> Option.map (fun zero -> (node.Type zero).Element)
            |> Option.defaultValue Element.UInt8

        match limits target with
        | None -> node.RefuseAttribute($"codes of {target}", "int8, uint8, int16 or uint16")
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
            Op.Quant quant,
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
        let rank = node.Rank x
        let scale = along node rank axis scale
        let zero = zero |> Option.map (along node rank axis)

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
        | None, Some(scales, zeros), Some codes when codes.Count > 0 && (limits codes.Element).IsSome ->
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
        [|
            quantize node (node.Int("axis", 1)) (node.Input 0) (node.Input 1) (node.TryInput 2)
        |]

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
        ]
