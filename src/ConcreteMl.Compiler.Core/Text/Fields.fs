namespace ConcreteMl.Compiler.Core.Text

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base

[<RequireQualifiedAccess>]
module internal ResultList =

    /// The results of all items, or the error of the first that has one.
    let map (one: 'T -> Result<'U, 'Error>) (items: 'T list) : Result<'U list, 'Error> =
        (items, Ok [])
        ||> List.foldBack (fun item rest ->
            rest
            |> Result.bind (fun rest -> one item |> Result.map (fun item -> item :: rest)))

/// The attributes of one operation while they are read: remembers which were asked for, and what was wrong.
[<Sealed>]
type AttrReader
    private
    (
        at: Position,
        attributes: NamedAttr list,
        resolve: string -> MlirType -> Result<Tensor, string>,
        report: TextError -> unit,
        used: HashSet<string>,
        suffix: string,
        blocks: Block list
    ) =

    let mutable asked = false

    let rec resolved attribute =
        match attribute with
        | Attr.Resource(key, mlirType) -> resolve key mlirType |> Result.map Attr.Tensor
        | Attr.Array items -> items |> ResultList.map resolved |> Result.map Attr.Array
        | Attr.Dictionary entries ->
            entries
            |> ResultList.map (fun (name, value) -> resolved value |> Result.map (fun value -> name, value))
            |> Result.map Attr.Dictionary
        | other -> Ok other

    /// `resolve` finds large constants by key and type; `report` receives what is wrong.
    new(at, attributes, resolve, report) = AttrReader(at, attributes, resolve, report, HashSet(), "", [])

    /// The same for an operation that holds a region.
    new(at, attributes, resolve, report, blocks) = AttrReader(at, attributes, resolve, report, HashSet(), "", blocks)

    /// The region of the operation; None when it has none or several.
    member _.Region: Block option =
        asked <- true

        match blocks with
        | [ block ] -> Some block
        | _ -> None

    /// Whether the operation has a region that nobody asked for.
    member _.HasUnreadRegion = not blocks.IsEmpty && not asked

    /// The attributes of an operation within the region.
    member _.Inner(operation: Operation) =
        AttrReader(operation.At, operation.Attributes, resolve, report, HashSet(), "", operation.Blocks)

    /// Where the operation stands.
    member _.At = at

    member _.Error(code: string, place: Position, message: string, expected: string) =
        report
            {
                Code = code
                At = place
                Message = message
                Expected = expected
            }

    /// The attribute of this name, large constants looked up; errors are reported once.
    member this.Take(name: string) : (Position * Attr) option =
        let name = name + suffix
        used.Add name |> ignore

        attributes
        |> List.tryFind (fun attribute -> attribute.Name = name)
        |> Option.bind (fun attribute ->
            match resolved attribute.Value with
            | Ok value -> Some(attribute.At, value)
            | Error message ->
                this.Error("CML9008", attribute.At, message, "")
                None)

    /// Whether an attribute of this name is given; it counts as asked for.
    member _.Has(name: string) =
        used.Add(name + suffix) |> ignore
        attributes |> List.exists (fun attribute -> attribute.Name = name + suffix)

    /// The attributes that nobody has asked for yet, large constants looked up; they count as asked for.
    member this.Others() : (string * Position * Attr) list =
        attributes
        |> List.filter (fun attribute -> not (used.Contains attribute.Name))
        |> List.distinctBy _.Name
        |> List.choose (fun attribute ->
            this.Take attribute.Name
            |> Option.map (fun (at, value) -> attribute.Name, at, value))

    /// The attributes that belong to one result: those of the second carry `_1` in their names, and so on.
    member _.OfResult(index: int) =
        AttrReader(at, attributes, resolve, report, used, AttrReader.Suffix index, [])

    static member Suffix(index: int) = if index = 0 then "" else $"_{index}"

    /// Reports attributes that nobody asked for and attributes that are given twice.
    member this.Finish() =
        let known = used |> Seq.sort |> String.concat ", "
        let expected = if known = "" then "no attributes" else known
        let seen = HashSet<string>()

        for attribute in attributes do
            if not (used.Contains attribute.Name) then
                this.Error("CML9004", attribute.At, $"attribute '{attribute.Name}' is not known here", expected)
            elif not (seen.Add attribute.Name) then
                this.Error("CML9004", attribute.At, $"attribute '{attribute.Name}' is given twice", "one of them")

/// One attribute value in both directions.
type Codec<'T> =
    {
        /// What readers of an error are told to write.
        Kind: string
        Write: 'T -> Attr
        Read: Attr -> 'T option
    }

