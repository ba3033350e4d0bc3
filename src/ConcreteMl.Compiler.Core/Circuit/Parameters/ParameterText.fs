namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Parameters as attributes of a graph: `bound`, `security`, `key = {k, size}`, `classes` and `compression`.
[<RequireQualifiedAccess>]
module ParameterText =

    let private bound, security, key, classes = "bound", "security", "key", "classes"
    let private compression = "compression"

    let private integer (value: int) = Attribute.Integer(int64 value)

    let private gadget (d: Decomposition) =
        Attribute.Record [ "base", integer d.LogBase; "levels", integer d.Levels ]

    let private ofClass (one: ChosenClass) =
        Attribute.Record
            [
                "groups", one.Groups |> List.map integer |> Attribute.List
                "n", integer one.SmallDimension
                "key_switch", gadget one.KeySwitch
                if one.Ring > 0 then
                    "ring", integer one.Ring
                "bootstrap", gadget one.Bootstrap
                if one.BodyBits > 0 then
                    "body_bits", integer one.BodyBits
                match one.KeyOf with
                | Some owner -> "key_of", integer owner
                | None -> ()
                "extension", integer one.Extension
                "grade", integer one.Grade
                if one.WordsPerStep > 1 then
                    "words_per_step", integer one.WordsPerStep
                match one.Wide with
                | Some(selector, switch) ->
                    "selector", gadget selector
                    "switch", gadget switch
                | None -> ()
            ]

    /// The graph with the bound that each bootstrap is held to, and without parameters.
    let withBound (value: float) (graph: Graph) : Graph =
        [ security; key; classes; compression ]
        |> List.fold (fun graph name -> Graph.withoutAttribute name graph) graph
        |> Graph.withAttribute bound (Attribute.Real value)

    let private ofPacking (packing: OutputPacking) =
        Attribute.Record
            [
                "k", integer packing.Rank
                "size", integer packing.Size
                "key_switch", gadget packing.KeySwitch
                "bits", integer packing.ModulusBits
                if packing.BodyBits > 0 then
                    "body_bits", integer packing.BodyBits
            ]

    let private withCompression (packing: OutputPacking option) (graph: Graph) =
        match packing with
        | Some packing -> Graph.withAttribute compression (ofPacking packing) graph
        | None -> Graph.withoutAttribute compression graph

    /// The graph with parameters.
    let withParameters (chosen: ChosenParameters) (graph: Graph) : Graph =
        graph
        |> withCompression chosen.Outputs
        |> Graph.withAttribute security (integer chosen.Key.Curve.Level)
        |> Graph.withAttribute key (Attribute.Record [ "k", integer chosen.Key.Rank; "size", integer chosen.Key.Size ])
        |> Graph.withAttribute classes (chosen.Classes |> Array.map ofClass |> List.ofArray |> Attribute.List)

    /// The bound that each bootstrap is held to; None before parameters are searched.
    let tryBound (graph: Graph) : float option =
        match Map.tryFind bound graph.Attributes with
        | Some(Attribute.Real value) -> Some value
        | Some(Attribute.Flag _ | Attribute.Integer _ | Attribute.Text _ | Attribute.Tensor _ | Attribute.List _ | Attribute.Record _)
        | None -> None

    let private tryInt (attribute: Attribute option) =
        match attribute with
        | Some(Attribute.Integer value) when value >= 0L && value <= (1L <<< 30) -> Some(int value)
        | Some _
        | None -> None

    let private field name (entries: (string * Attribute) list) =
        entries |> List.tryFind (fun (other, _) -> other = name) |> Option.map snd

    let private number name entries = field name entries |> tryInt

    let private tryGadget name entries : Decomposition option =
        match field name entries with
        | Some(Attribute.Record parts) ->
            match number "base" parts, number "levels" parts with
            | Some logBase, Some levels when logBase > 0 && levels > 0 -> Some { Levels = levels; LogBase = logBase }
            | _ -> None
        | Some _
        | None -> None

    let private all (items: 'T option list) =
        if List.forall Option.isSome items then
            Some(List.map Option.get items)
        else
            None

    /// Sizes of polynomials that the run time's key switches take.
    let private isRing size =
        size >= 256 && size <= 4096 && System.Numerics.BitOperations.IsPow2 size

    /// Bits that bodies keep; absent: all, which is 0.
    let private tryBodyBits entries =
        match field "body_bits" entries with
        | None -> Some 0
        | found ->
            tryInt found
            |> Option.filter (fun bits -> bits >= ConcreteMl.Tfhe.BodyWidth.Least && bits < 64)

    let private tryClass (attribute: Attribute) : ChosenClass option =
        match attribute with
        | Attribute.Record entries ->
            let groups =
                match field "groups" entries with
                | Some(Attribute.List items) -> items |> List.map (Some >> tryInt) |> all
                | Some _
                | None -> None

            // absent: by inner products
            let ring =
                match field "ring" entries with
                | None -> Some 0
                | found -> tryInt found |> Option.filter isRing

            // absent: one blind rotation reads a whole operand
            let wide =
                match tryGadget "selector" entries, tryGadget "switch" entries with
                | Some selector, Some switch -> Some(Some(selector, switch))
                | None, None when field "selector" entries = None && field "switch" entries = None -> Some None
                | _ -> None

            // absent: its own
            let keyOf =
                match field "key_of" entries with
                | None -> Some None
                | found -> tryInt found |> Option.map Some

            // absent: 1
            let words =
                match field "words_per_step" entries with
                | None -> Some 1
                | found -> tryInt found |> Option.filter (fun words -> words = 2)

            match
                groups,
                wide,
                words,
                number "n" entries,
                tryGadget "key_switch" entries,
                ring,
                tryGadget "bootstrap" entries,
                tryBodyBits entries,
                keyOf,
                number "extension" entries,
                number "grade" entries
            with
            | Some groups,
              Some wide,
              Some words,
              Some small,
              Some keySwitch,
              Some ring,
              Some bootstrap,
              Some bodyBits,
              Some keyOf,
              Some extension,
              Some grade when
                (ring = 0 || small <= ring)
                && (words = 1 || (extension = 0 && wide.IsNone && small % 2 = 0))
                ->
                Some
                    {
                        Groups = groups
                        SmallDimension = small
                        KeySwitch = keySwitch
                        Ring = ring
                        Bootstrap = bootstrap
                        BodyBits = bodyBits
                        KeyOf = keyOf
                        Extension = extension
                        Grade = grade
                        WordsPerStep = words
                        Wide = wide
                    }
            | _ -> None
        | Attribute.Flag _
        | Attribute.Integer _
        | Attribute.Real _
        | Attribute.Text _
        | Attribute.Tensor _
        | Attribute.List _ -> None

    let private tryKey (graph: Graph) : BigKey option =
        let curve =
            Map.tryFind security graph.Attributes
            |> tryInt
            |> Option.bind SecurityCurve.tryOfLevel

        match Map.tryFind key graph.Attributes, curve with
        | Some(Attribute.Record entries), Some curve ->
            match number "k" entries, number "size" entries with
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

    /// Whether the classes that use another's key find theirs in it.
    let private sharedRightly (classes: ChosenClass list) =
        let found index (one: ChosenClass) =
            match one.KeyOf with
            | None -> true
            | Some owner when owner >= index -> false
            | Some owner ->
                let made = classes[owner]

                made.KeyOf.IsNone
                && made.SmallDimension >= one.SmallDimension
                && made.BodyBits = one.BodyBits
                && made.WordsPerStep = one.WordsPerStep
                && KeySharing.has made.Bootstrap one.Bootstrap

        classes |> List.indexed |> List.forall (fun (index, one) -> found index one)

    let private tryClasses (graph: Graph) =
        match Map.tryFind classes graph.Attributes with
        | Some(Attribute.List items) -> items |> List.map tryClass |> all |> Option.filter sharedRightly
        | Some _
        | None -> None

    let private tryPacking (entries: (string * Attribute) list) : OutputPacking option =
        match number "k" entries, number "size" entries, tryGadget "key_switch" entries, number "bits" entries, tryBodyBits entries with
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

    /// The parameters of a graph: None when there are none, what is wrong with them in words otherwise.
    let read (graph: Graph) : Result<ChosenParameters option, string> =
        if
            [ security; key; classes; compression ]
            |> List.forall (fun name -> not (graph.Attributes.ContainsKey name))
        then
            Ok None
        else
            match tryKey graph, tryClasses graph with
            | Some key, Some classes ->
                readCompression graph
                |> Result.map (fun outputs ->
                    Some
                        {
                            Key =
                                if classes |> List.exists (fun one -> one.Ring > 0) then
                                    { key with
                                        Switch = KeySwitchKind.Fourier
                                    }
                                else
                                    key
                            Classes = Array.ofList classes
                            Outputs = outputs
                        })
            | None, _ -> Error "`security` and `key` are not a level that is offered and {k, size}"
            | _, None ->
                Error
                    "`classes` is no list of {groups, n, key_switch, bootstrap, extension, grade}, with ring, a power of two from n on, or without, and body_bits from 8 to 63, or without, \
                     and with selector and switch or without, and key_of, an earlier class whose key serves, or without, and words_per_step, 2 where the extension is 0, n is even and there is no selector, or without"

    /// The parameters of a verified graph; None when there are none.
    let tryRead (graph: Graph) : ChosenParameters option =
        match read graph with
        | Ok found -> found
        | Error reason -> invalidArg (nameof graph) reason
