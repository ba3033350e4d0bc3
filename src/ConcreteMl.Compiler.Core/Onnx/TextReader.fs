/// Reads models in ONNX's own text syntax.
module internal ConcreteMl.Compiler.Core.Onnx.TextReader

open System
open System.Collections.Generic
open System.Security.Cryptography
open System.Text
open FParsec
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Onnx.TextTensors
open ConcreteMl.Compiler.Core.Onnx.TextGraphs

[<RequireQualifiedAccess>]
type private Entry =
    | Number of int64
    | Text of string
    | Opsets of (string * int64) list
    | Texts of (string * string) list

let private header: Parser<(string * Entry) list> =
    let opsets = listOf "[" "]" (quoted .>> token ":" .>>. integer)
    let texts = listOf "[" "]" (quoted .>> token ":" .>>. quoted)

    let entry =
        identifier .>> token ":"
        >>= fun key ->
            match key with
            | "ir_version"
            | "model_version" -> integer |>> Entry.Number
            | "opset_import" ->
                opsets
                |>> List.map (fun (domain, version) -> (if domain = "ai.onnx" then "" else domain), version)
                |>> Entry.Opsets
            | "metadata_props" -> texts |>> Entry.Texts
            | "producer_name"
            | "producer_version"
            | "domain"
            | "overload"
            | "doc_string" -> quoted |>> Entry.Text
            | _ -> fail $"'{key}' is no property of a model or function"
            |>> fun value -> key, value

    listOf "<" ">" entry

let private text (entries: (string * Entry) list) key =
    entries
    |> List.tryPick (fun (name, entry) ->
        match entry with
        | Entry.Text value when name = key -> Some value
        | _ -> None)
    |> Option.defaultValue ""

let private opsets (entries: (string * Entry) list) =
    entries
    |> List.tryPick (fun (_, entry) ->
        match entry with
        | Entry.Opsets opsets -> Some opsets
        | _ -> None)
    |> Option.defaultValue []

let private func: Parser<Function> =
    let parameter = name .>>. opt attributeValue

    let parameters = listOf "<" ">" parameter <|> preturn []
    let types = listOf "<" ">" valueInfo <|> preturn []
    let signature = parameters .>>. valueInfos .>> token "=>" .>>. valueInfos

    tuple5 (header <|> preturn []) name signature types nodes
    |>> fun (entries, name, ((parameters, inputs), outputs), _, nodes) ->
        let names (infos: ValueInfo list) =
            infos |> List.map (fun info -> info.Name) |> Array.ofList

        let domain = text entries "domain"

        {
            Domain = if domain = "ai.onnx" then "" else domain
            Name = name
            Overload = text entries "overload"
            Inputs = names inputs
            Outputs = names outputs
            Attributes = parameters |> List.filter (snd >> Option.isNone) |> List.map fst |> Array.ofList
            Defaults =
                parameters
                |> List.choose (fun (name, value) -> value |> Option.map (fun value -> name, value))
            Opsets = opsets entries
            Nodes = nodes
        }

let private model: Parser<string -> Model> =
    blanks >>. tuple3 (header <|> preturn []) graph (many func) .>> eof
    |>> fun (entries, graph, functions) hash ->
        let version =
            entries
            |> List.tryPick (fun (key, entry) ->
                match entry with
                | Entry.Number value when key = "ir_version" -> Some value
                | _ -> None)

        let metadata =
            entries
            |> List.tryPick (fun (_, entry) ->
                match entry with
                | Entry.Texts texts -> Some texts
                | _ -> None)

        {
            IrVersion = Option.defaultValue 0L version
            Producer = text entries "producer_name"
            Opsets = opsets entries
            Graph = graph
            Functions = Array.ofList functions
            Metadata = Option.defaultValue [] metadata
            Hash = hash
        }

/// The model that a text holds, or every error of the text in order.
let read (text: string) : Result<Model, TextError list> =
    let state =
        {
            Text = text
            Errors = List()
            Depth = 0
        }

    let reply = runParserOnString (recovering model) state "" text

    match reply with
    | Success(Some model, _, _) when state.Errors.Count = 0 ->
        let bytes = Encoding.UTF8.GetBytes text
        Result.Ok(model (Convert.ToHexStringLower(SHA256.HashData bytes)))
    | _ ->
        state.Errors
        |> Seq.distinct
        |> Seq.sortBy (fun error -> error.At.Line, error.At.Column)
        |> List.ofSeq
        |> Result.Error
