namespace ConcreteMl.Compiler.Core.Float

open System
open ConcreteMl.Compiler.Core.Base

/// The Quant nodes of QAT exporters, in float32 and in the order of operations of their frameworks.
[<RequireQualifiedAccess>]
module EvalQuant =

    /// Lowest and highest code: narrow ranges give up the lowest signed, or the highest unsigned code.
    let range (quant: FakeQuant) (bits: float) : float32 * float32 =
        let power exponent = float32 (Math.Pow(2.0, exponent))

        match quant.Signed, quant.Narrow with
        | true, narrow -> -(power (bits - 1.0)) + (if narrow then 1.0f else 0.0f), power (bits - 1.0) - 1.0f
        | false, narrow -> 0.0f, power bits - (if narrow then 2.0f else 1.0f)

    /// x / scale is rounded half to even before the (whole) zero point is added, as QuantizeLinear does; Quant nodes add first.
    [<Literal>]
    let private RatioMode = "ROUND_RATIO"

    /// The mode of QuantizeLinear with these zero points: Quant's own, unless ties beside an odd zero point differ.
    let linearMode (zero: Tensor) : string =
        if Tensor.toFloat64s zero |> Array.exists (fun value -> value % 2.0 <> 0.0) then
            RatioMode
        else
            "ROUND"

    /// The rounding that a mode names; None for unknown names.
    let tryRounding (mode: string) : Rounding option =
        match mode with
        | "ROUND"
        | RatioMode
        | "HALF_EVEN" -> Some Rounding.HalfEven
        | "CEIL" -> Some Rounding.Ceiling
        | "FLOOR" -> Some Rounding.Floor
        | "ROUND_TO_ZERO"
        | "DOWN" -> Some Rounding.TowardZero
        | "UP" -> Some Rounding.AwayFromZero
        | "HALF_UP" -> Some Rounding.HalfAwayFromZero
        | "HALF_DOWN" -> Some Rounding.HalfTowardZero
        | _ -> None

    /// Whether a file may name a mode: the mode of QuantizeLinear is known here alone.
    let isOfFiles (mode: string) =
        mode <> RatioMode && (tryRounding mode).IsSome

    /// The rounding of a quantizer that was imported, which refuses unknown names.
    let rounding (quant: FakeQuant) : Rounding =
        match tryRounding quant.RoundingMode with
        | Some rounding -> rounding
        | None -> Elements.fail $"rounding mode {quant.RoundingMode}"

    let private round rounding (x: float32) : float32 =
        match rounding with
        | Rounding.HalfEven -> MathF.Round(x, MidpointRounding.ToEven)
        | Rounding.Ceiling -> MathF.Ceiling x
        | Rounding.Floor -> MathF.Floor x
        | Rounding.TowardZero -> MathF.Truncate x
        | Rounding.AwayFromZero -> if x < 0.0f then MathF.Floor x else MathF.Ceiling x
        | Rounding.HalfAwayFromZero -> MathF.Round(x, MidpointRounding.AwayFromZero)
        | Rounding.HalfTowardZero -> float32 (sign x) * MathF.Ceiling(abs x - 0.5f)

    /// The integer codes, as float32: clip(round(x / scale + zero), low, high), or round(x / scale) + zero in the mode of QuantizeLinear.
    let codes (quant: FakeQuant) (x: Tensor) (scale: Tensor) (zero: Tensor) (bits: Tensor) : Tensor =
        let round = round (rounding quant)
        let low, high = range quant (Array.head (Tensor.toFloat64s bits))

        let map (change: float32 -> float32) (values: Tensor) =
            Tensor.ofFloat32 values.Shape (values.Values<float32>() |> Array.map change)

        let ratio = EvalBinary.op Binary.Div x scale
        let shift values = EvalBinary.op Binary.Add values zero

        let whole =
            if quant.RoundingMode = RatioMode then
                shift (map round ratio)
            else
                map round (shift ratio)

        whole |> map (fun value -> Math.Clamp(value, low, high))

    /// (code − zero) · scale.
    let op (quant: FakeQuant) (x: Tensor) (scale: Tensor) (zero: Tensor) (bits: Tensor) : Tensor =
        let single = Elements.cast Element.Float32
        let scale, zero = single scale, single zero
        let centred = EvalBinary.op Binary.Sub (codes quant (single x) scale zero bits) zero
        EvalBinary.op Binary.Mul centred scale |> Elements.cast x.Element
