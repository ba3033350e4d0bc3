/// Reads attribute values and locations of MLIR's generic form.
module internal ConcreteMl.Compiler.Core.Text.MlirAttributes

open System
open FParsec
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text.MlirWords

/// A number with its type; digits without a point are integers unless a float type follows.
let numberAttribute: Parser<Attr> =
    let ofOption reason (value: Attr option) : Parser<Attr> =
        match value with
        | Some attribute -> preturn attribute
        | None -> fail reason

    number .>>. opt colonType
    >>= fun (digits, mlirType) ->
        match mlirType with
        | Some(MlirType.Float Element.Float64) ->
            Literal.tryFloat64 digits
            |> Option.map (fun value -> Attr.Float(value, Element.Float64))
            |> ofOption $"{digits} is no f64"
        | Some(MlirType.Float Element.Float32) ->
            Literal.tryFloat32 digits
            |> Option.map (fun value -> Attr.Float(float value, Element.Float32))
            |> ofOption $"{digits} is no f32"
        // Integers are never written in hex; MLIR leaves the type of f64 out.
        | None when digits.Contains '.' || digits.StartsWith("0x", StringComparison.Ordinal) ->
            Literal.tryFloat64 digits
            |> Option.map (fun value -> Attr.Float(value, Element.Float64))
            |> ofOption $"{digits} is no f64"
        | None
        | Some(MlirType.Integer _) ->
            match Int64.TryParse(digits, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
            | true, value -> preturn (Attr.Int value)
            | _ -> fail $"{digits} is no 64-bit integer"
        | Some other -> fail $"a number of type {MlirType.print other}"

/// The shape and the elements of `dense<…>`; a shape of None is one element that stands for all.
let denseBody: Parser<int list option * string list> =
    let element =
        choiceL
            [
                stringReturn "true" "true" .>> blank
                stringReturn "false" "false" .>> blank
                number
            ]
            "element"

    let rec list depth : Parser<int list * string list> =
        if depth = 0 then
            fail "lists are nested too deeply"
        else
            let item = (element |>> fun digits -> [], [ digits ]) <|> list (depth - 1)

            between (opening "[") (token "]") (sepBy item comma)
            >>= fun items ->
                match items with
                | [] -> preturn ([ 0 ], [])
                | (shape, _) :: rest when rest |> List.forall (fun (other, _) -> other = shape) ->
                    preturn (items.Length :: shape, items |> List.collect snd)
                | _ -> fail "the lists are not of equal length"

    (list 16 |>> fun (shape, elements) -> Some shape, elements)
    <|> (element |>> fun digits -> None, [ digits ])
    <|> preturn (Some [ 0 ], [])

/// A tensor constant; its type says how the digits are read.
let denseAttribute: Parser<Attr> =
    skipString "dense<" >>. denseBody .>> token ">" .>>. colonType
    >>= fun ((shape, digits), mlirType) ->
        match mlirType with
        | MlirType.Tensor(Some dims, element) when Array.forall Option.isSome dims ->
            let dims = dims |> Array.map Option.get
            let count = dims |> Array.fold (fun total size -> total * int64 size) 1L

            let elements =
                match shape, digits with
                | None, [ digits ] when count <= 100_000_000L -> Some(Array.create (int count) digits)
                | Some shape, _ when shape = List.ofArray dims || (count = 0L && digits.IsEmpty) -> Some(Array.ofList digits)
                | _ -> None

            match elements, MlirType.tryElement element with
            | None, _ -> fail $"the elements do not fill the type {MlirType.print mlirType}"
            | _, None -> fail $"{MlirType.print element} is no element type"
            | Some elements, Some element ->
                match Literal.tryTensor element dims elements with
                | Some tensor -> preturn (Attr.Tensor tensor)
                | None -> fail $"an element is no number of type {MlirType.print mlirType}"
        | other -> fail $"dense needs a tensor type of static shape, not {MlirType.print other}"

let resourceAttribute: Parser<Attr> =
    skipString "dense_resource<" >>. suffix .>> token ">" .>>. colonType
    |>> Attr.Resource

let entry (value: Parser<Attr>) : Parser<NamedAttr> =
    pipe3 here (quoted <|> bareName) (opt (token "=" >>. value)) (fun at name value ->
        {
            Name = name
            Value = Option.defaultValue Attr.Unit value
            At = at
        })

let entries (value: Parser<Attr>) : Parser<NamedAttr list> =
    between (opening "{") (token "}") (sepBy (entry value) comma)

let attribute: Parser<Attr> =
    let rec nested depth : Parser<Attr> =
        if depth = 0 then
            fail "attributes are nested too deeply"
        else
            let inner = nested (depth - 1)

            choiceL
                [
                    between (opening "[") (token "]") (sepBy inner comma) |>> Attr.Array
                    entries inner
                    |>> (List.map (fun entry -> entry.Name, entry.Value) >> Attr.Dictionary)
                    quoted |>> Attr.Text
                    stringReturn "true" (Attr.Bool true) .>> blank
                    stringReturn "false" (Attr.Bool false) .>> blank
                    stringReturn "unit" Attr.Unit .>> blank
                    resourceAttribute
                    denseAttribute
                    mlirType |>> Attr.Type
                    numberAttribute
                ]
                "attribute value"

    nested 12

let location: Parser<Location> =
    let rec nested depth : Parser<Location> =
        if depth = 0 then
            fail "locations are nested too deeply"
        else
            let inner = nested (depth - 1)
            let number = token ":" .>> skipMany1Satisfy isDigit .>> blank

            choiceL
                [
                    token "unknown" >>% Location.Unknown
                    token "fused" >>. between (opening "[") (token "]") (sepBy inner comma)
                    |>> Location.Fused
                    skipChar '#' >>. suffix .>> blank |>> Location.Alias
                    // A file's line and column is not an ONNX name.
                    quoted .>>. opt (number >>. number)
                    |>> fun (name, place) ->
                        if place.IsSome then
                            Location.Unknown
                        else
                            Location.Name name
                ]
                "location"

    between (token "loc" >>. opening "(") (token ")") (nested 4)
