namespace ConcreteMl.Compiler.Core.Text

open System
open System.Collections.Generic
open System.Security.Cryptography
open System.Text
open ConcreteMl.Compiler.Core.Base

/// Prints operations in MLIR's generic form, one a line, and the block of large constants that they refer to.
[<Sealed>]
type MlirWriter(elide: bool) =

    let text = StringBuilder()
    let keys = Dictionary<Tensor, string>()
    let stored = List<string * Tensor>()

    let append (part: string) = text.Append part |> ignore

    /// Constants up to this many elements stand in the line.
    static member InlineElements = 16

    /// Names the content of a constant that is left out.
    static member Hash(tensor: Tensor) =
        Convert.ToHexStringLower(SHA256.HashData(tensor.Bytes).AsSpan(0, 8))

    member private _.Key(tensor: Tensor) =
        match keys.TryGetValue tensor with
        | true, key -> key
        | false, _ when elide ->
            let key = "elided_" + MlirWriter.Hash tensor
            keys.Add(tensor, key)
            key
        | false, _ ->
            let key = $"c{stored.Count}"
            keys.Add(tensor, key)
            stored.Add(key, tensor)
            key

    member private this.Tensor(tensor: Tensor) =
        let body =
            if tensor.Count <= MlirWriter.InlineElements || Literal.isSplat tensor then
                $"dense<{Literal.printDense tensor}>"
            else
                $"dense_resource<{this.Key tensor}>"

        $"{body} : {MlirType.print (MlirType.ofTensor tensor)}"

    member private this.Attribute(attribute: Attr) : string =
        match attribute with
        | Attr.Unit -> "unit"
        | Attr.Bool flag -> if flag then "true" else "false"
        | Attr.Int value -> value.ToString Globalization.CultureInfo.InvariantCulture
        | Attr.Float(value, Element.Float64) when Double.IsFinite value -> Literal.printFloat64 value
        | Attr.Float(value, Element.Float64) -> Literal.printFloat64 value + " : f64"
        | Attr.Float(value, _) -> Literal.printFloat32 (float32 value) + " : f32"
        | Attr.Text value -> Literal.quote value
        | Attr.Type mlirType -> MlirType.print mlirType
        | Attr.Array items -> "[" + (items |> List.map this.Attribute |> String.concat ", ") + "]"
        | Attr.Dictionary entries -> "{" + (entries |> List.map this.Entry |> String.concat ", ") + "}"
        | Attr.Tensor tensor -> this.Tensor tensor
        | Attr.Resource(key, mlirType) -> $"dense_resource<{key}> : {MlirType.print mlirType}"

    member private this.Entry(name: string, value: Attr) =
        let name = if Literal.isBareName name then name else Literal.quote name

        match value with
        | Attr.Unit -> name
        | value -> $"{name} = {this.Attribute value}"

    /// ` {a = 1, b = 2}`, or nothing.
    member this.Attributes(entries: (string * Attr) list) =
        if entries.IsEmpty then
            ""
        else
            " " + this.Attribute(Attr.Dictionary entries)

    /// `: (operands) -> results loc(…)`.
    member _.Signature(operands: MlirType list, results: MlirType list, location: Location) =
        let list types =
            types |> List.map MlirType.print |> String.concat ", "

        let results =
            match results with
            | [ single ] -> MlirType.print single
            | several -> $"({list several})"

        let origin =
            match location with
            | Location.Unknown -> ""
            | known -> $" loc({Location.print known})"

        $" : ({list operands}) -> {results}{origin}"

    member _.Line(line: string) = append (line + "\n")

    /// The block that holds every large constant once; nothing when there is none.
    member this.Resources() =
        if stored.Count > 0 then
            this.Line "\n{-#"
            this.Line "  dialect_resources: {"
            this.Line "    builtin: {"

            for index in 0 .. stored.Count - 1 do
                let key, tensor = stored[index]
                append $"      {key}: \"0x"

                append (
                    BitConverter.GetBytes(max 4 (Element.bytes tensor.Element))
                    |> Convert.ToHexString
                )

                append (Convert.ToHexString tensor.Bytes)
                this.Line(if index = stored.Count - 1 then "\"" else "\",")

            this.Line "    }"
            this.Line "  }"
            this.Line "#-}"

    override _.ToString() = text.ToString()
