/// Prints a model in ONNX's own text syntax.
module internal ConcreteMl.Compiler.Core.Onnx.TextPrinter

open System
open System.Text
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Onnx

/// What a printer of one text needs: how names are written, and whether large tensors are left out.
type private Style = { Names: TextNames; Elide: bool }

let private commas (parts: string seq) = String.concat ", " parts

let private dimension (style: Style) dimension =
    match dimension with
    | Dimension.Known size -> string size
    | Dimension.Named name -> style.Names.Write name
    | Dimension.Unknown -> "?"

let private elementName element =
    match element with
    | Ok element -> ElementType.name element
    | Error name -> name

/// The type with a blank after it; nothing for types that the reader in mind does not know.
let private valueType (style: Style) valueType =
    match valueType with
    | ValueType.Missing -> ""
    | ValueType.Other _ when style.Names.Plain -> ""
    | ValueType.Other "opaque" -> "opaque() "
    | ValueType.Other kind -> $"opaque({kind}) "
    | ValueType.Tensor(element, None) -> $"{elementName element}[] "
    | ValueType.Tensor(element, Some [||]) -> $"{elementName element} "
    | ValueType.Tensor(element, Some dims) ->
        let dims = dims |> Array.map (dimension style) |> String.concat ","
        $"{elementName element}[{dims}] "

let private valueInfo style (info: ValueInfo) =
    valueType style info.Type + style.Names.Write info.Name

let private valueInfos style (infos: ValueInfo[]) =
    "(" + commas (infos |> Array.map (valueInfo style)) + ")"

/// Type, name and data of a tensor; data that we do not hold is named as the syntax names external data.
let private tensor (style: Style) (isInitializer: bool) (named: NamedTensor) =
    let name =
        if named.Name = "" && not isInitializer then
            ""
        else
            " " + style.Names.Write named.Name

    let between = if isInitializer then " = " else " "

    match named.Value with
    | Ok value ->
        let shape =
            if value.Rank = 0 then
                ""
            else
                "[" + (value.Shape |> Array.map string |> String.concat ",") + "]"

        let start = $"{ElementType.name value.Element}{shape}{name}"

        if style.Elide && value.Count > MlirWriter.InlineElements then
            $"{start} = [\"elided\": \"{MlirWriter.Hash value}\"]"
        else
            $"{start}{between}{{{commas (TextWords.printElements value)}}}"
    | Error _ when named.Texts.IsSome && not style.Elide ->
        let texts = named.Texts.Value

        let shape =
            if texts.Shape.Length = 0 then
                ""
            else
                "[" + (texts.Shape |> Array.map string |> String.concat ",") + "]"

        $"string{shape}{name}{between}{{{commas (Array.map TextWords.quote texts.Items)}}}"
    | Error reason ->
        let element =
            if TextWords.elementNames.Contains reason then
                reason
            else
                "undefined"

        $"{element}{name} = [\"omitted\": {TextWords.quote reason}]"

let private isKept (style: Style) (named: NamedTensor) =
    not style.Names.Plain || Result.isOk named.Value

let private isSubgraph attribute =
    match attribute with
    | Attribute.Graph _
    | Attribute.Graphs _ -> true
    | _ -> false

let private list kind (items: string seq) = $": {kind} = [{commas items}]"

let rec private attribute style indent (name: string, value: Attribute) : string =
    let text =
        match value with
        | Attribute.Int value -> $": int = {value}"
        | Attribute.Float value -> $": float = {TextWords.printFloat32 value}"
        | Attribute.Text value -> $": string = {TextWords.quote value}"
        | Attribute.Tensor value -> ": tensor = " + tensor style false value
        | Attribute.Graph value -> ": graph = " + graph style indent value
        | Attribute.Ints values -> list "ints" (Array.map string values)
        | Attribute.Floats values -> list "floats" (Array.map TextWords.printFloat32 values)
        | Attribute.Texts values -> list "strings" (Array.map TextWords.quote values)
        | Attribute.Tensors values -> list "tensors" (Array.map (tensor style false) values)
        | Attribute.Graphs values -> list "graphs" (Array.map (graph style indent) values)
        | Attribute.Reference parameter -> $" = @{style.Names.Write parameter}"
        | Attribute.Other kind -> $": {kind} = opaque({kind})"

    (if style.Names.Plain then name else style.Names.Write name) + text

and private attributes style indent (all: (string * Attribute) list) =
    let kept =
        all
        |> List.filter (fun (_, value) ->
            match value with
            | Attribute.Other _ -> not style.Names.Plain
            | Attribute.Tensor value -> isKept style value
            | _ -> true)

    if kept.IsEmpty then
        ""
    else
        " <" + commas (kept |> List.map (attribute style indent)) + ">"

