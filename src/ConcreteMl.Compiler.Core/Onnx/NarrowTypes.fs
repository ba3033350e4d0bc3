namespace ConcreteMl.Compiler.Core.Onnx

open System
open ConcreteMl.Compiler.Core.Base

/// Element types of fewer than 16 bits that constants may have: integers of 2 and 4 bits, floats of 4 and 8. They are held in the next
/// wider type that has their values: int8, uint8 or float32.
[<RequireQualifiedAccess>]
module NarrowTypes =

    type private Form =
        | Integer of Signed: bool * Bits: int
        | Small of SmallFloat

    let private form (number: int) =
        match ElementType.ofNumber number with
        | Error "uint4" -> Some(Integer(false, 4))
        | Error "int4" -> Some(Integer(true, 4))
        | Error "uint2" -> Some(Integer(false, 2))
        | Error "int2" -> Some(Integer(true, 2))
        | Error name -> SmallFloat.tryOfName name |> Option.map Small
        | Ok _ -> None

    let private width form =
        match form with
        | Integer(_, bits) -> bits
        | Small format -> SmallFloat.width format

    /// The number of bytes in which a type packs this many elements; None for types that are not narrow.
    let tryBytes (number: int) (count: int) : int64 option =
        form number
        |> Option.map (fun form -> (int64 count * int64 (width form) + 7L) / 8L)

    /// Lowest and highest integer of a narrow type, by ONNX's name; None for other types.
    let tryLimits (name: string) : (float * float) option =
        match name with
        | "int4" -> Some(-8.0, 7.0)
        | "uint4" -> Some(0.0, 15.0)
        | "int2" -> Some(-2.0, 1.0)
        | "uint2" -> Some(0.0, 3.0)
        | _ -> None

    /// The element type that holds values of a narrow type, by ONNX's name; None for other types.
    let tryHolder (name: string) : Element option =
        match tryLimits name with
        | Some(low, _) -> Some(if low < 0.0 then Element.Int8 else Element.UInt8)
        | None -> SmallFloat.tryOfName name |> Option.map (fun _ -> Element.Float32)

    /// A declared element type, or the one that holds it.
    let held (declared: Result<Element, string>) : Result<Element, string> =
        match declared with
        | Error name -> tryHolder name |> Option.map Ok |> Option.defaultValue declared
        | Ok _ -> declared

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
            | Small format ->
                codes
                |> Array.map (SmallFloat.decode format >> float32)
                |> Tensor.ofFloat32 shape
            |> Some
        | _ -> None
