namespace ConcreteMl.Compiler.Core.Base

open System

/// Floats of 4 and 8 bits, as ONNX names them. No tensor is stored in one: their values are held in float32.
[<RequireQualifiedAccess>]
type SmallFloat =
    | Float4E2M1
    | Float8E4M3FN
    | Float8E4M3FNUZ
    | Float8E5M2
    | Float8E5M2FNUZ
    /// Powers of two, without a sign or a zero.
    | Float8E8M0

/// How a value between two powers of two becomes one of them.
[<RequireQualifiedAccess>]
type PowerRounding =
    | Up
    | Down
    | Nearest

[<RequireQualifiedAccess>]
module SmallFloat =

    /// ONNX's names.
    let names =
        [
            "float4e2m1", SmallFloat.Float4E2M1
            "float8e4m3fn", SmallFloat.Float8E4M3FN
            "float8e4m3fnuz", SmallFloat.Float8E4M3FNUZ
            "float8e5m2", SmallFloat.Float8E5M2
            "float8e5m2fnuz", SmallFloat.Float8E5M2FNUZ
            "float8e8m0", SmallFloat.Float8E8M0
        ]

    let tryOfName (name: string) =
        List.tryFind (fst >> (=) name) names |> Option.map snd

    /// Bits of exponent and fraction, and the exponent's bias.
    let private layout format =
        match format with
        | SmallFloat.Float4E2M1 -> 2, 1, 1
        | SmallFloat.Float8E4M3FN -> 4, 3, 7
        | SmallFloat.Float8E4M3FNUZ -> 4, 3, 8
        | SmallFloat.Float8E5M2 -> 5, 2, 15
        | SmallFloat.Float8E5M2FNUZ -> 5, 2, 16
        | SmallFloat.Float8E8M0 -> 8, 0, 127

    /// Bits of a code.
    let width format =
        match format with
        | SmallFloat.Float8E8M0 -> 8
        | _ ->
            let exponentBits, fractionBits, _ = layout format
            1 + exponentBits + fractionBits

    /// What a code without its sign stands for.
    let private magnitude format code =
        let exponentBits, fractionBits, bias = layout format
        let exponent, fraction = code >>> fractionBits, code &&& ((1 <<< fractionBits) - 1)
        let isTop = exponent = (1 <<< exponentBits) - 1
        let scaled = float fraction / float (1 <<< fractionBits)

        match format with
        | SmallFloat.Float8E8M0 when isTop -> nan
        | SmallFloat.Float8E8M0 -> Math.ScaleB(1.0, exponent - bias)
        // as IEEE 754 has them
        | SmallFloat.Float8E5M2 when isTop -> if fraction = 0 then infinity else nan
        // all ones are no number, and there is no infinity
        | SmallFloat.Float8E4M3FN when isTop && fraction = (1 <<< fractionBits) - 1 -> nan
        | _ when exponent = 0 -> Math.ScaleB(scaled, 1 - bias)
        | _ -> Math.ScaleB(1.0 + scaled, exponent - bias)

    /// The value of a code.
    let decode format code =
        let sign = 1 <<< (width format - 1)

        match format with
        | SmallFloat.Float8E8M0 -> magnitude format code
        // what would be −0 is no number
        | SmallFloat.Float8E4M3FNUZ
        | SmallFloat.Float8E5M2FNUZ when code = sign -> nan
        | _ when code >= sign -> -(magnitude format (code - sign))
        | _ -> magnitude format code

    /// Bits of the fraction, exponent of the smallest normal number, and the largest number.
    let private grid format =
        let _, fractionBits, bias = layout format

        let codes =
            if format = SmallFloat.Float8E8M0 then
                256
            else
                1 <<< (width format - 1)

        let largest =
            Seq.init codes (magnitude format) |> Seq.filter Double.IsFinite |> Seq.max

        // a code without a fraction is never below the first power
        fractionBits, (if fractionBits = 0 then -bias else 1 - bias), largest

    /// What a value beyond the largest number becomes where it does not saturate.
    let private beyond format (x: float) =
        match format with
        | SmallFloat.Float8E5M2 -> Math.CopySign(infinity, x)
        | _ -> nan

    let private toPower least largest rounding saturate (x: float) =
        let smallest = Math.ScaleB(1.0, least)

        if Double.IsNaN x then
            nan
        elif x <= smallest then
            smallest
        elif x > largest then
            if saturate then largest else nan
        else
            let below = Math.ScaleB(1.0, Math.ILogB x)

            match rounding with
            | PowerRounding.Down -> below
            | PowerRounding.Up when x > below -> Math.Min(2.0 * below, largest)
            // from the middle on upwards, as the specification's example does
            | PowerRounding.Nearest when x >= 1.5 * below -> Math.Min(2.0 * below, largest)
            | _ -> below

    let private toNearest fraction least largest overflow (x: float) =
        let step =
            if x = 0.0 || Double.IsInfinity x then
                1.0
            else
                Math.ScaleB(1.0, max (Math.ILogB x) least - fraction)

        let nearest = Math.Round(x / step, MidpointRounding.ToEven) * step
        if abs nearest <= largest then nearest else overflow x

    /// The nearest value of a format, ties to even; beyond the largest one that one where it saturates, otherwise infinity (Float8E5M2) or NaN.
    /// Powers of two are rounded as told.
    let round (format: SmallFloat) (saturate: bool) (rounding: PowerRounding) : float -> float =
        let fraction, least, largest = grid format

        let overflow (x: float) =
            if saturate || format = SmallFloat.Float4E2M1 then
                Math.CopySign(largest, x)
            else
                beyond format x

        match format with
        | SmallFloat.Float8E8M0 -> toPower least largest rounding saturate
        | SmallFloat.Float4E2M1 ->
            fun x ->
                if Double.IsNaN x then
                    0.0
                else
                    toNearest fraction least largest overflow x
        | _ ->
            fun x ->
                if Double.IsNaN x then
                    nan
                else
                    toNearest fraction least largest overflow x
