namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Parameters as attributes of a graph: `bound`, `security`, `key = {k, size}`, `classes` and `compression`.
[<RequireQualifiedAccess>]
module ParameterText =

    let private bound, private security, private key, private classes =
        "bound", "security", "key", "classes"

    let private compression = "compression"

    /// The graph with the bound that each bootstrap is held to, and without parameters.
    let withBound (value: float) (graph: Graph) : Graph =
        [ security; key; classes; compression ]
        |> List.fold (fun graph name -> Graph.withoutAttribute name graph) graph
        |> Graph.withAttribute bound (Attribute.Real value)

    let private ofPacking (packing: OutputPacking) =
        Attribute.Record
            [
                "k", ClassText.integer packing.Rank
                "size", ClassText.integer packing.Size
                "key_switch", ClassText.gadget packing.KeySwitch
                "bits", ClassText.integer packing.ModulusBits
                if packing.BodyBits > 0 then
                    "body_bits", ClassText.integer packing.BodyBits
            ]

    let private withCompression (packing: OutputPacking option) (graph: Graph) =
        match packing with
        | Some packing -> Graph.withAttribute compression (ofPacking packing) graph
        | None -> Graph.withoutAttribute compression graph

    /// The graph with parameters.
    let withParameters (chosen: ChosenParameters) (graph: Graph) : Graph =
        graph
        |> withCompression chosen.Outputs
        |> Graph.withAttribute security (ClassText.integer chosen.Key.Curve.Level)
        |> Graph.withAttribute
            key
            (Attribute.Record
                [
                    "k", ClassText.integer chosen.Key.Rank
                    "size", ClassText.integer chosen.Key.Size
                ])
        |> Graph.withAttribute classes (chosen.Classes |> Array.map ClassText.write |> List.ofArray |> Attribute.List)

    /// The bound that each bootstrap is held to; None before parameters are searched.
    let tryBound (graph: Graph) : float option =
        match Map.tryFind bound graph.Attributes with
        | Some(Attribute.Real value) -> Some value
        | Some(Attribute.Flag _ | Attribute.Integer _ | Attribute.Text _ | Attribute.Tensor _ | Attribute.List _ | Attribute.Record _)
        | None -> None

    let private tryKey (graph: Graph) : BigKey option =
        let curve =
            Map.tryFind security graph.Attributes
            |> ClassText.tryInt
            |> Option.bind SecurityCurve.tryOfLevel

        match Map.tryFind key graph.Attributes, curve with
        | Some(Attribute.Record entries), Some curve ->
            match ClassText.number "k" entries, ClassText.number "size" entries with
            | Some rank, Some size when rank > 0 && size > 0 ->
                Some
                    {
                        Rank = rank
                        Size = size
                        Curve = curve
                        Model = NoiseFormulas.ours
                        Switch = KeySwitchKind.Lwe
                    }
            | _ -> None
        | _ -> None

    let private tryClasses (graph: Graph) =
        match Map.tryFind classes graph.Attributes with
        | Some(Attribute.List items) ->
            items
            |> List.map ClassText.tryRead
            |> ClassText.all
            |> Option.filter ClassText.sharedRightly
        | Some _
        | None -> None

    let private tryPacking (entries: (string * Attribute) list) : OutputPacking option =
        match
            ClassText.number "k" entries,
            ClassText.number "size" entries,
            ClassText.tryGadget "key_switch" entries,
            ClassText.number "bits" entries,
            ClassText.tryBodyBits entries
        with
        | Some rank, Some size, Some keySwitch, Some bits, Some bodyBits when rank > 0 && size > 0 ->
            Some
                {
                    Rank = rank
                    Size = size
                    KeySwitch = keySwitch
                    ModulusBits = bits
                    BodyBits = bodyBits
                }
        | _ -> None

    /// The compression of a graph's outputs; None where there is none, an error where it is something else.
    let private readCompression (graph: Graph) : Result<OutputPacking option, string> =
        let wrong =
            Error "`compression` is not {k, size, key_switch, bits}, with body_bits from 8 to 63 or without"

        match Map.tryFind compression graph.Attributes with
        | None -> Ok None
        | Some(Attribute.Record entries) ->
            match tryPacking entries with
            | Some packing -> Ok(Some packing)
            | None -> wrong
        | Some(Attribute.Flag _ | Attribute.Integer _ | Attribute.Real _ | Attribute.Text _ | Attribute.Tensor _ | Attribute.List _) ->
            wrong

    /// The big key with the key switches that the classes have.
    let private withSwitch (classes: ChosenClass list) (key: BigKey) =
        if classes |> List.exists (fun one -> one.Ring > 0) then
            { key with
                Switch = KeySwitchKind.Fourier
            }
        else
            key

    /// What `classes` have to be, for those who write them otherwise.
    let private classesExpected =
        "`classes` is no list of {groups, n, key_switch, bootstrap, extension, grade}, with ring, a power of two from n on, or without, and body_bits from 8 to 63, or without, decompositions whose bases have 1 to 30 bits and their digits 62 at most, \
         and with selector and switch or without, and key_of, an earlier class whose key serves, or without, and words_per_step, 2 where the extension is 0, n is even and there is no selector, or without"

    /// The parameters of a graph: None when there are none, what is wrong with them in words otherwise.
    let read (graph: Graph) : Result<ChosenParameters option, string> =
        let names = [ security; key; classes; compression ]

        if not (List.exists graph.Attributes.ContainsKey names) then
            Ok None
        else
            match tryKey graph, tryClasses graph with
            | Some key, Some classes ->
                readCompression graph
                |> Result.map (fun outputs ->
                    Some
                        {
                            Key = withSwitch classes key
                            Classes = Array.ofList classes
                            Outputs = outputs
                        })
            | None, _ -> Error "`security` and `key` are not a level that is offered and {k, size}"
            | _, None -> Error classesExpected

    /// The parameters of a verified graph; None when there are none.
    let tryRead (graph: Graph) : ChosenParameters option =
        match read graph with
        | Ok found -> found
        | Error reason -> invalidArg (nameof graph) reason
