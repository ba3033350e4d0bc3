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

    /// Labels that are texts: the graph computes their index (CML1108).
    let warnings (model: Onnx.Model) : Diagnostic list =
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