[<RequireQualifiedAccess>]
module Codec =

    let private create kind write read =
        {
            Kind = kind
            Write = write
            Read = read
        }

    let bool =
        create "true or false" Attr.Bool (fun attribute ->
            match attribute with
            | Attr.Bool flag -> Some flag
            | _ -> None)

    let int64 =
        create "an integer" Attr.Int (fun attribute ->
            match attribute with
            | Attr.Int value -> Some value
            | _ -> None)

    let int =
        create "a 32-bit integer" (int64.Write << Operators.int64) (fun attribute ->
            match attribute with
            | Attr.Int value when value = Operators.int64 (Operators.int value) -> Some(Operators.int value)
            | _ -> None)

    let text =
        create "a string in quotes" Attr.Text (fun attribute ->
            match attribute with
            | Attr.Text value -> Some value
            | _ -> None)

    let float32 =
        create "a number such as 1.0 : f32" (fun value -> Attr.Float(Operators.float value, Element.Float32)) (fun attribute ->
            match attribute with
            | Attr.Float(value, Element.Float32) -> Some(Operators.float32 value)
            | _ -> None)

    let float64 =
        create "a number such as 1.0" (fun value -> Attr.Float(value, Element.Float64)) (fun attribute ->
            match attribute with
            | Attr.Float(value, Element.Float64) -> Some value
            | _ -> None)

    let tensor =
        create "dense<…> : tensor<…>" Attr.Tensor (fun attribute ->
            match attribute with
            | Attr.Tensor value -> Some value
            | _ -> None)

    let element =
        create "an element type such as f32" (MlirType.ofElement >> Attr.Type) (fun attribute ->
            match attribute with
            | Attr.Type mlirType -> MlirType.tryElement mlirType
            | _ -> None)

    /// `[1, 2]`.
    let array (item: Codec<'T>) =
        create $"a list [{item.Kind}, …]" (Array.toList >> List.map item.Write >> Attr.Array) (fun attribute ->
            match attribute with
            | Attr.Array items ->
                let values = items |> List.map item.Read

                if List.forall Option.isSome values then
                    Some(values |> List.map Option.get |> Array.ofList)
                else
                    None
            | _ -> None)

    /// One of a few names.
    let choice (names: (string * 'T) list) =
        let kind = names |> List.map (fun (name, _) -> $"\"{name}\"") |> String.concat ", "

        create kind (fun value -> names |> List.find (fun (_, other) -> other = value) |> fst |> Attr.Text) (fun attribute ->
            match attribute with
            | Attr.Text name -> names |> List.tryFind (fun (other, _) -> other = name) |> Option.map snd
            | _ -> None)

/// Some attributes of an operation in both directions.
type Fields<'T> =
    {
        Write: 'T -> (string * Attr) list
        /// None when something was wrong, which is reported to the reader.
        Read: AttrReader -> 'T option
    }

[<RequireQualifiedAccess>]
module Fields =

    let none: Fields<unit> =
        {
            Write = fun () -> []
            Read = fun _ -> Some()
        }

    let private decode (codec: Codec<'T>) (reader: AttrReader) name (place, attribute) =
        let value = codec.Read attribute

        if value.IsNone then
            reader.Error("CML9003", place, $"attribute '{name}' has a value of another kind", codec.Kind)

        value

    /// An attribute that may be absent.
    let optional name (codec: Codec<'T>) : Fields<'T option> =
        {
            Write = fun value -> value |> Option.map (fun value -> name, codec.Write value) |> Option.toList
            Read =
                fun reader ->
                    match reader.Take name with
                    | Some found -> decode codec reader name found |> Option.map Some
                    | None -> Some None
        }

    let required name (codec: Codec<'T>) : Fields<'T> =
        {
            Write = fun value -> [ name, codec.Write value ]
            Read =
                fun reader ->
                    match reader.Take name with
                    | Some found -> decode codec reader name found
                    | None ->
                        if not (reader.Has name) then
                            reader.Error("CML9003", reader.At, $"attribute '{name}' is missing", codec.Kind)

                        None
        }

    /// All attributes that no other field asked for before.
    let others (codec: Codec<'T>) : Fields<(string * 'T) list> =
        {
            Write = List.map (fun (name, value) -> name, codec.Write value)
            Read =
                fun reader ->
                    let read =
                        reader.Others()
                        |> List.map (fun (name, at, value) -> decode codec reader name (at, value) |> Option.map (fun value -> name, value))

                    if List.forall Option.isSome read then
                        Some(List.map Option.get read)
                    else
                        None
        }

    /// An attribute that is left out when it has its usual value.
    let usually (usual: 'T) name (codec: Codec<'T>) : Fields<'T> =
        let inner = optional name codec

        {
            Write = fun value -> if value = usual then [] else inner.Write(Some value)
            Read = inner.Read >> Option.map (Option.defaultValue usual)
        }

    /// `name = true`, or nothing.
    let flag name = usually false name Codec.bool

    let both (first: Fields<'A>) (second: Fields<'B>) : Fields<'A * 'B> =
        {
            Write = fun (a, b) -> first.Write a @ second.Write b
            Read =
                fun reader ->
                    match first.Read reader, second.Read reader with
                    | Some a, Some b -> Some(a, b)
                    | _ -> None
        }

    /// The same attributes seen as another type.
    let map (into: 'A -> 'B) (back: 'B -> 'A) (fields: Fields<'A>) : Fields<'B> =
        {
            Write = back >> fields.Write
            Read = fields.Read >> Option.map into
        }

    /// Attributes that stand together or not at all; `first`, which is one of them, tells.
    let internal together (first: string) (fields: Fields<'T>) : Fields<'T option> =
        {
            Write = Option.map fields.Write >> Option.defaultValue []
            Read =
                fun reader ->
                    if reader.Has first then
                        fields.Read reader |> Option.map Some
                    else
                        Some None
        }

    let three first second third =
        both first (both second third)
        |> map (fun (a, (b, c)) -> a, b, c) (fun (a, b, c) -> a, (b, c))

    let four first second third fourth =
        both (both first second) (both third fourth)
        |> map (fun ((a, b), (c, d)) -> a, b, c, d) (fun (a, b, c, d) -> (a, b), (c, d))
