namespace ConcreteMl.Compiler.Core.Text

open System
open System.Globalization
open System.Text
open ConcreteMl.Compiler.Core.Base

/// How MLIR spells numbers, strings and small constants; printing and reading side by side.
[<RequireQualifiedAccess>]
module Literal =

    let private invariant = CultureInfo.InvariantCulture

    /// .NET's shortest round-trip digits in the form that MLIR's lexer takes: `1.0`, `1.0e-05`.
    let private withPoint (digits: string) =
        match digits.IndexOf 'E' with
        | -1 -> if digits.Contains '.' then digits else digits + ".0"
        | at ->
            let mantissa = digits.Substring(0, at)
            let exponent = digits.Substring(at + 1)
            let point = if mantissa.Contains '.' then mantissa else mantissa + ".0"
            $"{point}e{exponent}"

    let printFloat64 (value: float) =
        if Double.IsFinite value then
            withPoint (value.ToString("R", invariant))
        else
            "0x" + BitConverter.DoubleToUInt64Bits(value).ToString("X16", invariant)

    let printFloat32 (value: float32) =
        if Single.IsFinite value then
            withPoint (value.ToString("R", invariant))
        else
            "0x" + BitConverter.SingleToUInt32Bits(value).ToString("X8", invariant)

    let private printFloat16 (value: Half) =
        if Half.IsFinite value then
            withPoint (value.ToString("R", invariant))
        else
            "0x" + BitConverter.HalfToUInt16Bits(value).ToString("X4", invariant)

    let private printBFloat16 (bits: uint16) =
        let value = Element.ofBFloat16 bits

        if Single.IsFinite value then
            printFloat32 value
        else
            "0x" + bits.ToString("X4", invariant)

    /// The digits of every element of a tensor, in order.
    let printElements (tensor: Tensor) : string[] =
        let each (print: 'T -> string) = tensor.Values<'T>() |> Array.map print

        match tensor.Element with
        | Element.Bool -> each (fun (flag: bool) -> if flag then "true" else "false")
        | Element.Int8 -> each (fun (value: sbyte) -> value.ToString invariant)
        | Element.Int16 -> each (fun (value: int16) -> value.ToString invariant)
        | Element.Int32 -> each (fun (value: int32) -> value.ToString invariant)
        | Element.Int64 -> each (fun (value: int64) -> value.ToString invariant)
        | Element.UInt8 -> each (fun (value: byte) -> value.ToString invariant)
        | Element.UInt16 -> each (fun (value: uint16) -> value.ToString invariant)
        | Element.UInt32 -> each (fun (value: uint32) -> value.ToString invariant)
        | Element.UInt64 -> each (fun (value: uint64) -> value.ToString invariant)
        | Element.Float16 -> each printFloat16
        | Element.BFloat16 -> each printBFloat16
        | Element.Float32 -> each printFloat32
        | Element.Float64 -> each printFloat64

    let private tryHex (text: string) =
        match UInt64.TryParse(text.AsSpan 2, NumberStyles.AllowHexSpecifier, invariant) with
        | true, bits -> Some bits
        | false, _ -> None

    let private isHex (text: string) =
        text.StartsWith("0x", StringComparison.Ordinal)

    let private tryBits (limit: uint64) (ofBits: uint64 -> 'T) (ofDigits: string -> 'T option) (text: string) =
        if isHex text then
            tryHex text |> Option.filter (fun bits -> bits <= limit) |> Option.map ofBits
        else
            ofDigits text

    let private ofTry (ok: bool, value: 'T) = if ok then Some value else None

    let tryFloat64 text =
        let digits (text: string) =
            ofTry (Double.TryParse(text, NumberStyles.Float, invariant))

        tryBits UInt64.MaxValue BitConverter.UInt64BitsToDouble digits text

    let tryFloat32 text =
        let digits (text: string) =
            ofTry (Single.TryParse(text, NumberStyles.Float, invariant))

        tryBits 0xFFFFFFFFUL (uint32 >> BitConverter.UInt32BitsToSingle) digits text

    let private tryFloat16 text =
        let digits (text: string) =
            ofTry (Half.TryParse(text, NumberStyles.Float, invariant))

        tryBits 0xFFFFUL (uint16 >> BitConverter.UInt16BitsToHalf) digits text

    let private tryBFloat16 text =
        let digits (text: string) =
            ofTry (Single.TryParse(text, NumberStyles.Float, invariant))
            |> Option.map Element.toBFloat16

        tryBits 0xFFFFUL uint16 digits text

    /// Reads the digits of every element; None when one of them is no number of that type.
    let tryTensor (element: Element) (shape: int[]) (texts: string[]) : Tensor option =
        let each (read: string -> 'T option) =
            let values = texts |> Array.map read

            if Array.forall Option.isSome values then
                Some(Tensor.create element shape (Array.map Option.get values))
            else
                None

        let integer (text: string) (parse: string * NumberStyles * IFormatProvider -> bool * 'T) =
            ofTry (parse (text, NumberStyles.AllowLeadingSign, invariant))

        match element with
        | Element.Bool ->
            each (fun text ->
                match text with
                | "true"
                | "1" -> Some true
                | "false"
                | "0" -> Some false
                | _ -> None)
        | Element.Int8 -> each (fun text -> integer text SByte.TryParse)
        | Element.Int16 -> each (fun text -> integer text Int16.TryParse)
        | Element.Int32 -> each (fun text -> integer text Int32.TryParse)
        | Element.Int64 -> each (fun text -> integer text Int64.TryParse)
        | Element.UInt8 -> each (fun text -> integer text Byte.TryParse)
        | Element.UInt16 -> each (fun text -> integer text UInt16.TryParse)
        | Element.UInt32 -> each (fun text -> integer text UInt32.TryParse)
        | Element.UInt64 -> each (fun text -> integer text UInt64.TryParse)
        | Element.Float16 -> each tryFloat16
        | Element.BFloat16 -> each tryBFloat16
        | Element.Float32 -> each tryFloat32
        | Element.Float64 -> each tryFloat64

    /// True when all elements have the same bits.
    let isSplat (tensor: Tensor) =
        let size = Element.bytes tensor.Element
        let bytes = tensor.Bytes

        tensor.Count > 0
        && bytes.Slice(size).SequenceEqual(bytes.Slice(0, bytes.Length - size))

    /// The inside of `dense<…>`: nested lists, or one element that stands for all.
    let printDense (tensor: Tensor) =
        let digits = printElements tensor

        let rec nested axis offset =
            if axis = tensor.Rank then
                digits[offset]
            else
                let inner = Shape.count tensor.Shape[axis + 1 ..]

                let parts =
                    Array.init tensor.Shape[axis] (fun index -> nested (axis + 1) (offset + index * inner))

                "[" + String.concat ", " parts + "]"

        if tensor.Count = 0 then ""
        elif isSplat tensor then digits[0]
        else nested 0 0

    /// Quotes a string: control characters as two hex digits, everything else as it is.
    let quote (text: string) =
        let builder = StringBuilder("\"")

        for symbol in text do
            match symbol with
            | '"' -> builder.Append "\\\"" |> ignore
            | '\\' -> builder.Append "\\\\" |> ignore
            | '\n' -> builder.Append "\\n" |> ignore
            | '\t' -> builder.Append "\\t" |> ignore
            | control when control < ' ' || control = '\127' ->
                builder.Append('\\').Append((int control).ToString("X2", invariant)) |> ignore
            | other -> builder.Append other |> ignore

        builder.Append('"').ToString()

    /// True for names that MLIR reads without quotes.
    let isBareName (name: string) =
        name <> ""
        && (Char.IsAsciiLetter name[0] || name[0] = '_')
        && name
           |> Seq.forall (fun symbol -> Char.IsAsciiLetterOrDigit symbol || symbol = '_' || symbol = '$' || symbol = '.')
