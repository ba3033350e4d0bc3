namespace ConcreteMl.Compiler.Core.Float.Client

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Text

/// A float graph as an attribute of another graph: what the client does stands whole in the text of every stage. Operations are
/// spelled as in the float stage; values count from the inputs on.
[<RequireQualifiedAccess>]
module internal PartText =

    let private nameOf element =
        MlirType.print (MlirType.ofElement element)

    let private elements =
        Element.all |> List.map (fun element -> nameOf element, element)

    /// An attribute of an operation. What graphs have no attribute for stands as a dictionary: types as `{type = "f32"}`, numbers of
    /// other types than f64 as `{type = "f32", value = 0.5}`.
    let rec private kept (attribute: Attr) : Attribute =
        match attribute with
        | Attr.Type mlirType -> Attribute.Record [ "type", Attribute.Text(MlirType.print mlirType) ]
        | Attr.Array items -> items |> List.map kept |> Attribute.List
        | Attr.Dictionary entries -> entries |> List.map (fun (name, value) -> name, kept value) |> Attribute.Record
        | Attr.Float(value, element) when element <> Element.Float64 ->
            Attribute.Record [ "type", Attribute.Text(nameOf element); "value", Attribute.Real value ]
        | other -> PortFields.attribute.Read other |> Option.defaultValue (Attribute.Flag true)

    let rec private spelled (attribute: Attribute) : Attr =
        let typed name (make: Element -> Attr) =
            elements
            |> List.tryFind (fun (known, _) -> known = name)
            |> Option.map (snd >> make)
            |> Option.defaultValue (Attr.Text name)

        match attribute with
        | Attribute.Record [ "type", Attribute.Text name ] -> typed name (MlirType.ofElement >> Attr.Type)
        | Attribute.Record [ "type", Attribute.Text name; "value", Attribute.Real value ] ->
            typed name (fun element -> Attr.Float(value, element))
        | Attribute.List items -> items |> List.map spelled |> Attr.Array
        | Attribute.Record entries ->
            entries
            |> List.map (fun (name, value) -> name, spelled value)
            |> Attr.Dictionary
        | other -> PortFields.attribute.Write other

    let private integers (values: int seq) =
        values |> Seq.map (int64 >> Attribute.Integer) |> List.ofSeq |> Attribute.List

    let private index (ValueId value) = value

    let private typed (valueType: ValueType) =
        let shape = ValueType.tryShape valueType |> Option.defaultValue [||]

        [ "element", Attribute.Text(nameOf valueType.Element); "shape", integers shape ]

    let private written (op: Op) =
        Syntax.syntax.Cases
        |> List.pick (fun case -> case.Write op |> Option.map (fun attributes -> case.Mnemonic, attributes))

    /// The name of an operation without the stage's prefix.
    let mnemonic (op: Op) =
        (fst (written op)).Substring(Syntax.syntax.Prefix.Length + 1)

    /// What the spelling of an operation says beside its name.
    let parameters (op: Op) : (string * Attribute) list =
        snd (written op) |> List.map (fun (name, value) -> name, kept value)

    let private step (graph: Graph) (node: Node<Op>) =
        let mnemonic, attributes = written node.Op

        [
            "op", Attribute.Text mnemonic
            "reads", integers (Seq.map index node.Operands)
            yield! typed (graph.TypeOf node.Results[0])
            if not attributes.IsEmpty then
                "with", kept (Attr.Dictionary attributes)
            if not node.Origin.IsEmpty then
                "from", node.Origin |> List.map Attribute.Text |> Attribute.List
        ]
        |> Attribute.Record

    /// The graph as an attribute; every operation has one result of a static shape.
    let write (graph: Graph) : Attribute =
        let ports (more: Port -> (string * Attribute) list) (ports: Port[]) =
            [
                for port in ports -> Attribute.Record(("name", Attribute.Text port.Name) :: more port)
            ]
            |> Attribute.List

        Attribute.Record
            [
                "inputs", ports (fun port -> typed (graph.TypeOf port.Value)) graph.Inputs
                "steps", graph.Nodes |> Array.map (step graph) |> List.ofArray |> Attribute.List
                "outputs", ports (fun port -> [ "value", Attribute.Integer(int64 (index port.Value)) ]) graph.Outputs
                for KeyValue(name, value) in graph.Attributes do
                    name, value
            ]

    exception private Unreadable of string

    let private fail message = raise (Unreadable message)

    let private fields what (attribute: Attribute) =
        match attribute with
        | Attribute.Record entries -> Map.ofList entries
        | _ -> fail $"{what} is no dictionary"

    let private items what name (entries: Map<string, Attribute>) =
        match Map.tryFind name entries with
        | Some(Attribute.List items) -> items
        | _ -> fail $"{what} has no list '{name}'"

    let private text what name (entries: Map<string, Attribute>) =
        match Map.tryFind name entries with
        | Some(Attribute.Text text) -> text
        | _ -> fail $"{what} has no text '{name}'"

    let private number what (attribute: Attribute) =
        match attribute with
        | Attribute.Integer value when value >= 0L && value <= int64 System.Int32.MaxValue -> int value
        | _ -> fail $"{what} holds what is no number of a value or dimension"

    let private typeOf what (entries: Map<string, Attribute>) =
        let shape = items what "shape" entries |> List.map (number what) |> Array.ofList

        let element = text what "element" entries

        match List.tryFind (fun (name, _) -> name = element) elements with
        | Some(_, element) -> ValueType.ofShape element shape
        | None -> fail $"{what} has the unknown element type '{element}'"

    let private operation what (entries: Map<string, Attribute>) : Op =
        let mnemonic = text what "op" entries

        let attributes =
            match Map.tryFind "with" entries with
            | Some(Attribute.Record given) ->
                [
                    for name, value in given ->
                        {
                            Name = name
                            Value = spelled value
                            At = { Line = 1; Column = 1 }
                        }
                ]
            | Some _ -> fail $"{what} has attributes that are no dictionary"
            | None -> []

        let mutable problem = None

        let reader =
            AttrReader(
                { Line = 1; Column = 1 },
                attributes,
                (fun _ _ -> Error "large constants stand in the text itself"),
                fun error -> problem <- Some error.Message
            )

        match Syntax.syntax.Cases |> List.tryFind (fun case -> case.Mnemonic = mnemonic) with
        | None -> fail $"{what} is the unknown operation '{mnemonic}'"
        | Some case ->
            let op = case.Read reader
            reader.Finish()

            match op, problem with
            | Some op, None -> op
            | _, problem -> fail $"""{what}: {defaultArg problem "its attributes cannot be read"}"""

    let private read (name: string) (attribute: Attribute) : Graph =
        let entries = fields "the part" attribute
        let builder = GraphBuilder<Op, ValueType>(name)
        let mutable known = 0

        let value what attribute =
            match number what attribute with
            | found when found < known -> ValueId found
            | found -> fail $"{what} reads value {found}, which nothing before it gives"

        for item in items "the part" "inputs" entries do
            let port = fields "an input" item

            builder.Input(text "an input" "name" port, typeOf "an input" port) |> ignore
            known <- known + 1

        for at, item in items "the part" "steps" entries |> List.indexed do
            let what = $"step {at}"
            let step = fields what item
            let operands = items what "reads" step |> List.map (value what)

            let origin =
                match Map.tryFind "from" step with
                | Some(Attribute.List names) ->
                    names
                    |> List.choose (fun name ->
                        match name with
                        | Attribute.Text text -> Some text
                        | _ -> None)
                | _ -> []

            builder.Value(operation what step, operands, typeOf what step, origin) |> ignore
            known <- known + 1

        let outputs =
            [
                for item in items "the part" "outputs" entries do
                    let port = fields "an output" item

                    {
                        Name = text "an output" "name" port
                        Value =
                            port
                            |> Map.tryFind "value"
                            |> Option.map (value "an output")
                            |> Option.defaultWith (fun () -> fail "an output has no value")
                        Coding = None
                    }
            ]

        let own = set [ "inputs"; "steps"; "outputs" ]
        builder.Build(outputs, entries |> Map.filter (fun name _ -> not (own.Contains name)))

    /// The graph that `write` made the attribute of, or what is wrong with it.
    let tryRead (name: string) (attribute: Attribute) : Result<Graph, string> =
        try
            Ok(read name attribute)
        with Unreadable message ->
            Error message
