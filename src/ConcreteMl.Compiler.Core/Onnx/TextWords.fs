namespace ConcreteMl.Compiler.Core.Onnx

open System
open System.Collections.Generic
open System.Globalization
open System.Text
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

/// Names and numbers of ONNX's text syntax, both directions.
[<RequireQualifiedAccess>]
module internal TextWords =

    /// The types that are no tensors, as the syntax spells them, and our names of them.
    let otherTypes =
        [
            "seq", "sequence"
            "map", "map"
            "optional", "optional"
            "sparse_tensor", "sparse_tensor"
            "opaque", "opaque"
        ]

    /// Element types by the syntax's names, those included in which we cannot compute.
    let elementNames =
        Seq.init 64 ElementType.ofNumber
        |> Seq.map (fun entry ->
            match entry with
            | Ok element -> ElementType.name element
            | Error name -> name)
        |> Seq.filter (fun name -> not (name.StartsWith "type "))
        |> HashSet

    let isType (word: string) =
        elementNames.Contains word
        || otherTypes |> List.exists (fun (name, _) -> name = word)

    let isNotFinite (word: string) =
        [ "inf"; "infinity"; "nan" ]
        |> List.exists (fun name -> String.Equals(name, word, StringComparison.OrdinalIgnoreCase))

    let isIdentifier (name: string) =
        name <> ""
        && (Char.IsAsciiLetter name[0] || name[0] = '_')
        && name
           |> Seq.forall (fun symbol -> Char.IsAsciiLetterOrDigit symbol || symbol = '_')

    /// True for names that need no quotes anywhere.
    let isPlain name =
        isIdentifier name && not (isType name) && not (isNotFinite name)

    /// Only quotes and backslashes are escaped; line ends stand as they are.
    let quote (text: string) =
        let escaped = text.Replace("\\", "\\\\").Replace("\"", "\\\"")
        $"\"{escaped}\""

    let printFloat32 (value: float32) =
        if Single.IsFinite value then
            Literal.printFloat32 value
        elif Single.IsNaN value then
            (if Single.IsNegative value then "-nan" else "nan")
        elif value > 0.0f then
            "inf"
        else
            "-inf"

    let printFloat64 (value: float) =
        if Double.IsFinite value then
            Literal.printFloat64 value
        elif Double.IsNaN value then
            (if Double.IsNegative value then "-nan" else "nan")
        elif value > 0.0 then
            "inf"
        else
            "-inf"

    /// Sign and kind of a number that is not finite; None for all other words.
    let private tryNotFinite (word: string) =
        let bare = word.TrimStart '-'

        if isNotFinite bare then
            Some(word.Length > bare.Length, Char.ToLowerInvariant bare[0] = 'n')
        else
            None

    let tryFloat32 (word: string) =
        match tryNotFinite word with
        | Some(negative, isNan) ->
            let bits = if isNan then 0x7FC00000u else 0x7F800000u
            Some(BitConverter.UInt32BitsToSingle(if negative then bits ||| 0x80000000u else bits))
        | None ->
            match Single.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when Single.IsFinite value -> Some value
            | _ -> None

    let private tryFloat64 (word: string) =
        match tryNotFinite word with
        | Some(negative, isNan) ->
            let bits = if isNan then 0x7FF8000000000000UL else 0x7FF0000000000000UL
            Some(BitConverter.UInt64BitsToDouble(if negative then bits ||| 0x8000000000000000UL else bits))
        | None ->
            match Double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when Double.IsFinite value -> Some value
            | _ -> None

    /// The elements of a tensor; 16-bit floats as the integer of their bits, booleans as 0 and 1.
    let printElements (tensor: Tensor) : string[] =
        match tensor.Element with
        | Element.Bool -> tensor.Values<bool>() |> Array.map (fun flag -> if flag then "1" else "0")
        | Element.Float16 ->
            tensor.Values<Half>()
            |> Array.map (fun value -> string (BitConverter.HalfToUInt16Bits value))
        | Element.BFloat16 -> tensor.Values<uint16>() |> Array.map string
        | Element.Float32 -> tensor.Values<float32>() |> Array.map printFloat32
        | Element.Float64 -> tensor.Values<float>() |> Array.map printFloat64
        | _ -> Literal.printElements tensor

    /// A tensor of these elements; None when one of them is no number of the type.
    let tryTensor (element: Element) (shape: int[]) (words: string[]) : Tensor option =
        let each (read: string -> 'T option) =
            let values = words |> Array.map read

            if Array.forall Option.isSome values then
                Some(Tensor.create element shape (Array.map Option.get values))
            else
                None

        let bits (word: string) =
            match UInt16.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, bits -> Some bits
            | _ -> None

        match element with
        | Element.Float32 -> each tryFloat32
        | Element.Float64 -> each tryFloat64
        | Element.Float16 -> each (bits >> Option.map BitConverter.UInt16BitsToHalf)
        | Element.BFloat16 -> each bits
        | _ -> Literal.tryTensor element shape words

    /// A tensor of a type that a wider one holds: integers as they are, small floats as the integer of their bits, as ONNX prints them.
    let tryNarrow (name: string) (shape: int[]) (words: string[]) : Tensor option =
        let numbers =
            words
            |> Array.choose (fun word ->
                match Int32.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
                | true, number -> Some number
                | _ -> None)

        if numbers.Length < words.Length then
            None
        else
            match NarrowTypes.tryLimits name, SmallFloat.tryOfName name with
            | Some(low, high), _ when
                numbers
                |> Array.forall (fun number -> float number >= low && float number <= high)
                ->
                if low < 0.0 then
                    Some(Tensor.create Element.Int8 shape (Array.map sbyte numbers))
                else
                    Some(Tensor.create Element.UInt8 shape (Array.map byte numbers))
            | None, Some format when
                numbers
                |> Array.forall (fun code -> code >= 0 && code < (1 <<< SmallFloat.width format))
                ->
                Some(Tensor.ofFloat32 shape (numbers |> Array.map (SmallFloat.decode format >> float32)))
            | _ -> None

/// How names are written: quoted where they are no identifiers, or, for readers that know no quotes, as identifiers
/// made from them, remembered with their originals.
[<Sealed>]
type internal TextNames(plain: bool) =

    let made = Dictionary<string, string>()
    let taken = HashSet<string>()
    let renamed = List<string * string>()

    let identifier (name: string) =
        let builder = StringBuilder()

        for symbol in name do
            builder.Append(if Char.IsAsciiLetterOrDigit symbol then symbol else '_')
            |> ignore

        let text = builder.ToString()

        if text = "" || Char.IsAsciiDigit text[0] then
            "_" + text
        else
            text

    member _.Plain = plain

    /// Claims the names that stay as they are, before any other is made.
    member _.Keep(names: string seq) =
        for name in names do
            if TextWords.isPlain name then
                taken.Add name |> ignore

    member _.Write(name: string) : string =
        if TextWords.isPlain name then
            name
        elif not plain then
            TextWords.quote name
        elif name = "" then
            ""
        else
            match made.TryGetValue name with
            | true, known -> known
            | false, _ ->
                let wanted = identifier name

                let rec free count =
                    let candidate = if count = 0 then wanted else $"{wanted}_{count}"

                    if TextWords.isPlain candidate && taken.Add candidate then
                        candidate
                    else
                        free (count + 1)

                let chosen = free 0
                made.Add(name, chosen)
                renamed.Add(chosen, name)
                chosen

    /// Made names and their originals, in order of use.
    member _.Renamed = List.ofSeq renamed
