namespace ConcreteMl.Compiler.Core.Onnx

open System.Collections.Generic
open ConcreteMl.Compiler.Core

/// A model whose inputs are numbers: what were texts are places in a list of texts.
type TextCoding =
    {
        Model: Model
        /// By input: the texts that its numbers from 0 on stand for. Any other text is -1.
        Texts: Map<string, string[]>
    }

/// Inputs that are texts. Circuits have numbers only, so the client gives each text the number of its place among all texts that
/// the model asks for; nodes that look texts up look up numbers.
[<RequireQualifiedAccess>]
module TextCodes =

    let private isText (valueType: ValueType) =
        match valueType with
        | ValueType.Tensor(Error "string", _) -> true
        | _ -> false

    let private numbered (names: HashSet<string>) (info: ValueInfo) =
        match info.Type with
        | ValueType.Tensor(Error "string", shape) when names.Contains info.Name ->
            { info with
                Type = ValueType.Tensor(Ok Base.Element.Int64, shape)
            }
        | _ -> info

    /// The inputs whose elements a node only moves; the outputs hold the same ones.
    let private moved (node: Node) : string[] =
        match node.Domain, node.OpType with
        | "", "Concat" -> node.Inputs
        | "", "Where" -> Array.truncate 2 (Array.skip (min 1 node.Inputs.Length) node.Inputs)
        | "",
          ("Expand" | "Flatten" | "Gather" | "GatherElements" | "GatherND" | "Identity" | "Reshape" | "Slice" | "Split" | "Squeeze" | "Tile" | "Transpose" | "Unsqueeze")
        | "ai.onnx.ml", "ArrayFeatureExtractor" -> Array.truncate 1 node.Inputs
        | _ -> [||]

    /// Nodes that give something else than texts for two inputs of texts, or for their shape.
    let private compared (node: Node) =
        node.Domain = ""
        && (node.OpType = "Equal" || node.OpType = "Shape" || node.OpType = "Size")

    /// The texts that a node looks its first input up in, and the node that looks up their numbers.
    let private lookup (node: Node) : (string[] * (int64[] -> Node)) option =
        let replaced (name: string) (numbers: int64[]) : Node =
            { node with
                Attributes =
                    (node.Attributes |> List.filter (fun (key, _) -> key <> name))
                    @ [ name.Replace("_strings", "_int64s"), Attribute.Ints numbers ]
            }

        // The operator's first version, and the older operator of the same meaning, as the second version of LabelEncoder.
        let encoder (numbers: int64[]) (values: int64[]) =
            { node with
                OpType = "LabelEncoder"
                Opset = Some 2
                Attributes =
                    [
                        "keys_int64s", Attribute.Ints numbers
                        "values_int64s", Attribute.Ints values
                        "default_int64", Attribute.Int(Attributes.int "default_int64" -1L node)
                    ]
            }

        let texts name =
            match Attributes.tryFind name node with
            | Some(Attribute.Texts texts) when texts.Length > 0 -> Some texts
            | _ -> None

        if node.Domain <> "ai.onnx.ml" then
            None
        else
            match node.OpType, texts "keys_strings", texts "classes_strings", texts "cats_strings" with
            | "LabelEncoder", Some keys, _, _ -> Some(keys, replaced "keys_strings")
            | "LabelEncoder", _, Some classes, _ -> Some(classes, (fun numbers -> encoder numbers (Array.init classes.Length int64)))
            | "OneHotEncoder", _, _, Some categories -> Some(categories, replaced "cats_strings")
            | "CategoryMapper", _, _, Some categories ->
                match Attributes.tryInts "cats_int64s" node with
                | Some values when values.Length = categories.Length -> Some(categories, (fun numbers -> encoder numbers values))
                | _ -> None
            | _ -> None

    let private refused (node: Node) =
        Base.Diagnostic.error
            "CML1102"
            node.Name
            $"{node.OpType} reads texts"
            "LabelEncoder, OneHotEncoder or CategoryMapper with a list of texts, Equal, or a node that moves elements"
            "Encode the texts before the model: give their numbers as an input."

    /// The values that hold texts of inputs, each with the name of one input for all that must share a list.
    let private holders (graph: Graph) : Result<Dictionary<string, string>, Base.Diagnostic list> =
        let inputs = graph.Inputs |> Array.filter (fun input -> isText input.Type)

        let parent =
            Dictionary(inputs |> Seq.map (fun input -> KeyValuePair(input.Name, input.Name)))

        let held = Dictionary(parent)

        let root (name: string) =
            let mutable at = held[name]

            while parent[at] <> at do
                at <- parent[at]

            at

        let join (names: string[]) =
            let first = root names[0]

            for name in names do
                parent[root name] <- first

            first

        let reads (node: Node) =
            Seq.append node.Inputs (Order.innerNames node) |> Seq.exists held.ContainsKey

        let findings =
            [
                for node in graph.Nodes do
                    if reads node then
                        let texts = moved node

                        if texts.Length > 0 && Array.forall held.ContainsKey texts then
                            let first = join texts
                            node.Outputs |> Array.iter (fun name -> held[name] <- first)
                        elif compared node && Array.forall held.ContainsKey node.Inputs then
                            join node.Inputs |> ignore
                        elif (lookup node).IsNone then
                            refused node

                for output in graph.Outputs do
                    if held.ContainsKey output.Name then
                        Base.Diagnostic.error
                            "CML1102"
                            output.Name
                            "the output is the text of an input"
                            "an output that the model computes"
                            "Remove the output: whoever gives the input has it."
            ]

        if findings.IsEmpty then
            Ok(Dictionary(held.Keys |> Seq.map (fun name -> KeyValuePair(name, root name))))
        else
            Error findings

    /// The lists of texts that inputs share, made from what the nodes look up.
    type private Lists(held: Dictionary<string, string>) =
        let lists = Dictionary<string, List<string>>()
        let places = Dictionary<struct (string * string), int64>()

        /// The texts of the list that a value's numbers count in.
        member _.Of(value: string) : List<string> =
            match lists.TryGetValue held[value] with
            | true, texts -> texts
            | _ ->
                let texts = List<string>()
                lists[held[value]] <- texts
                texts

        member this.Add(value: string, text: string) =
            let texts = this.Of value

            if places.TryAdd(struct (held[value], text), int64 texts.Count) then
                texts.Add text

        member _.Place(value: string, text: string) = places[struct (held[value], text)]

    let private encoded (graph: Graph) (held: Dictionary<string, string>) : Graph * Map<string, string[]> =
        let lists = Lists held

        let lookupOf (node: Node) =
            match Array.tryHead node.Inputs with
            | Some value when held.ContainsKey value -> lookup node |> Option.map (fun (texts, numbered) -> value, texts, numbered)
            | _ -> None

        for value, texts, _ in Array.choose lookupOf graph.Nodes do
            for text in texts do
                lists.Add(value, text)

        let node (node: Node) =
            match lookupOf node with
            | Some(value, texts, numbered) -> numbered (texts |> Array.map (fun text -> lists.Place(value, text)))
            | None -> node

        let names = HashSet held.Keys

        { graph with
            Inputs = graph.Inputs |> Array.map (numbered names)
            ValueInfos = graph.ValueInfos |> Array.map (numbered names)
            Nodes = graph.Nodes |> Array.map node
        },
        graph.Inputs
        |> Array.filter (fun input -> isText input.Type)
        |> Array.map (fun input -> input.Name, (lists.Of input.Name).ToArray())
        |> Map.ofArray

    /// The model with numbers in place of texts; the model itself where no input is a text. CML1102 for nodes that do more with
    /// texts than to look them up.
    let ofModel (model: Model) : Result<TextCoding, Base.Diagnostic list> =
        if model.Graph.Inputs |> Array.exists (fun input -> isText input.Type) then
            holders model.Graph
            |> Result.map (fun held ->
                let graph, texts = encoded model.Graph held

                {
                    Model = { model with Graph = graph }
                    Texts = texts
                })
        else
            Ok { Model = model; Texts = Map.empty }
