namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Linear models of the domain ai.onnx.ml.
[<RequireQualifiedAccess>]
module ImportMl =

    let private single (node: NodeScope) (x: ValueId) =
        if (node.Type x).Element = Element.Float32 then
            x
        else
            node.Add(Op.Unary(Unary.Cast Element.Float32), [ x ])

    /// The integer labels of a classifier; texts count from 0 (`Import` warns of them).
    let labels (node: NodeScope) (attribute: string) : int64[] =
        match Onnx.Attributes.tryInts attribute node.Node, Onnx.Attributes.tryFind "classlabels_strings" node.Node with
        | Some labels, _ when labels.Length > 1 -> labels
        | _, Some(Onnx.Attribute.Texts texts) when texts.Length > 1 -> Array.init texts.Length int64
        | _ -> node.RefuseAttribute("fewer than two labels", "two or more labels, integers or texts")

    /// The label of the largest score.
    let labelOf (node: NodeScope) (labels: int64[]) (scores: ValueId) : ValueId =
        let index = node.Add(Op.ArgMax(1, false, false), [ scores ])

        if labels = Array.init labels.Length int64 then
            index
        else
            node.Add(Op.Gather 0, [ node.Constant(Tensor.ofInt64 [| labels.Length |] labels); index ])

    /// The label of two that a condition [N, 1] names: the second where it holds.
    let labelOfTwo (node: NodeScope) (labels: int64[]) (isSecond: ValueId) : ValueId =
        let label index =
            node.Constant(Tensor.ofInt64 [||] [| labels[index] |])

        let chosen = node.Add(Op.Where, [ isSecond; label 1; label 0 ])
        node.Add(Op.Squeeze, [ chosen; node.Integers [ 1 ] ])

    /// x · coefficientsᵀ + intercepts, one row of coefficients per output.
    let private linear (node: NodeScope) (outputs: int) =
        let x = single node (node.Input 0)
        let coefficients = node.Float32s("coefficients")

        if outputs < 1 || coefficients.Length % outputs <> 0 then
            node.RefuseAttribute($"{coefficients.Length} coefficients for {outputs} outputs", "one row of coefficients per output")

        let weights =
            node.Constant(Tensor.ofFloat32 [| outputs; coefficients.Length / outputs |] coefficients)

        let bias =
            match node.Float32s("intercepts") with
            | [||] -> []
            | values when values.Length = outputs -> [ node.Constant(Tensor.ofFloat32 [| outputs |] values) ]
            | values -> node.RefuseAttribute($"{values.Length} intercepts for {outputs} outputs", "none, or one per output")

        node.Add(Op.Gemm(1.0f, 1.0f, false, true), [ x; weights ] @ bias)

    let private linearRegressor (node: NodeScope) =
        let targets = node.Int("targets", 1)
        [| linear node targets |> PostTransforms.ofRegression node targets |]

    /// One score for two classes is that of the second; it is a probability already, by ONNX Runtime's reading.
    let private linearClassifier (node: NodeScope) =
        let labels = labels node "classlabels_ints"

        match (node.Float32s("intercepts")).Length with
        | 1 when labels.Length = 2 ->
            let score = linear node 1
            let isSecond = Formula.binary Binary.Greater node score (node.Scalar(score, 0.0))
            [| labelOfTwo node labels isSecond; PostTransforms.ofTwo node true score |]
        | rows when rows = 0 || rows = labels.Length ->
            let scores = linear node labels.Length
            [| labelOf node labels scores; PostTransforms.apply node scores |]
        | rows ->
            node.RefuseAttribute($"{rows} intercepts for {labels.Length} labels", "one row of coefficients and one intercept per class")

    /// (x − offset) · scale.
    let private scaler (node: NodeScope) =
        let parameter name =
            let values = node.Float32s(name)
            node.Constant(Tensor.ofFloat32 [| values.Length |] values)

        let x = single node (node.Input 0)

        let centred =
            if node.Has "offset" then
                node.Add(Op.Binary Binary.Sub, [ x; parameter "offset" ])
            else
                x

        if node.Has "scale" then
            [| node.Add(Op.Binary Binary.Mul, [ centred; parameter "scale" ]) |]
        else
            [| centred |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list =
        [
            "LinearClassifier", linearClassifier
            "LinearRegressor", linearRegressor
            "Scaler", scaler
        ]
