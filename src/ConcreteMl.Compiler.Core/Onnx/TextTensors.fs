/// Reads the words, types and tensors of ONNX's text syntax.
module internal ConcreteMl.Compiler.Core.Onnx.TextTensors

open System
open System.Collections.Generic
open FParsec
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Onnx

/// What the reader collects; `Depth` counts the graphs around the place that is read.
type State =
    {
        Text: string
        Errors: List<TextError>
        mutable Depth: int
    }

type Parser<'T> = Parser<'T, State>

let comment: Parser<unit> = skipChar '#' >>. skipRestOfLine false
let blanks: Parser<unit> = skipMany (spaces1 <|> comment)
let token (text: string) : Parser<unit> = skipString text .>> blanks

let bareIdentifier: Parser<string> =
    many1Satisfy2L
        (fun symbol -> Char.IsAsciiLetter symbol || symbol = '_')
        (fun symbol -> Char.IsAsciiLetterOrDigit symbol || symbol = '_')
        "name"

let identifier: Parser<string> = bareIdentifier .>> blanks

/// A backslash stands for the symbol after it.
let quoted: Parser<string> =
    let plain = many1Satisfy (fun symbol -> symbol <> '"' && symbol <> '\\')

    let escape = skipChar '\\' >>. anyString 1

    between (skipChar '"') (skipChar '"') (manyStrings (plain <|> escape))
    .>> blanks
    <?> "string in quotes"

let name: Parser<string> = quoted <|> identifier

