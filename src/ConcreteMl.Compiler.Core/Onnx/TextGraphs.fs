/// Reads attributes, nodes and graphs of ONNX's text syntax. Bad nodes and initializers are reported, and reading goes on at the next line.
module internal ConcreteMl.Compiler.Core.Onnx.TextGraphs

open System
open System.Collections.Generic
open FParsec
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Onnx.TextTensors

let private place (position: FParsec.Position) : ConcreteMl.Compiler.Core.Text.Position =
    {
        Line = int position.Line
        Column = int position.Column
    }

/// Where the text before `index` ends, blanks left out.
let private endBefore (text: string) (index: int) : ConcreteMl.Compiler.Core.Text.Position =
    let before = text.AsSpan(0, index).TrimEnd()

    {
        Line = before.Count '\n' + 1
        Column = before.Length - before.LastIndexOf '\n'
    }

/// Runs a parser; where it fails, notes the error and goes on at the next line. What is missing at the end of a line is
/// noticed at the beginning of the next one, which may be good.
let recovering (parser: Parser<'T>) : Parser<'T option> =
    fun stream ->
        let line = stream.Line
        let reply = parser stream

        if reply.Status = Ok then
            Reply(Some reply.Result)
        else
            let text = stream.UserState.Text
            let index = int stream.Index
            let message, expected = ParserErrors.explain stream reply.Error

            let noticedLate =
                stream.Line > line
                && text.AsSpan(int stream.LineBegin, index - int stream.LineBegin).IsWhiteSpace()

            stream.UserState.Errors.Add
                {
                    Code = "CML9001"
                    At =
                        if noticedLate then
                            endBefore text index
                        else
                            place stream.Position
                    Message = message
                    Expected = expected
                }

            if not noticedLate then
                stream.SkipRestOfLine true

            Reply(None)

/// Items up to the closing bracket or the end, each with recovery.
let private lines (closing: char) (item: Parser<'T>) : Parser<'T list> =
    let ended: Parser<unit> = followedBy (skipChar closing <|> eof)

    manyTill (recovering item .>> blanks) ended |>> List.choose id

let valueInfos: Parser<ValueInfo list> = listOf "(" ")" valueInfo

// ---- attributes

let graph, private graphReference = createParserForwardedToRef<Graph, State>()

let private number: Parser<Attribute> =
    let literal =
        numberLiteral
            (NumberLiteralOptions.AllowMinusSign
             ||| NumberLiteralOptions.AllowFraction
             ||| NumberLiteralOptions.AllowExponent)
            "number"
        .>> blanks

    let negative =
        skipChar '-' >>. identifier
        >>= fun word ->
            match TextWords.tryFloat32 ("-" + word) with
            | Some value -> preturn (Attribute.Float value)
            | None -> fail $"-{word} is no number"

    attempt negative
    <|> (literal
         >>= fun literal ->
             if literal.IsInteger then
                 match Int64.TryParse(literal.String, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
                 | true, value -> preturn (Attribute.Int value)
                 | _ -> fail $"{literal.String} is no 64-bit integer"
             else
                 match TextWords.tryFloat32 literal.String with
                 | Some value -> preturn (Attribute.Float value)
                 | None -> fail $"{literal.String} is no float")

/// Starts with a word: a tensor, a number that is not finite, a kind we have no use for, or a graph.
let private worded: Parser<Attribute> =
    let known: Parser<Attribute> =
        bareIdentifier .>> blanks
        >>= fun word ->
            if TextWords.isType word then
                typeNamed word
                >>= fun valueType ->
                    match valueType with
                    | ValueType.Other kind -> preturn (Attribute.Other kind)
                    | _ -> tensorAfter valueType |>> Attribute.Tensor
            else
                preturn (Attribute.Float(Option.get (TextWords.tryFloat32 word)))

    let isKnown =
        followedBy (
            attempt (
                bareIdentifier
                >>= fun word ->
                    if TextWords.isType word || TextWords.isNotFinite word then
                        preturn ()
                    else
                        pzero
            )
        )

    (isKnown >>. known) <|> (graph |>> Attribute.Graph)

let private single (kind: string) : Parser<Attribute> =
    let reference = skipChar '@' >>. name |>> Attribute.Reference

    let value =
        if kind.StartsWith("graph", StringComparison.Ordinal) then
            (graph |>> Attribute.Graph) <|> reference
        else
            choiceL [ reference; quoted |>> Attribute.Text; number; worded ] "attribute value"

    value
    |>> fun value ->
        match value with
        | Attribute.Int value when kind.StartsWith("float", StringComparison.Ordinal) -> Attribute.Float(float32 value)
        | other -> other

/// The list of these values, if they are all of one kind.
let private listAttribute (kind: string) (values: Attribute list) : Attribute option =
    let all (choose: Attribute -> 'T option) (make: 'T[] -> Attribute) =
        let chosen = values |> List.choose choose

        if chosen.Length = values.Length then
            Some(make (Array.ofList chosen))
        else
            None

    let ints value =
        match value with
        | Attribute.Int value -> Some value
        | _ -> None

    let floats value =
        match value with
        | Attribute.Float value -> Some value
        | Attribute.Int value -> Some(float32 value)
        | _ -> None

    let texts value =
        match value with
        | Attribute.Text value -> Some value
        | _ -> None

    let tensors value =
        match value with
        | Attribute.Tensor value -> Some value
        | _ -> None

    let graphs value =
        match value with
        | Attribute.Graph value -> Some value
        | _ -> None

    match kind, List.tryHead values with
    | "ints", _
    | "", Some(Attribute.Int _) when values |> List.forall (ints >> Option.isSome) -> all ints Attribute.Ints
    | "floats", _
    | "", Some(Attribute.Float _ | Attribute.Int _) -> all floats Attribute.Floats
    | "strings", _
    | "", Some(Attribute.Text _) -> all texts Attribute.Texts
    | "tensors", _
    | "", Some(Attribute.Tensor _) -> all tensors Attribute.Tensors
    | "graphs", _
    | "", Some(Attribute.Graph _) -> all graphs Attribute.Graphs
    | _ -> None

/// True when a value is of the kind that is written before it; "" stands for any.
let private fits (kind: string) (value: Attribute) =
    match value with
    | Attribute.Reference _ -> true
    | Attribute.Other other -> kind = other || kind = "type_proto" || kind = ""
    | Attribute.Int _ -> kind = "int" || kind = ""
    | Attribute.Float _ -> kind = "float" || kind = ""
    | Attribute.Text _ -> kind = "string" || kind = ""
    | Attribute.Tensor _ -> kind = "tensor" || kind = ""
    | Attribute.Graph _ -> kind = "graph" || kind = ""
    | Attribute.Ints _
    | Attribute.Floats _
    | Attribute.Texts _
    | Attribute.Tensors _
    | Attribute.Graphs _ -> true

/// What stands behind an attribute's name.
let attributeValue: Parser<Attribute> =
    (opt (token ":" >>. identifier) .>> token "=" |>> Option.defaultValue "")
    >>= fun kind ->
        let many =
            listOf "[" "]" (single kind)
            >>= fun values ->
                match listAttribute kind values with
                | Some attribute -> preturn attribute
                | None -> fail "the values of a list are not of its kind"

        let one =
            single kind
            >>= fun value ->
                if fits kind value then
                    preturn value
                else
                    fail $"the value is not of the kind {kind}"

        many <|> one

let private attributes: Parser<(string * Attribute) list> =
    listOf "<" ">" (name .>>. attributeValue)

// ---- nodes and graphs

/// The name of a node that has none: operator and first output.
let private defaultName (operator: string) (outputs: string list) =
    let output =
        outputs |> List.tryFind (fun name -> name <> "") |> Option.defaultValue ""

    $"{operator}:{output}"

/// Names of values; nothing between commas is an omitted one.
let private valueNames: Parser<string list> =
    let omittable = name <|> preturn ""

    pipe2 omittable (many (token "," >>. omittable)) (fun first rest -> if first = "" && rest.IsEmpty then [] else first :: rest)

let private operandNames: Parser<string list> =
    let single = token "\"\"" >>% [ "" ] .>> followedBy (skipChar ')')
    between (token "(") (token ")") (attempt single <|> valueNames)

let private node: Parser<Node> =
    let label = opt (between (token "[") (token "]") name)
    let operator = sepBy1 name (token ".") .>>. opt (token ":" >>. name)

    let outputs =
        (attempt (token "\"\"" >>% [ "" ] .>> followedBy (skipChar '=')) <|> valueNames)
        .>> token "="

    let before = attributes <|> preturn []

    tuple5 label outputs operator (before .>>. operandNames) (attributes <|> preturn [])
    |>> fun (label, outputs, (words, overload), (before, inputs), after) ->
        let operator = List.last words
        let domain = words |> List.take (words.Length - 1) |> String.concat "."

        {
            Name = label |> Option.defaultWith (fun () -> defaultName operator outputs)
            OpType = operator
            Domain = if domain = "ai.onnx" then "" else domain
            Overload = Option.defaultValue "" overload
            Opset = None
            Inputs = Array.ofList inputs
            Outputs = Array.ofList outputs
            Attributes = before @ after
        }

/// Makes the names of nodes unique, as the reader of files does.
let private uniqueNames (nodes: Node list) : Node[] =
    let taken = HashSet<string>()

    nodes
    |> List.map (fun node ->
        let rec free count =
            let name = if count = 0 then node.Name else $"{node.Name}#{count}"
            if taken.Add name then name else free (count + 1)

        { node with Name = free 0 })
    |> Array.ofList

let nodes: Parser<Node[]> =
    between (token "{") (token "}") (lines '}' node) |>> uniqueNames

let private graphBody: Parser<Graph> =
    let block =
        let item = valueOrInitializer .>> (token "," <|> followedBy (skipChar '>'))

        between (token "<") (token ">") (lines '>' item) <|> preturn []

    let inputs = listOf "(" ")" valueOrInitializer

    let initializers (entries: (ValueInfo * NamedTensor option) list) = entries |> List.choose snd

    // Types that are narrower than the elements that hold them stay declared.
    let isDeclared ((info: ValueInfo), (data: NamedTensor option)) =
        match info.Type, data with
        | _, None -> true
        | ValueType.Tensor(Result.Error narrow, _), Some _ -> (NarrowTypes.tryHolder narrow).IsSome
        | _ -> false

    tuple5 name (inputs .>> token "=>") valueInfos block nodes
    |>> fun (name, inputs, outputs, block, nodes) ->
        {
            Name = name
            Inputs = inputs |> List.map fst |> Array.ofList
            Outputs = Array.ofList outputs
            ValueInfos = block |> List.filter isDeclared |> List.map fst |> Array.ofList
            Initializers = initializers inputs @ initializers block |> Array.ofList
            Nodes = nodes
        }

graphReference.Value <-
    fun stream ->
        let state = stream.UserState

        if state.Depth >= 16 then
            fail "graphs are nested too deeply" stream
        else
            state.Depth <- state.Depth + 1
            let reply = graphBody stream
            state.Depth <- state.Depth - 1
            reply