and private node (style: Style) indent (node: Node) : string =
    let names (values: string[]) =
        values |> Array.map style.Names.Write |> commas

    let label =
        if style.Names.Plain then
            $"{indent}# [{Literal.quote node.Name}]\n{indent}"
        else
            $"{indent}[{style.Names.Write node.Name}] "

    let word part =
        if TextWords.isIdentifier part then
            part
        else
            TextWords.quote part

    let operator =
        let parts = if node.Domain = "" then [||] else node.Domain.Split '.'
        Array.append parts [| node.OpType |] |> Array.map word |> String.concat "."

    let overload =
        if node.Overload = "" then
            ""
        else
            ":" + style.Names.Write node.Overload

    let inputs = $" ({names node.Inputs})"
    let attributes = attributes style indent node.Attributes

    let rest =
        if node.Attributes |> List.exists (snd >> isSubgraph) then
            inputs + attributes
        else
            attributes + inputs

    $"{label}{names node.Outputs} = {operator}{overload}{rest}\n"

and private nodes style indent (all: Node[]) =
    let lines = all |> Array.map (node style (indent + "  ")) |> String.Concat
    $"{indent}{{\n{lines}{indent}}}"

/// A graph whose further lines are indented by `indent`.
and private graph (style: Style) indent (graph: Graph) : string =
    let initializers =
        graph.Initializers
        |> Array.filter (isKept style)
        |> Array.map (tensor style true)

    let infos = graph.ValueInfos |> Array.map (valueInfo style)
    let values = Array.append initializers infos

    let block =
        if values.Length = 0 then
            ""
        else
            let lines = values |> Array.map (fun line -> $"{indent}  {line}")
            $"{indent}<\n" + String.concat ",\n" lines + $"\n{indent}>\n"

    $"{style.Names.Write graph.Name} {valueInfos style graph.Inputs} => {valueInfos style graph.Outputs}\n{block}{nodes style indent graph.Nodes}"

let private opsets (all: (string * int64) list) =
    "["
    + commas (
        all
        |> List.map (fun (domain, version) -> $"{TextWords.quote domain} : {version}")
    )
    + "]"

let private header (entries: (string * string) list) =
    let lines = entries |> List.map (fun (key, value) -> $"  {key}: {value}")
    "<\n" + String.concat ",\n" lines + "\n>\n"

let private func (style: Style) (func: Function) =
    let names (values: string[]) =
        "(" + commas (values |> Array.map style.Names.Write) + ")"

    let parameters =
        List.append (func.Attributes |> Array.map style.Names.Write |> List.ofArray) (func.Defaults |> List.map (attribute style ""))

    let parameters = if parameters.IsEmpty then "" else $"<{commas parameters}> "

    let overload =
        if func.Overload = "" then
            []
        else
            [ "overload", TextWords.quote func.Overload ]

    header (
        [ "domain", TextWords.quote func.Domain ]
        @ overload
        @ [ "opset_import", opsets func.Opsets ]
    )
    + $"{style.Names.Write func.Name} {parameters}{names func.Inputs} => {names func.Outputs}\n"
    + nodes style "" func.Nodes
    + "\n"

/// Every name of values, graphs and functions, so that made names keep clear of them.
let rec private namesOf (graph: Graph) : string seq =
    seq {
        yield graph.Name

        for info in Seq.concat [ graph.Inputs; graph.Outputs; graph.ValueInfos ] do
            yield info.Name

        for tensor in graph.Initializers do
            yield tensor.Name

        yield! nodeNames graph.Nodes
    }

and private nodeNames (nodes: Node[]) : string seq =
    seq {
        for node in nodes do
            yield! node.Inputs
            yield! node.Outputs

            for _, value in node.Attributes do
                match value with
                | Attribute.Graph inner -> yield! namesOf inner
                | Attribute.Graphs inners -> yield! Seq.collect namesOf inners
                | _ -> ()
    }

let print (plainNames: bool) (elide: bool) (model: Model) : string =
    let style =
        {
            Names = TextNames plainNames
            Elide = elide
        }

    style.Names.Keep(namesOf model.Graph)

    for func in model.Functions do
        style.Names.Keep(Seq.concat [ [| func.Name |]; func.Inputs; func.Outputs ])
        style.Names.Keep(nodeNames func.Nodes)

    let optional key value =
        if value = "" then [] else [ key, TextWords.quote value ]

    let metadata =
        match model.Metadata with
        | [] -> []
        | entries ->
            let pairs =
                entries
                |> List.map (fun (key, value) -> $"{TextWords.quote key}: {TextWords.quote value}")

            [ "metadata_props", "[" + commas pairs + "]" ]

    let body =
        header (
            [ "ir_version", string model.IrVersion; "opset_import", opsets model.Opsets ]
            @ optional "producer_name" model.Producer
            @ metadata
        )
        + graph style "" model.Graph
        + "\n"
        + (model.Functions |> Array.map (func style) |> String.Concat)

    let text = StringBuilder()

    if elide then
        text.Append $"# Tensors of more than {MlirWriter.InlineElements} elements are left out: this text cannot be read back.\n"
        |> ignore

    if not style.Names.Renamed.IsEmpty then
        text.Append "# Plain names and what they stand for:\n" |> ignore

        for name, original in style.Names.Renamed do
            text.Append($"#   {name} = {Literal.quote original}\n") |> ignore

    text.Append(body).ToString()
