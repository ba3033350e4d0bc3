namespace ConcreteMl.Compiler.Core.Onnx

/// Texts that a node looks up, or gives.
type internal TextUse =
    {
        /// All of them, in the node's order.
        Texts: string[]
        /// The node on numbers, from the number of each text.
        Numbered: (string -> int64) -> Node
    }

/// What nodes do with texts.
[<RequireQualifiedAccess>]
module internal TextNodes =

    /// ONNX's number of the element type of texts.
    let private textType = 8L

    /// The inputs whose elements a node only moves; the outputs hold the same ones.
    let moved (node: Node) : string[] =
        match node.Domain, node.OpType with
        | "", "Concat" -> node.Inputs
        | "", "Where" -> Array.truncate 2 (Array.skip (min 1 node.Inputs.Length) node.Inputs)
        | "", "Cast" when Attributes.int "to" 0L node = textType -> Array.truncate 1 node.Inputs
        | "",
          ("Compress" | "Expand" | "Flatten" | "Gather" | "GatherElements" | "GatherND" | "Identity" | "Reshape" | "ReverseSequence" | "Slice" | "Split" | "Squeeze" | "Tile" | "Transpose" | "Unsqueeze")
        | "ai.onnx.ml", "ArrayFeatureExtractor" -> Array.truncate 1 node.Inputs
        | _ -> [||]

    /// Nodes that give something else than texts for two inputs of texts, or for their shape.
    let compared (node: Node) =
        node.Domain = ""
        && (node.OpType = "Equal" || node.OpType = "Shape" || node.OpType = "Size")

    /// The texts of an attribute that is a list or a tensor of them.
    let private textsOf (name: string) (node: Node) : string[] option =
        match Attributes.tryFind name node, Attributes.tryTensor (name.Replace("_strings", "_tensor")) node with
        | Some(Attribute.Texts texts), _ when texts.Length > 0 -> Some texts
        | _, Some { Texts = Some texts } when name.EndsWith("_strings", System.StringComparison.Ordinal) -> Some texts.Items
        | _ -> None

    /// The node with these integers in place of a list or a tensor of texts.
    let private replaced (name: string) (target: string) (numbers: int64[]) (node: Node) : Node =
        let tensor = name.Replace("_strings", "_tensor")

        { node with
            Attributes =
                (node.Attributes
                 |> List.filter (fun (key, value) ->
                     match value with
                     | Attribute.Tensor { Texts = Some _ } -> key <> tensor
                     | _ -> key <> name))
                @ [ target, Attribute.Ints numbers ]
        }

    // The operator's first version, and the older operator of the same meaning, as the second version of LabelEncoder.
    let private encoder (node: Node) (keys: int64[]) (values: int64[]) (missing: int64) =
        { node with
            OpType = "LabelEncoder"
            Opset = Some 2
            Attributes =
                [
                    "keys_int64s", Attribute.Ints keys
                    "values_int64s", Attribute.Ints values
                    "default_int64", Attribute.Int missing
                ]
        }

    /// The texts that a node looks its first input up in, and the node that looks up their numbers.
    let lookup (node: Node) : TextUse option =
        let using texts numbered =
            Some
                {
                    Texts = texts
                    Numbered = fun place -> numbered (Array.map place texts)
                }

        let missing = Attributes.int "default_int64" -1L node

        if node.Domain = "" && node.OpType = "TfIdfVectorizer" then
            match Attributes.tryFind "pool_strings" node with
            | Some(Attribute.Texts pool) when pool.Length > 0 ->
                using pool (fun numbers -> replaced "pool_strings" "pool_int64s" numbers node)
            | _ -> None
        elif node.Domain <> "ai.onnx.ml" then
            None
        else
            match node.OpType, textsOf "keys_strings" node, textsOf "classes_strings" node, textsOf "cats_strings" node with
            | "LabelEncoder", Some keys, _, _ -> using keys (fun numbers -> replaced "keys_strings" "keys_int64s" numbers node)
            | "LabelEncoder", _, Some classes, _ ->
                using classes (fun numbers -> encoder node numbers (Array.init classes.Length int64) missing)
            | "OneHotEncoder", _, _, Some categories -> using categories (fun numbers -> replaced "cats_strings" "cats_int64s" numbers node)
            | "CategoryMapper", _, _, Some categories ->
                match Attributes.tryInts "cats_int64s" node with
                | Some values when values.Length = categories.Length ->
                    using categories (fun numbers -> encoder node numbers values missing)
                | _ -> None
            | _ -> None

    /// The text of a label encoder for keys that it does not know.
    let private missingText (node: Node) =
        match Attributes.tryTensor "default_tensor" node with
        | Some { Texts = Some texts } when texts.Items.Length = 1 -> texts.Items[0]
        | _ -> Attributes.text "default_string" "_Unused" node

    /// A label encoder that gives texts, as one that gives their numbers.
    let private encoding (node: Node) (values: string[]) : TextUse =
        let missing = missingText node

        let numbered (place: string -> int64) =
            let own = replaced "values_strings" "values_int64s" (Array.map place values) node

            { own with
                Attributes =
                    (own.Attributes
                     |> List.filter (fun (key, _) -> key <> "default_string" && key <> "default_tensor" && key <> "default_int64"))
                    @ [ "default_int64", Attribute.Int(place missing) ]
            }

        {
            Texts = Array.append values [| missing |]
            Numbered = numbered
        }

    /// Numbers that a mapper gives texts for.
    let private mapping (node: Node) (keys: int64[]) (texts: string[]) : TextUse =
        let missing = missingText node

        {
            Texts = Array.append texts [| missing |]
            Numbered = fun place -> encoder node keys (Array.map place texts) (place missing)
        }

    /// The texts that a node gives as its first output; `isText` says whether its first input is texts.
    let given (isText: bool) (node: Node) : TextUse option =
        let texts name = textsOf name node

        let labels target =
            match Attributes.tryFind "classlabels_strings" node with
            | Some(Attribute.Texts labels) when labels.Length > 0 ->
                Some
                    {
                        Texts = labels
                        Numbered = fun place -> replaced "classlabels_strings" target (Array.map place labels) node
                    }
            | _ -> None

        match node.Domain, node.OpType with
        | "ai.onnx.ml", "LabelEncoder" when (texts "values_strings").IsSome -> Some(encoding node (texts "values_strings").Value)
        | "ai.onnx.ml", "LabelEncoder" when not isText && (texts "classes_strings").IsSome ->
            let classes = (texts "classes_strings").Value
            Some(mapping node (Array.init classes.Length int64) classes)
        | "ai.onnx.ml", "CategoryMapper" when not isText ->
            match texts "cats_strings", Attributes.tryInts "cats_int64s" node with
            | Some categories, Some keys when keys.Length = categories.Length -> Some(mapping node keys categories)
            | _ -> None
        | "ai.onnx.ml", "TreeEnsembleClassifier" -> labels "classlabels_int64s"
        | "ai.onnx.ml", ("LinearClassifier" | "SVMClassifier") -> labels "classlabels_ints"
        | _ -> None

    /// The texts of a node Constant.
    let constant (node: Node) : TextTensor option =
        if node.Domain <> "" || node.OpType <> "Constant" then
            None
        else
            match node.Attributes with
            | [ "value", Attribute.Tensor { Texts = Some texts } ] -> Some texts
            | [ "value_string", Attribute.Text text ] -> Some { Shape = [||]; Items = [| text |] }
            | [ "value_strings", Attribute.Texts texts ] ->
                Some
                    {
                        Shape = [| texts.Length |]
                        Items = texts
                    }
            | _ -> None
