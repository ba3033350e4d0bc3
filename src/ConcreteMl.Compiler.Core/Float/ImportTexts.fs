namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Texts that numbers of inputs and outputs stand for: they stay beside the graph, for the client to look up.
[<RequireQualifiedAccess>]
module ImportTexts =

    /// The graph with the texts that the numbers of its outputs stand for.
    let withLabels (labels: Map<string, string[]>) (graph: Graph) : Graph =
        if labels.IsEmpty then
            graph
        else
            Graph.withAttribute Client.ClientParts.labels (Client.ClientParts.textsAttribute (Map.toList labels)) graph

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

    let private becomeIndices place (texts: string[]) =
        let texts = Array.distinct texts

        let listed =
            texts |> Array.truncate 20 |> Array.mapi (fun index text -> $"{index} = {text}")

        Diagnostic.warning
            "CML1108"
            place
            $"""labels that are texts become their index ({String.concat ", " listed})"""
            "integer labels"
            "`run` and `decrypt` give the texts beside the indices; programs find them in OutputLabels."

    /// Labels that are texts: the graph computes their index (CML1108).
    let private labels (model: Onnx.Model) (outputs: Map<string, string[]>) : Diagnostic list =
        let ofNode (node: Onnx.Node) =
            let listed =
                match node.OpType with
                | "ZipMap" -> ""
                | "LabelEncoder" -> "values_strings"
                | "CategoryMapper" -> "cats_strings"
                | _ -> "classlabels_strings"

            match Onnx.Attributes.tryFind listed node, Onnx.Attributes.tryTensor "values_tensor" node with
            | Some(Onnx.Attribute.Texts texts), _
            | _, Some { Texts = Some { Items = texts } } when node.Domain = "ai.onnx.ml" && texts.Length > 0 ->
                Some(becomeIndices node.Name texts)
            | _ -> None

        match model.Graph.Nodes |> Array.choose ofNode |> List.ofArray with
        | [] ->
            outputs
            |> Map.toList
            |> List.map (fun (output, texts) -> becomeIndices output texts)
        | found -> found

    /// What a model's results, or errors, are that numbers alone cannot be; by output, the texts that its numbers stand for.
    let warnings (model: Onnx.Model) (outputs: Map<string, string[]>) : Diagnostic list =
        labels model outputs @ strictEncoders model