let listOf opening closing (item: Parser<'T>) : Parser<'T list> =
    between (token opening) (token closing) (sepBy item (token ","))

let integer: Parser<int64> =
    let digits =
        pipe2 (opt (skipChar '-')) (many1SatisfyL isDigit "integer") (fun sign digits -> if sign.IsSome then "-" + digits else digits)

    digits .>> blanks
    >>= fun digits ->
        match Int64.TryParse(digits, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
        | true, value -> preturn value
        | _ -> fail $"{digits} is no 64-bit integer"

// ---- types and tensors

let dimension: Parser<Dimension> =
    choiceL
        [
            token "?" >>% Dimension.Unknown
            integer |>> Dimension.Known
            name |>> Dimension.Named
        ]
        "dimension"

/// What follows a type's name: dimensions, or for types that are no tensors, what they are made of.
let typeNamed (word: string) : Parser<ValueType> =
    let rec skipNested depth : Parser<unit> =
        if depth > 16 then
            fail "types are nested too deeply"
        else
            skipMany1 (
                skipMany1Satisfy (fun symbol -> symbol <> '(' && symbol <> ')')
                <|> (skipChar '(' >>. (fun stream -> skipNested (depth + 1) stream) .>> skipChar ')')
            )

    let inner =
        between (skipChar '(') (skipChar ')') (optional (skipNested 0) |> skipped)
        .>> blanks

    match TextWords.otherTypes |> List.tryFind (fun (spelling, _) -> spelling = word) with
    | Some("opaque", _) ->
        inner
        |>> fun kind -> ValueType.Other(if kind.Trim() = "" then "opaque" else kind.Trim())
    | Some(_, kind) -> inner >>% ValueType.Other kind
    | None ->
        let element = ElementType.ofName word
        let dims = listOf "[" "]" dimension

        opt dims
        |>> fun dims ->
            match dims with
            | None -> ValueType.Tensor(element, Some [||])
            | Some [] -> ValueType.Tensor(element, None)
            | Some dims -> ValueType.Tensor(element, Some(Array.ofList dims))

/// A type, when the next word names one.
let optionalType: Parser<ValueType option> =
    let word =
        bareIdentifier .>> blanks
        >>= fun word -> if TextWords.isType word then preturn word else pzero

    (attempt word >>= typeNamed |>> Some) <|> preturn None

let elements: Parser<string> =
    between (skipChar '{') (token "}") (manySatisfy (fun symbol -> symbol <> '}' && symbol <> '"'))

let splitElements (body: string) =
    let body =
        if body.Contains '#' then
            body.Split '\n'
            |> Array.map (fun line -> line.Split('#')[0])
            |> String.concat "\n"
        else
            body

    if String.IsNullOrWhiteSpace body then
        [||]
    else
        body.Split ',' |> Array.map (fun word -> word.Trim())

let private sizesOf (dims: Dimension[]) : int[] option =
    let sizes =
        dims
        |> Array.choose (fun dim ->
            match dim with
            | Dimension.Known size when size >= 0L && size <= int64 Int32.MaxValue -> Some(int size)
            | _ -> None)

    if sizes.Length = dims.Length then Some sizes else None

let private nameless value texts : NamedTensor =
    {
        Name = ""
        Value = value
        Texts = texts
    }

let tensorOf (tensorType: ValueType) (body: string) : Parser<NamedTensor> =
    let filled element dims (read: int[] -> string[] -> Tensor option) =
        let words = splitElements body

        match sizesOf dims with
        | None -> fail "a tensor's dimensions are numbers"
        | Some sizes when
            (sizes |> Array.fold (fun total size -> total * bigint size) 1I)
            <> bigint words.Length
            ->
            fail $"{words.Length} elements do not fill the shape {Shape.print sizes}"
        | Some sizes ->
            match read sizes words with
            | Some tensor -> preturn (nameless (Result.Ok tensor) None)
            | None -> fail $"an element is no number of type {element}"

    match tensorType with
    | ValueType.Tensor(Result.Ok element, Some dims) ->
        filled (ElementType.name element) dims (fun sizes words -> TextWords.tryTensor element sizes words)
    | ValueType.Tensor(Result.Error narrow, Some dims) when (NarrowTypes.tryHolder narrow).IsSome ->
        filled narrow dims (fun sizes words -> TextWords.tryNarrow narrow sizes words)
    | ValueType.Tensor(Result.Error "string", Some dims) when String.IsNullOrWhiteSpace body ->
        preturn (nameless (Result.Error "string") (sizesOf dims |> Option.map (fun sizes -> { Shape = sizes; Items = [||] })))
    | ValueType.Tensor(Result.Error reason, _) -> preturn (nameless (Result.Error reason) None)
    | _ -> fail "a tensor needs a type with dimensions"

/// Data in braces; data that is elsewhere is named in brackets.
let tensorData (tensorType: ValueType) : Parser<NamedTensor> =
    let strings =
        attempt (skipChar '{' >>. blanks >>. sepBy1 quoted (token ",") .>> token "}")
        |>> fun items ->
            let items = Array.ofList items

            let shape =
                match tensorType with
                | ValueType.Tensor(Result.Error "string", Some dims) -> sizesOf dims
                | _ -> None

            match shape with
            | Some shape when bigint items.Length = (shape |> Array.fold (fun total size -> total * bigint size) 1I) ->
                nameless (Result.Error "string") (Some { Shape = shape; Items = items })
            | _ -> nameless (Result.Error "string") None

    let elsewhere =
        listOf "[" "]" (quoted .>> token ":" .>>. quoted)
        >>= fun entries ->
            match entries with
            | [ "omitted", reason ] -> preturn (nameless (Result.Error reason) None)
            | [ "elided", _ ] -> fail "the data of this tensor was left out when the text was printed"
            | _ -> preturn (nameless (Result.Error "not available") None)

    choiceL [ strings; elements >>= tensorOf tensorType; elsewhere ] "tensor data"

let tensorAfter (tensorType: ValueType) : Parser<NamedTensor> =
    opt name .>> optional (token "=") .>>. tensorData tensorType
    |>> fun (name, tensor) ->
        { tensor with
            Name = Option.defaultValue "" name
        }

let valueInfo: Parser<ValueInfo> =
    optionalType .>>. name
    |>> fun (valueType, name) ->
        {
            Name = name
            Type = Option.defaultValue ValueType.Missing valueType
        }

/// A value with its type, or an initializer: with data.
let valueOrInitializer: Parser<ValueInfo * NamedTensor option> =
    valueInfo
    >>= fun info ->
        opt (token "=" >>. tensorData info.Type)
        |>> fun data -> info, data |> Option.map (fun tensor -> { tensor with Name = info.Name })
