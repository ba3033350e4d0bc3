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

    /// A per-axis scale or zero point, shaped so that it broadcasts along that axis.
    let private along (node: NodeScope) (x: ValueId) (parameter: ValueId) =
        match node.Shape parameter with
        | [||]
        | [| 1 |] -> node.Add(Op.Reshape false, [ parameter; node.Integers [] ])
        | [| size |] ->
            let rank = node.Rank x
            let axis = node.Axis(rank, node.Int("axis", 1))

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

    /// saturate(round(x / scale) + zero point), in the type of the zero point.
    let private quantizeLinear (node: NodeScope) =
        let x = node.Input 0
        let scale = along node x (node.Input 1)
        let zero = node.TryInput 2 |> Option.map (along node x)

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

            [| node.Add(Op.Unary(Unary.Cast target), [ clipped ]) |]

    /// (code − zero point) · scale.
    let private dequantizeLinear (node: NodeScope) =
        let x = node.Input 0
        let scale = along node x (node.Input 1)

        let real value =
            node.Add(Op.Unary(Unary.Cast (node.Type scale).Element), [ value ])

        let centred =
            match node.TryInput 2 with
            | Some zero -> node.Add(Op.Binary Binary.Sub, [ real x; real (along node x zero) ])
            | None -> real x

        [| node.Add(Op.Binary Binary.Mul, [ centred; scale ]) |]

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
