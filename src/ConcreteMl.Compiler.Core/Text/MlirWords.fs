/// The words of MLIR's generic form: names, strings, numbers and types.
module internal ConcreteMl.Compiler.Core.Text.MlirWords

open System
open System.Collections.Generic
open FParsec
open FParsec.Error
open ConcreteMl.Compiler.Core.Base

/// What the reader collects beside the operations.
type State =
    {
        Errors: List<TextError>
        Resources: Dictionary<string, byte[]>
        Aliases: Dictionary<string, Location>
        Damaged: HashSet<string>
        /// Results of the operation being read.
        Pending: List<string>
    }

type Parser<'T> = Parser<'T, State>

let place (position: FParsec.Position) : ConcreteMl.Compiler.Core.Text.Position =
    {
        Line = int position.Line
        Column = int position.Column
    }

let here: Parser<ConcreteMl.Compiler.Core.Text.Position> = getPosition |>> place

// Inside an operation blanks do not cross lines, save after an opening bracket or a comma: so an error stays on its line.
let blank: Parser<unit> =
    skipManySatisfy (fun symbol -> symbol = ' ' || symbol = '\t')

let comment: Parser<unit> = skipString "//" >>. skipRestOfLine false
let blanks: Parser<unit> = skipMany (spaces1 <|> comment)

let token (text: string) : Parser<unit> = skipString text .>> blank
let opening (text: string) : Parser<unit> = skipString text .>> blanks
let comma: Parser<unit> = opening ","

let isNameSymbol symbol =
    Char.IsAsciiLetterOrDigit symbol
    || symbol = '_'
    || symbol = '$'
    || symbol = '.'
    || symbol = '-'

let bareName: Parser<string> =
    many1Satisfy2L (fun symbol -> Char.IsAsciiLetter symbol || symbol = '_') (fun symbol -> isNameSymbol symbol && symbol <> '-') "name"
    .>> blank

let suffix: Parser<string> = many1SatisfyL isNameSymbol "name"

/// The text between the quotes; escapes stand for bytes of UTF-8.
let tryUnescape (raw: string) =
    let bytes = List<byte>(raw.Length)
    let mutable valid = true
    let mutable index = 0

    while valid && index < raw.Length do
        if raw[index] <> '\\' then
            let next = raw.IndexOf('\\', index)
            let stop = if next < 0 then raw.Length else next
            bytes.AddRange(Text.Encoding.UTF8.GetBytes(raw, index, stop - index))
            index <- stop
        else
            match raw[index + 1] with
            | '"' -> bytes.Add(byte '"')
            | '\\' -> bytes.Add(byte '\\')
            | 'n' -> bytes.Add(byte '\n')
            | 't' -> bytes.Add(byte '\t')
            | high when
                index + 2 < raw.Length
                && Char.IsAsciiHexDigit high
                && Char.IsAsciiHexDigit raw[index + 2]
                ->
                bytes.Add(Convert.ToByte(raw.Substring(index + 1, 2), 16))
                index <- index + 1
            | _ -> valid <- false

            index <- index + 2

    if valid then
        Some(Text.Encoding.UTF8.GetString(bytes.ToArray()))
    else
        None

let quoted: Parser<string> =
    let plain symbol =
        symbol <> '"' && symbol <> '\\' && symbol <> '\n'

    let raw =
        skipMany (
            skipMany1Satisfy plain
            <|> (skipChar '\\' >>. skipSatisfy (fun symbol -> symbol <> '\n'))
        )
        |> skipped

    between (skipChar '"') (skipChar '"') raw <?> "string"
    >>= fun raw ->
        match tryUnescape raw with
        | Some text -> preturn text
        | None -> fail "a backslash is followed by \", \\, n, t or two hex digits"
        .>> blank

let integerWidth: Parser<int> =
    many1SatisfyL isDigit "bit width"
    >>= fun digits ->
        match Int32.TryParse(digits, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
        | true, width when width < (1 <<< 24) -> preturn width
        | _ -> fail $"{digits} is no bit width"

let scalarType: Parser<MlirType> =
    choiceL
        [
            stringReturn "bf16" (MlirType.Float Element.BFloat16)
            stringReturn "f16" (MlirType.Float Element.Float16)
            stringReturn "f32" (MlirType.Float Element.Float32)
            stringReturn "f64" (MlirType.Float Element.Float64)
            skipString "si" >>. integerWidth
            |>> fun width -> MlirType.Integer(width, Signedness.Signed)
            skipString "ui" >>. integerWidth
            |>> fun width -> MlirType.Integer(width, Signedness.Unsigned)
            skipString "i" >>. integerWidth
            |>> fun width -> MlirType.Integer(width, Signedness.Signless)
        ]
        "type"

/// The body of a dialect's type: balanced angle brackets, nothing read.
let dialectType: Parser<MlirType> =
    let rec body depth : Parser<unit> =
        if depth > 32 then
            fail "brackets are nested too deeply"
        else
            skipMany (
                skipMany1Satisfy (fun symbol -> symbol <> '<' && symbol <> '>' && symbol <> '\n' && symbol <> '"')
                <|> (skipChar '<' >>. body (depth + 1) .>> skipChar '>')
            )

    skipChar '!'
    >>. many1SatisfyL (fun symbol -> isNameSymbol symbol && symbol <> '-') "type name"
    .>>. opt (between (skipChar '<') (skipChar '>') (body 0 |> skipped))
    |>> fun (name, body) -> MlirType.Dialect(name, Option.defaultValue "" body)

let dimension: Parser<int option> =
    let size =
        many1Satisfy isDigit .>> skipChar 'x'
        >>= fun digits ->
            match Int32.TryParse(digits, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
            | true, size -> preturn (Some size)
            | _ -> fail $"{digits} is no dimension"

    (skipString "?x" >>% None) <|> size

let tensorType: Parser<MlirType> =
    let ranked =
        many dimension .>>. (dialectType <|> scalarType)
        |>> fun (dims, element) -> MlirType.Tensor(Some(Array.ofList dims), element)

    let unranked =
        skipString "*x" >>. (dialectType <|> scalarType)
        |>> fun element -> MlirType.Tensor(None, element)

    between (skipString "tensor<") (skipChar '>') (unranked <|> ranked)

let mlirType: Parser<MlirType> =
    choiceL [ tensorType; dialectType; scalarType ] "type" .>> blank

let number: Parser<string> =
    numberLiteral
        (NumberLiteralOptions.AllowMinusSign
         ||| NumberLiteralOptions.AllowHexadecimal
         ||| NumberLiteralOptions.AllowFraction
         ||| NumberLiteralOptions.AllowExponent)
        "number"
    |>> fun literal -> literal.String
    .>> blank

let colonType: Parser<MlirType> = token ":" >>. mlirType
