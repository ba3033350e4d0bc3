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

    /// Bits of the fraction, exponent of the smallest normal number, and the largest number.
    let private grid format =
        match format with
        | SmallFloat.Float4E2M1 -> 1, 0, 6.0
        | SmallFloat.Float8E4M3FN -> 3, -6, 448.0
        | SmallFloat.Float8E4M3FNUZ -> 3, -7, 240.0
        | SmallFloat.Float8E5M2 -> 2, -14, 57344.0
        | SmallFloat.Float8E5M2FNUZ -> 2, -15, 57344.0
        | SmallFloat.Float8E8M0 -> 0, -127, Math.ScaleB(1.0, 127)

    /// What a value beyond the largest number becomes where it does not saturate.
    let private beyond format (x: float) =
        match format with
        | SmallFloat.Float8E5M2 -> Math.CopySign(infinity, x)
        | _ -> nan

    let private toPower rounding saturate (x: float) =
        let _, least, largest = grid SmallFloat.Float8E8M0

        if Double.IsNaN x then
            nan
        elif x <= Math.ScaleB(1.0, least) then
            Math.ScaleB(1.0, least)
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

    /// The nearest value of a format, ties to even; beyond the largest one that one where it saturates, otherwise infinity (Float8E5M2) or NaN.
    /// Powers of two are rounded as told.
    let round (format: SmallFloat) (saturate: bool) (rounding: PowerRounding) (x: float) : float =
        let fraction, least, largest = grid format
        let saturates = saturate || format = SmallFloat.Float4E2M1

        match format with
        | SmallFloat.Float8E8M0 -> toPower rounding saturate x
        | SmallFloat.Float4E2M1 when Double.IsNaN x -> 0.0
        | _ when Double.IsNaN x -> nan
        | _ ->
            let step =
                if x = 0.0 || Double.IsInfinity x then
                    1.0
                else
                    Math.ScaleB(1.0, max (Math.ILogB x) least - fraction)

            let nearest = Math.Round(x / step, MidpointRounding.ToEven) * step

            if abs nearest <= largest then nearest
            elif saturates then Math.CopySign(largest, x)
            else beyond format x
