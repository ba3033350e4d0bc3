namespace ConcreteMl.Compiler.Core.Onnx

open System.Collections.Generic
open ConcreteMl.Compiler.Core

/// A model of numbers: what were texts are places in lists of texts.
type TextCoding =
    {
        Model: Model
        /// By input: the texts that its numbers from 0 on stand for. Any other text is -1.
        Texts: Map<string, string[]>
        /// By output: the texts that its numbers from 0 on stand for.
        Labels: Map<string, string[]>
    }

/// Texts of inputs, constants and labels. Circuits have numbers only, so each text is the number of its place among all texts that
/// it may meet; nodes that look texts up look up numbers, and nodes that give texts give numbers.
[<RequireQualifiedAccess>]
module TextCodes =

    module Tensors = ConcreteMl.Compiler.Core.Base.Tensor

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

    let private refused (node: Node) =
        Base.Diagnostic.error
            "CML1102"
            node.Name
            $"{node.OpType} reads texts"
            "LabelEncoder, OneHotEncoder, CategoryMapper or TfIdfVectorizer with a list of texts, Equal, or a node that moves elements"
            "Encode the texts before the model: give their numbers as an input."

    /// The values that hold texts, each with the name of one value for all that must share a list.
    type private Holders(inputs: string seq) =
        let parent = Dictionary<string, string>()
        let held = Dictionary<string, string>()

        let root (name: string) =
            let mutable at = held[name]

            while parent[at] <> at do
                at <- parent[at]

            at

        let add name =
            parent[name] <- name
            held[name] <- name

        do Seq.iter add inputs

        member _.Add(name: string) = add name
        member _.Holds(name: string) = held.ContainsKey name
        member _.Names = held.Keys
        member _.Root(name: string) = root name

        /// Values of these names share a list; its name.
        member _.Join(names: string[]) =
            let first = root names[0]

            for name in names do
                parent[root name] <- first

            first

        /// A value holds what another list's values hold.
        member _.Follow(name: string, list: string) = held[name] <- list

    let private isHeldFirst (holders: Holders) (node: Node) =
        node.Inputs.Length > 0 && holders.Holds node.Inputs[0]

    let private constants (graph: Graph) =
        Seq.append
            (graph.Initializers
             |> Seq.filter (fun tensor -> tensor.Texts.IsSome)
             |> Seq.map _.Name)
            (graph.Nodes
             |> Seq.filter (fun node -> (TextNodes.constant node).IsSome)
             |> Seq.map (fun node -> node.Outputs[0]))

    let private holders (graph: Graph) : Result<Holders, Base.Diagnostic list> =
        let inputs =
            graph.Inputs
            |> Array.filter (fun input -> isText input.Type)
            |> Array.map _.Name

        let holders = Holders(Seq.append inputs (constants graph))

        let reads (node: Node) =
            Seq.append node.Inputs (Order.innerNames node) |> Seq.exists holders.Holds

        let visit (node: Node) =
            let texts = TextNodes.moved node

            if not (reads node) then
                []
            elif texts.Length > 0 && Array.forall holders.Holds texts then
                let first = holders.Join texts
                node.Outputs |> Array.iter (fun name -> holders.Follow(name, first))
                []
            elif TextNodes.compared node && Array.forall holders.Holds node.Inputs then
                holders.Join node.Inputs |> ignore
                []
            elif isHeldFirst holders node && (TextNodes.lookup node).IsSome then
                []
            else
                [ refused node ]

        let findings =
            [
                for node in graph.Nodes do
                    yield! visit node

                    if
                        (TextNodes.given (isHeldFirst holders node) node).IsSome
                        && node.Outputs.Length > 0
                    then
                        holders.Add node.Outputs[0]

                let ofInputs = inputs |> Array.map holders.Root |> HashSet

                for output in graph.Outputs do
                    if holders.Holds output.Name && ofInputs.Contains(holders.Root output.Name) then
                        Base.Diagnostic.error
                            "CML1102"
                            output.Name
                            "the output is the text of an input"
                            "an output that the model computes"
                            "Remove the output: whoever gives the input has it."
            ]

        if findings.IsEmpty then Ok holders else Error findings

    /// The lists of texts that values share, made from what the model holds, looks up and gives.
    type private Lists(holders: Holders) =
        let lists = Dictionary<string, List<string>>()
        let places = Dictionary<struct (string * string), int64>()

        /// The texts of the list that a value's numbers count in.
        member _.Of(value: string) : List<string> =
            let list = holders.Root value

            match lists.TryGetValue list with
            | true, texts -> texts
            | _ ->
                let texts = List<string>()
                lists[list] <- texts
                texts

        member this.Add(value: string, texts: string seq) =
            for text in texts do
                let own = this.Of value

                if places.TryAdd(struct (holders.Root value, text), int64 own.Count) then
                    own.Add text

        member _.Place (value: string) (text: string) =
            places[struct (holders.Root value, text)]

        /// A tensor of texts as numbers.
        member this.Numbers(value: string, texts: TextTensor) : NamedTensor =
            {
                Name = value
                Value = Ok(Tensors.ofInt64 texts.Shape (texts.Items |> Array.map (this.Place value)))
                Texts = None
            }

    /// The texts that each value meets first: those of constants, then those of nodes in their order.
    let private listsOf (graph: Graph) (holders: Holders) : Lists =
        let lists = Lists holders

        for node in graph.Nodes do
            if isHeldFirst holders node then
                TextNodes.lookup node
                |> Option.iter (fun found -> lists.Add(node.Inputs[0], found.Texts))

            TextNodes.given (isHeldFirst holders node) node
            |> Option.iter (fun found -> lists.Add(node.Outputs[0], found.Texts))

            TextNodes.constant node
            |> Option.iter (fun texts -> lists.Add(node.Outputs[0], texts.Items))

        for tensor in graph.Initializers do
            tensor.Texts |> Option.iter (fun texts -> lists.Add(tensor.Name, texts.Items))

        lists

    let private encoded (graph: Graph) (holders: Holders) : Graph * Map<string, string[]> * Map<string, string[]> =
        let lists = listsOf graph holders

        let node (node: Node) =
            let isText = isHeldFirst holders node

            let looked =
                match TextNodes.lookup node with
                | Some found when isText -> found.Numbered(lists.Place node.Inputs[0])
                | _ -> node

            match TextNodes.given isText looked, TextNodes.constant looked with
            | Some found, _ -> found.Numbered(lists.Place node.Outputs[0])
            | None, Some texts ->
                { node with
                    Attributes = [ "value", Attribute.Tensor(lists.Numbers(node.Outputs[0], texts)) ]
                }
            | None, None when looked.OpType = "Cast" && isText ->
                { looked with
                    OpType = "Identity"
                    Attributes = []
                }
            | None, None -> looked

        let names = HashSet holders.Names

        let listed (infos: ValueInfo seq) =
            infos
            |> Seq.filter (fun info -> holders.Holds info.Name)
            |> Seq.map (fun info -> info.Name, (lists.Of info.Name).ToArray())
            |> Map.ofSeq

        { graph with
            Inputs = graph.Inputs |> Array.map (numbered names)
            Outputs = graph.Outputs |> Array.map (numbered names)
            ValueInfos = graph.ValueInfos |> Array.map (numbered names)
            Initializers =
                graph.Initializers
                |> Array.map (fun tensor ->
                    match tensor.Texts with
                    | Some texts -> lists.Numbers(tensor.Name, texts)
                    | None -> tensor)
            Nodes = graph.Nodes |> Array.map node
        },
        listed (graph.Inputs |> Seq.filter (fun input -> isText input.Type)),
        listed graph.Outputs

    let private hasTexts (graph: Graph) =
        graph.Inputs |> Array.exists (fun input -> isText input.Type)
        || not (Seq.isEmpty (constants graph))
        || graph.Nodes |> Array.exists (fun node -> (TextNodes.given false node).IsSome)

    /// The model with numbers in place of texts; the model itself where it has no texts. CML1102 for nodes that do more with
    /// texts than to look them up.
    let ofModel (model: Model) : Result<TextCoding, Base.Diagnostic list> =
        if hasTexts model.Graph then
            holders model.Graph
            |> Result.map (fun holders ->
                let graph, texts, labels = encoded model.Graph holders

                {
                    Model = { model with Graph = graph }
                    Texts = texts
                    Labels = labels
                })
        else
            Ok
                {
                    Model = model
                    Texts = Map.empty
                    Labels = Map.empty
                }
