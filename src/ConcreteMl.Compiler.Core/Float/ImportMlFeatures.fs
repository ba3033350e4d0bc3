namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// What trainers put before and behind a model (domain ai.onnx.ml): scaling of rows, missing values, categories, features.
[<RequireQualifiedAccess>]
module ImportMlFeatures =

    let private floats (node: NodeScope) name =
        Onnx.Attributes.tryFloats name node.Node |> Option.defaultValue [||]

    let private ints (node: NodeScope) name =
        Onnx.Attributes.tryInts name node.Node |> Option.defaultValue [||]

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
                floats node "imputed_value_floats" |> Array.map float, float (node.Float("replaced_value_float", 0.0f))
            else
                ints node "imputed_value_int64s" |> Array.map float, float (node.Int("replaced_value_int64", 0))

        let width = Formula.size node (node.Rank x - 1) x

        if replacements.Length <> 1 && replacements.Length <> width then
            node.RefuseAttribute($"{replacements.Length} imputed values for {width} features", "one value, or one per feature")

        let isMissing =
            if System.Double.IsNaN missing then
                Formula.unary Unary.Not node (Formula.binary Binary.Equal node x x)
            else
                Formula.binary Binary.Equal node x (node.Scalar(x, missing))

        [|
            Formula.choose node isMissing (Formula.constant node x [| replacements.Length |] replacements) x
        |]

    /// A new last axis that holds 1 at the element's category, 0 elsewhere.
    let private oneHotEncoder (node: NodeScope) =
        let categories = ints node "cats_int64s"

        if categories.Length = 0 then
            node.RefuseAttribute("categories that are no integers", "the attribute cats_int64s")

        if not (node.Flag("zeros", true)) then
            node.RefuseAttribute("zeros = 0: unknown categories are an error", "zeros = 1: unknown categories become zeros")

        let x = node.Input 0
        let rank = node.Rank x

        let known =
            Formula.constant node x [| categories.Length |] (Array.map float categories)

        let met = Formula.binary Binary.Equal node (Formula.unsqueeze node [ rank ] x) known

        [| Formula.cast Element.Float32 node met |]

    /// Constant features at positions that the model computes: the label of a class, as scikit-learn's networks are exported.
    let private lookedUp (node: NodeScope) (features: Tensor) =
        let positions = node.Input 1 |> Formula.cast Element.Int64 node
        let count = Formula.size node (node.Rank positions - 1) positions
        let flat = Formula.reshape node [ count ] positions
        let table = node.Constant(features.Reshape [| features.Count |])

        [| node.Add(Op.Gather 0, [ table; flat ]) |> Formula.unsqueeze node [ 0 ] |]

    /// The features at constant positions of the last axis.
    let private taken (node: NodeScope) =
        let x = node.Input 0

        let positions =
            node.ConstantValue(1, "the positions of the features") |> Elements.integers

        let rank = node.Rank x
        let width = Formula.size node (rank - 1) x

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

    let private arrayFeatureExtractor (node: NodeScope) =
        match node.TryValue(node.Input 0), node.TryValue(node.Input 1) with
        | Some features, None when features.Rank > 0 && features.Count = features.Shape[features.Rank - 1] -> lookedUp node features
        | _ -> taken node

    /// All features side by side, as float32.
    let private featureVectorizer (node: NodeScope) =
        let parts = node.Inputs |> List.map (Formula.cast Element.Float32 node)
        let widths = ints node "inputdimensions"

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
            match Onnx.Attributes.tryFind "classlabels_strings" node.Node with
            | Some(Onnx.Attribute.Texts texts) -> texts.Length
            | _ -> (ints node "classlabels_int64s").Length

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
            "FeatureVectorizer", featureVectorizer
            "Imputer", imputer
            "Normalizer", normalizer
            "OneHotEncoder", oneHotEncoder
            "ZipMap", zipMap
        ]
