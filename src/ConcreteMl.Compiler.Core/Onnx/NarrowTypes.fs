namespace ConcreteMl.Compiler.Core.Onnx

open System
open ConcreteMl.Compiler.Core.Base

/// Element types of fewer than 16 bits that constants may have: integers of 2 and 4 bits, floats of 4 and 8. They are held in the next
/// wider type that has their values: int8, uint8 or float32.
[<RequireQualifiedAccess>]
module NarrowTypes =

    type private Form =
        | Integer of Signed: bool * Bits: int
        /// Bias of the exponent, and what stands for no number or for an infinity.
        | Small of ExponentBits: int * FractionBits: int * Bias: int * Special: Special
        /// A power of two.
        | Power

    and private Special =
        /// Infinities and NaN, as IEEE 754 has them.
        | Ieee
        /// All ones are NaN, there is no infinity.
        | AllOnes
        /// What would be −0 is NaN, there is no infinity.
        | MinusZero
        | Nothing

    let private form (number: int) =
        match number with
        | 17 -> Some(Small(4, 3, 7, AllOnes))
        | 18 -> Some(Small(4, 3, 8, MinusZero))
        | 19 -> Some(Small(5, 2, 15, Ieee))
        | 20 -> Some(Small(5, 2, 16, MinusZero))
        | 21 -> Some(Integer(false, 4))
        | 22 -> Some(Integer(true, 4))
        | 23 -> Some(Small(2, 1, 1, Nothing))
        | 24 -> Some Power
        | 25 -> Some(Integer(false, 2))
        | 26 -> Some(Integer(true, 2))
        | _ -> None

    let private width form =
        match form with
        | Integer(_, bits) -> bits
        | Small(exponent, fraction, _, _) -> 1 + exponent + fraction
        | Power -> 8

    let private small (exponentBits: int, fractionBits: int, bias: int, special: Special) (code: int) : float32 =
        let sign =
            if code >>> (exponentBits + fractionBits) = 1 then
                -1.0
            else
                1.0

        let exponent = (code >>> fractionBits) &&& ((1 <<< exponentBits) - 1)
        let fraction = code &&& ((1 <<< fractionBits) - 1)
        let isTop = exponent = (1 <<< exponentBits) - 1

        match special with
        | Ieee when isTop && fraction = 0 -> float32 (sign * infinity)
        | Ieee when isTop -> nanf
        | AllOnes when isTop && fraction = (1 <<< fractionBits) - 1 -> nanf
        | MinusZero when code = (1 <<< (exponentBits + fractionBits)) -> nanf
        | _ ->
            let scaled = float fraction / float (1 <<< fractionBits)

            let magnitude =
                if exponent = 0 then
                    Math.ScaleB(scaled, 1 - bias)
                else
                    Math.ScaleB(1.0 + scaled, exponent - bias)

            float32 (sign * magnitude)

    /// The number of bytes in which a type packs this many elements; None for types that are not narrow.
    let tryBytes (number: int) (count: int) : int64 option =
        form number
        |> Option.map (fun form -> (int64 count * int64 (width form) + 7L) / 8L)

    /// The element type that holds values of a narrow type, by ONNX's name; None for other types.
    let tryHolder (name: string) : Element option =
        match name with
        | "int4"
        | "int2" -> Some Element.Int8
        | "uint4"
        | "uint2" -> Some Element.UInt8
        | _ -> SmallFloat.tryOfName name |> Option.map (fun _ -> Element.Float32)

    /// Lowest and highest integer of a narrow type, by ONNX's name; None for other types.
    let tryLimits (name: string) : (float * float) option =
        match name with
        | "int4" -> Some(-8.0, 7.0)
        | "uint4" -> Some(0.0, 15.0)
        | "int2" -> Some(-2.0, 1.0)
        | "uint2" -> Some(0.0, 3.0)
        | _ -> None

    /// The tensor of packed bytes, whose first element is in the lowest bits; None when the type is not narrow or the bytes are too few.
    let tryDecode (number: int) (shape: int[]) (bytes: ReadOnlySpan<byte>) : Tensor option =
        let count = Shape.count shape

        match form number, tryBytes number count with
        | Some form, Some needed when int64 bytes.Length = needed ->
            let bits = width form
            let codes = Array.zeroCreate<int> count

            for at in 0 .. count - 1 do
                let position = at * bits
                codes[at] <- (int bytes[position / 8] >>> (position % 8)) &&& ((1 <<< bits) - 1)

            match form with
            | Integer(true, bits) ->
                let half = 1 <<< (bits - 1)

                codes
                |> Array.map (fun code -> sbyte (if code >= half then code - 2 * half else code))
                |> Tensor.create Element.Int8 shape
            | Integer(false, _) -> codes |> Array.map byte |> Tensor.create Element.UInt8 shape
            | Small(exponent, fraction, bias, special) ->
                codes
                |> Array.map (small (exponent, fraction, bias, special))
                |> Tensor.ofFloat32 shape
            | Power ->
                codes
                |> Array.map (fun code ->
                    if code = 255 then
                        nanf
                    else
                        float32 (Math.ScaleB(1.0, code - 127)))
                |> Tensor.ofFloat32 shape
            |> Some
        | _ -> None
