namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// What trainers put before and behind a model (domain ai.onnx.ml): scaling of rows, missing values, categories, features.
[<RequireQualifiedAccess>]
module ImportMlFeatures =

    let private isFloat (element: Element) =
        match element with
        | Element.Float16
        | Element.BFloat16
        | Element.Float32
        | Element.Float64 -> true
        | _ -> false

    /// Rows divided by their largest element, their sum of magnitudes or their length; rows of which that is 0 stay.
    let private normalizer (node: NodeScope) =
        let x = Formula.cast Element.Float32 node (node.Input 0)
        let last = node.Rank x - 1

        let size =
            match node.Text("norm", "MAX") with
            | "MAX" -> Formula.halves node (Formula.binary Binary.Max node) last x
            | "L1" -> Formula.sum node true [ last ] (Formula.unary Unary.Abs node x)
            | "L2" -> Formula.unary Unary.Sqrt node (Formula.sum node true [ last ] (Formula.square node x))
            | other -> node.RefuseAttribute($"norm = {other}", "MAX, L1 or L2")

        let isZero = Formula.binary Binary.Equal node size (node.Scalar(size, 0.0))

        [|
            Formula.div node x (Formula.choose node isZero (node.Scalar(size, 1.0)) size)
        |]

    /// 1 above the threshold, 0 elsewhere.
    let private binarizer (node: NodeScope) =
        let x = node.Input 0

        let above =
            Formula.binary Binary.Greater node x (node.Scalar(x, float (node.Float("threshold", 0.0f))))

        [| Formula.cast (node.Type x).Element node above |]

    /// Another number, one for all features or one for each, in place of those that count as missing.
    let private imputer (node: NodeScope) =
        let x = node.Input 0
        let element = (node.Type x).Element

        let replacements, missing =
            if isFloat element then
                node.Float32s("imputed_value_floats") |> Array.map float, float (node.Float("replaced_value_float", 0.0f))
            else
                node.Int64s("imputed_value_int64s") |> Array.map float, float (node.Int("replaced_value_int64", 0))

        let width = Formula.size node (node.Rank x - 1) x

        if replacements.Length <> 1 && replacements.Length <> width then
            node.RefuseAttribute($"{replacements.Length} imputed values for {width} features", "one value, or one per feature")

        let isMissing =
            if System.Double.IsNaN missing then
                Formula.isMissing node x
            else
                Formula.binary Binary.Equal node x (node.Scalar(x, missing))

        [|
            Formula.choose node isMissing (Formula.constant node x [| replacements.Length |] replacements) x
        |]

    /// A new last axis that holds 1 at the element's category, 0 elsewhere.
    let private oneHotEncoder (node: NodeScope) =
        let categories = node.Int64s("cats_int64s")

        if categories.Length = 0 then
            node.RefuseAttribute("categories that are no integers", "the attribute cats_int64s")

        let x = node.Input 0
        let rank = node.Rank x

        let known =
            Formula.constant node x [| categories.Length |] (Array.map float categories)

        let met = Formula.binary Binary.Equal node (Formula.unsqueeze node [ rank ] x) known

        [| Formula.cast Element.Float32 node met |]

    /// The features at positions of the last axis, which are known, or pick from a row that is known.
    let private arrayFeatureExtractor (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x
        let width = Formula.size node (rank - 1) x

        match node.TryValue(node.Input 1), node.TryValue x with
        | None, Some table when table.Count = width ->
            let row = node.Add(Op.Gather 0, [ Formula.reshape node [ -1 ] x; node.Input 1 ])
            [| Formula.reshape node [ 1; -1 ] row |]
        | _ ->
            let positions =
                node.ConstantValue(1, "the positions of the features") |> Elements.integers

            match Array.tryFind (fun at -> at < 0 || at >= width) positions with
            | Some at -> node.RefuseAttribute($"feature {at} of {width}", "positions of features that exist")
            | None -> ()

            let picked = Formula.pick node (rank - 1) positions x

            [|
                if rank = 1 then
                    Formula.unsqueeze node [ 0 ] picked
                else
                    picked
            |]

    /// Attribute `name` as numbers: integers, floats, or the tensor `keys_tensor`, `values_tensor`.
    let private table (node: NodeScope) (name: string) : (Element * float[]) option =
        match Onnx.Attributes.tryTensor $"{name}_tensor" node.Node with
        | Some { Value = Ok tensor } -> Some(tensor.Element, Tensor.toFloat64s tensor)
        | Some { Value = Error reason } -> node.Refuse("CML1102", $"{name}_tensor holds {reason}", "numbers", "Encode the texts outside.")
        | None ->
            match node.Int64s($"{name}_int64s"), node.Float32s($"{name}_floats") with
            | [||], [||] -> None
            | [||], values -> Some(Element.Float32, Array.map float values)
            | values, _ -> Some(Element.Int64, Array.map float values)

    /// A value for each key and one for all other inputs, as one function of the input: choices one behind the other.
    let private mapped (node: NodeScope) (element: Element) (keys: float[]) (values: float[]) (fallback: float) =
        let x = node.Input 0

        let number (value: float) =
            node.Constant(Elements.ofFloat64s element [||] [| value |])

        let isKey (key: float) =
            if System.Double.IsNaN key then
                Formula.isMissing node x
            else
                Formula.binary Binary.Equal node x (node.Scalar(x, key))

        let start =
            node.Add(Op.Expand, [ number fallback; node.Add(Op.Shape(0, None), [ x ]) ])

        // The first of equal keys counts, as it is asked last.
        Array.foldBack2 (fun key value result -> Formula.choose node (isKey key) (number value) result) keys values start

    /// Numbers for numbers. Texts as values become their index among the values (`Import` warns of them); others than those of the keys get their count.
    let private labelEncoder (node: NodeScope) =
        match table node "keys" with
        | None -> node.RefuseAttribute("keys that are texts", "numbers as keys")
        | Some(_, keys) ->
            let element, values, fallback =
                match table node "values", node.Texts("values_strings") with
                | Some(Element.Float32, values), _ -> Element.Float32, values, float (node.Float("default_float", -0.0f))
                | Some(element, values), _ -> element, values, float (node.Int("default_int64", -1))
                | None, [||] -> node.RefuseAttribute("no values", "a value for each key")
                | None, names ->
                    let distinct = Array.distinct names

                    let places =
                        names |> Array.map (fun name -> float (Array.findIndex ((=) name) distinct))

                    Element.Int64, places, float distinct.Length

            let fallback =
                match Onnx.Attributes.tryTensor "default_tensor" node.Node with
                | Some { Value = Ok tensor } when tensor.Count = 1 -> (Tensor.toFloat64s tensor)[0]
                | _ -> fallback

            if keys.Length <> values.Length then
                node.RefuseAttribute($"{values.Length} values for {keys.Length} keys", "a value for each key")

            [| mapped node element keys values fallback |]

    /// Integers to texts, which become their index among the categories (`Import` warns of them).
    let private categoryMapper (node: NodeScope) =
        let keys = node.Int64s("cats_int64s")

        if keys.Length <> (node.Texts("cats_strings")).Length || keys.Length = 0 then
            node.RefuseAttribute($"{keys.Length} integers for as many texts", "one integer per text")

        [|
            mapped node Element.Int64 (Array.map float keys) (Array.init keys.Length float) (float keys.Length)
        |]

    /// All features side by side, as float32.
    let private featureVectorizer (node: NodeScope) =
        let parts = node.Inputs |> List.map (Formula.cast Element.Float32 node)
        let widths = node.Int64s("inputdimensions")

        if widths.Length > 0 && widths.Length <> parts.Length then
            node.RefuseAttribute($"{widths.Length} inputdimensions for {parts.Length} inputs", "one per input")

        widths
        |> Array.iteri (fun at width ->
            let found = Formula.size node 1 parts[at]

            if int64 found <> width then
                node.RefuseAttribute($"inputdimensions {width} for an input of {found} features", "the number of features"))

        [| Formula.concat node 1 parts |]

    /// Scores stay a tensor, a column per label: the map of labels to scores is the reader's.
    let private zipMap (node: NodeScope) =
        let labels =
            if node.Has "classlabels_strings" then
                (node.Texts "classlabels_strings").Length
            else
                (node.Int64s "classlabels_int64s").Length

        let scores = node.Input 0
        let columns = Formula.size node (node.Rank scores - 1) scores

        if labels <> columns then
            node.RefuseAttribute($"{labels} labels for {columns} scores", "one label per score")

        [| scores |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list =
        [
            "ArrayFeatureExtractor", arrayFeatureExtractor
            "Binarizer", binarizer
            "CategoryMapper", categoryMapper
            "FeatureVectorizer", featureVectorizer
            "Imputer", imputer
            "LabelEncoder", labelEncoder
            "Normalizer", normalizer
            "OneHotEncoder", oneHotEncoder
            "ZipMap", zipMap
        ]
