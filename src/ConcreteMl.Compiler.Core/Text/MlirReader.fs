/// Reads MLIR's generic form. Bad operations are reported and skipped up to the end of their line.
[<RequireQualifiedAccess>]
module ConcreteMl.Compiler.Core.Text.MlirReader

open System
open System.Collections.Generic
open FParsec
open ConcreteMl.Compiler.Core.Text.MlirWords
open ConcreteMl.Compiler.Core.Text.MlirAttributes

let private valueUse: Parser<Use> =
    pipe3 here (skipChar '%' >>. suffix) (opt (skipChar '#' >>. many1Satisfy isDigit) .>> blank) (fun at name part ->
        {
            Value =
                match part with
                | Some part -> $"{name}#{part}"
                | None -> name
            At = at
        })

/// `%1`, `%1, %2` or `%1:2`, which stands for `%1#0` and `%1#1`.
let private results: Parser<string list> =
    let group =
        skipChar '%' >>. suffix .>>. opt (skipChar ':' >>. many1Satisfy isDigit)
        .>> blank
        >>= fun (name, count) ->
            match
                count
                |> Option.map (fun (digits: string) ->
                    Int32.TryParse(digits, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture))
            with
            | None -> preturn [ name ]
            | Some(true, count) when count <= 1000 -> preturn [ for part in 0 .. count - 1 -> $"{name}#{part}" ]
            | Some _ -> fail "too many results"

    (sepBy1 group comma .>> token "=" |>> List.concat) <|> preturn []
    >>= fun names ->
        updateUserState (fun (state: State) ->
            state.Pending.Clear()
            state.Pending.AddRange names
            state)
        >>% names

let private types: Parser<MlirType list> =
    between (opening "(") (token ")") (sepBy mlirType comma)

let private signature: Parser<MlirType list * MlirType list> =
    token ":" >>. types .>> token "->"
    .>>. (types <|> (mlirType |>> List.singleton))

/// Runs a parser; where it fails, notes the error and goes on at the next line.
let private recovering (parser: Parser<'T>) : Parser<'T option> =
    fun stream ->
        stream.UserState.Pending.Clear()
        let reply = parser stream

        if reply.Status = Ok then
            Reply(Some reply.Result)
        else
            let state = stream.UserState
            let message, expected = ParserErrors.explain stream reply.Error

            state.Errors.Add
                {
                    Code = "CML9001"
                    At = place stream.Position
                    Message = message
                    Expected = expected
                }

            state.Pending |> Seq.iter (state.Damaged.Add >> ignore)
            stream.SkipRestOfLine true
            Reply(None)

/// Items up to the closing bracket or the end, each with recovery.
let private lines (closing: char) (item: Parser<'T>) : Parser<'T list> =
    let item = recovering item .>> blanks
    let ended: Parser<unit> = followedBy (skipChar closing <|> eof)
    blanks >>. manyTill item ended |>> List.choose id

let private label: Parser<BlockArgument list> =
    let argument =
        pipe4 here (skipChar '%' >>. suffix .>> blank) (token ":" >>. mlirType) (opt location) (fun at name valueType location ->
            {
                At = at
                Name = name
                Type = valueType
                Location = Option.defaultValue Location.Unknown location
            })

    let arguments = between (opening "(") (token ")") (sepBy argument comma)

    skipChar '^' >>. suffix >>. blank >>. (arguments <|> preturn []) .>> token ":"

let private operation: Parser<Operation> =
    let rec nested depth : Parser<Operation> =
        let block: Parser<Block> =
            if depth = 0 then
                fail "regions are nested too deeply"
            else
                let header =
                    followedBy (skipChar '^') >>. recovering label .>> blanks <|> preturn None

                opening "{" >>. blanks >>. header .>>. lines '}' (nested (depth - 1))
                .>> token "}"
                |>> fun (arguments, operations) ->
                    {
                        Arguments = Option.defaultValue [] arguments
                        Operations = operations
                    }

        let name = quoted
        let operands = between (opening "(") (token ")") (sepBy valueUse comma)
        let properties = between (token "<") (token ">") (entries attribute) <|> preturn []
        let blocks = between (token "(") (token ")") (sepBy1 block comma) <|> preturn []
        let attributes = entries attribute <|> preturn []

        let body =
            tuple5 operands properties blocks attributes (signature .>>. opt location)

        let ended =
            (followedBy (skipNewline <|> skipString "//" <|> skipChar '}' <|> eof))
            <?> "the end of the line"

        pipe4
            here
            results
            name
            (body .>> ended)
            (fun at results name (operands, properties, blocks, attributes, ((operandTypes, resultTypes), location)) ->
                {
                    At = at
                    Results = results
                    Name = name
                    Operands = operands
                    Blocks = blocks
                    Attributes = properties @ attributes
                    OperandTypes = operandTypes
                    ResultTypes = resultTypes
                    Location = Option.defaultValue Location.Unknown location
                })

    nested 4

/// `#loc3 = loc("a")`.
let private alias: Parser<unit> =
    skipChar '#' >>. suffix .>> blank .>> token "=" .>>. location
    >>= fun (name, location) ->
        updateUserState (fun (state: State) ->
            state.Aliases[name] <- location
            state)

/// One line of the block of large constants: key and bytes in hex, the first four of which are the alignment.
let private resource: Parser<unit> =
    bareName .>> token ":" .>> skipString "\"0x" .>>. manySatisfy isHex
    .>> token "\""
    .>> optional (token ",")
    >>= fun (key, digits) ->
        if digits.Length < 8 || digits.Length % 2 = 1 then
            fail $"the bytes of {key} are cut off"
        else
            updateUserState (fun (state: State) ->
                state.Resources[key] <- Convert.FromHexString(digits.AsSpan 8)
                state)

let private resourceBlock: Parser<unit> =
    let nested name (body: Parser<unit>) =
        bareName .>> followedBy (token ":")
        >>= fun met ->
            if met = name then
                between (token ":" .>> opening "{") (token "}") body
            else
                fail $"{name} is all that is read here"

    let resources = lines '}' resource |>> ignore

    between (opening "{-#") (skipString "#-}") (nested "dialect_resources" (nested "builtin" resources .>> blanks) .>> blanks)

let private document: Parser<Operation list> =
    let item = (resourceBlock >>% None) <|> (alias >>% None) <|> (operation |>> Some)

    blanks >>. manyTill (recovering item .>> blanks) eof
    |>> List.choose (Option.bind id)

/// Everything in the text that can be read, and every error in it.
let read (text: string) : Document =
    let state =
        {
            Errors = List()
            Resources = Dictionary()
            Aliases = Dictionary()
            Damaged = HashSet()
            Pending = List()
        }

    let operations =
        match runParserOnString document state "" text with
        | Success(operations, _, _) -> operations
        | Failure(message, error, _) ->
            state.Errors.Add
                {
                    Code = "CML9001"
                    At = place error.Position
                    Message = message
                    Expected = ""
                }

            []

    let toMap (entries: Dictionary<string, 'T>) =
        entries |> Seq.map (fun entry -> entry.Key, entry.Value) |> Map.ofSeq

    {
        Operations = operations
        Resources = toMap state.Resources
        Aliases = toMap state.Aliases
        Damaged = Set.ofSeq state.Damaged
        Errors = List.ofSeq state.Errors
    }
