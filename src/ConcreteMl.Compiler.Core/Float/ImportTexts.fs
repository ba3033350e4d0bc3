namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Texts that numbers of inputs and outputs stand for: they stay beside the graph, for the client to look up.
[<RequireQualifiedAccess>]
module ImportTexts =

    /// The graph with the texts that the numbers of its outputs stand for.
    let withLabels (model: Onnx.Model) (graph: Graph) : Graph =
        let texts (port: Port) =
            model.Graph.Nodes
            |> Array.tryPick (fun node ->
                match Onnx.Attributes.tryFind "classlabels_strings" node with
                | Some(Onnx.Attribute.Texts texts) when
                    node.Domain = "ai.onnx.ml"
                    && node.OpType <> "ZipMap"
                    && texts.Length > 0
                    && Array.tryHead node.Outputs = Some port.Name
                    ->
                    Some(port.Name, texts)
                | _ -> None)

        match graph.Outputs |> Array.choose texts |> List.ofArray with
        | [] -> graph
        | found -> Graph.withAttribute Client.ClientParts.labels (Client.ClientParts.textsAttribute found) graph

    /// The graph with the texts that the numbers of its inputs stand for.
    let withTexts (texts: Map<string, string[]>) (graph: Graph) : Graph =
        if texts.IsEmpty then
            graph
        else
            Graph.withAttribute Client.ClientParts.inputTexts (Client.ClientParts.textsAttribute (Map.toList texts)) graph

    /// Unknown categories that the file's runtime refuses (CML1109).
    let private strictEncoders (model: Onnx.Model) : Diagnostic list =
        [
            for node in model.Graph.Nodes do
                if
                    node.Domain = "ai.onnx.ml"
                    && node.OpType = "OneHotEncoder"
                    && Onnx.Attributes.int "zeros" 1L node = 0L
                then
                    Diagnostic.warning
                        "CML1109"
                        node.Name
                        "an unknown category becomes zeros, where zeros = 0 asks for an error"
                        "inputs of known categories"
                        "Check categories before they are encrypted; train with handle_unknown='ignore' if zeros are meant."
        ]

    /// Labels that are texts: the graph computes their index (CML1108).
    let private labels (model: Onnx.Model) : Diagnostic list =
        [
            for node in model.Graph.Nodes do
                let listed =
                    match node.OpType with
                    | "ZipMap" -> ""
                    | "LabelEncoder" -> "values_strings"
                    | "CategoryMapper" -> "cats_strings"
                    | _ -> "classlabels_strings"

                match Onnx.Attributes.tryFind listed node with
                | Some(Onnx.Attribute.Texts texts) when node.Domain = "ai.onnx.ml" && texts.Length > 0 ->
                    let texts = Array.distinct texts

                    let listed =
                        texts |> Array.truncate 20 |> Array.mapi (fun index text -> $"{index} = {text}")

                    Diagnostic.warning
                        "CML1108"
                        node.Name
                        $"""labels that are texts become their index ({String.concat ", " listed})"""
                        "integer labels"
                        "`run` and `decrypt` give the texts beside the indices; programs find them in OutputLabels."
                | _ -> ()
        ]

    /// What a model's results, or errors, are that numbers alone cannot be.
    let warnings (model: Onnx.Model) : Diagnostic list = labels model @ strictEncoders model
