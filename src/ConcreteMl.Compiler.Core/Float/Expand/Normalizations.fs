namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Normalizations by statistics of the sample itself, written out as ONNX defines them.
[<RequireQualifiedAccess>]
module Normalizations =

    /// The statistics of 16-bit floats are computed in 32 bits unless stash_type says otherwise.
    let private stashed (node: NodeScope) (attribute: string) x =
        match (node.Type x).Element, node.Int(attribute, 1) with
        | (Element.Float16 | Element.BFloat16), 1 -> Formula.cast Element.Float32 node x
        | _ -> x

    /// x less its mean over axes, and 1 / √(variance + ε); also the mean.
    let private standardized (node: NodeScope) axes (epsilon: float32) x =
        let mean = Formula.mean node axes x
        let centred = Formula.sub node x mean
        let variance = Formula.mean node axes (Formula.square node centred)

        let deviation =
            Formula.plus node variance (float epsilon) |> Formula.unary Unary.Sqrt node

        centred, deviation, mean

    let private affine (node: NodeScope) (scale: ValueId option) (bias: ValueId option) x =
        let scaled =
            match scale with
            | Some scale -> Formula.mul node x scale
            | None -> x

        match bias with
        | Some bias -> Formula.add node scaled bias
        | None -> scaled

    let private layerAxes (node: NodeScope) x =
        let rank = node.Rank x
        [| node.Axis(rank, node.Int("axis", -1)) .. rank - 1 |]

    /// Standardized over the axes from `axis` on, times scale, plus bias; mean and 1 / deviation where they are asked for.
    let private layer (node: NodeScope) (source: ValueId) (scale: ValueId option) (bias: ValueId option) : ValueId[] =
        let element = (node.Type source).Element
        let x = stashed node "stash_type" source

        let centred, deviation, mean =
            standardized node (layerAxes node x) (node.Float("epsilon", 1e-5f)) x

        let result =
            Formula.div node centred deviation
            |> Formula.cast element node
            |> affine node scale bias

        if node.Node.Outputs.Length > 1 then
            [| result; mean; Formula.unary Unary.Reciprocal node deviation |]
        else
            [| result |]

    let private layerNormalization (node: NodeScope) =
        layer node (node.Input 0) (Some(node.Input 1)) (node.TryInput 2)

    /// x / √(mean of squares + ε) · scale.
    let private rootMeanSquare (node: NodeScope) source (scale: ValueId option) =
        let element = (node.Type source).Element
        let x = stashed node "stash_type" source

        let deviation =
            Formula.plus node (Formula.mean node (layerAxes node x) (Formula.square node x)) (float (node.Float("epsilon", 1e-5f)))
            |> Formula.unary Unary.Sqrt node

        Formula.div node x deviation
        |> Formula.cast element node
        |> affine node scale None

    let private rmsNormalization (node: NodeScope) =
        [| rootMeanSquare node (node.Input 0) (Some(node.Input 1)) |]

    /// One number per channel, laid along axis 1 of a value of this rank.
    let private perChannel (node: NodeScope) rank parameter =
        if rank <= 2 then
            parameter
        else
            Formula.unsqueeze node [ 1 .. rank - 2 ] parameter

    let private instance (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x

        if rank < 3 then
            node.RefuseAttribute("an operand without spatial axes", "batch, channels and at least one spatial axis")

        let standard x =
            let centred, deviation, _ =
                standardized node [| 2 .. rank - 1 |] (node.Float("epsilon", 1e-5f)) x

            Formula.div node centred deviation

        let parameter index =
            node.TryInput index |> Option.map (perChannel node rank)

        [|
            Formula.inSingle node standard x |> affine node (parameter 1) (parameter 2)
        |]

    /// Scale and bias hold one number per group before opset 21, one per channel since.
    let private group (node: NodeScope) =
        let source = node.Input 0
        let element = (node.Type source).Element
        let x = stashed node "stash_type" source
        let shape = node.Shape x
        let groups = node.Int("num_groups", 1)

        if groups < 1 || shape.Length < 2 || shape[1] % groups <> 0 then
            node.RefuseAttribute($"{groups} groups of {Shape.print shape}", "groups that divide the channels")

        let rows = [ shape[0]; groups; Shape.count shape / max 1 (shape[0] * groups) ]

        let centred, deviation, _ =
            Formula.reshape node rows x
            |> standardized node [| 2 |] (node.Float("epsilon", 1e-5f))

        let parameter index =
            let own = node.Input index

            let each =
                if (node.Shape own) = [| groups |] && groups <> shape[1] then
                    Formula.pick node 0 [ for channel in 0 .. shape[1] - 1 -> channel / (shape[1] / groups) ] own
                else
                    own

            Some(perChannel node shape.Length each)

        [|
            Formula.div node centred deviation
            |> Formula.reshape node shape
            |> Formula.cast element node
            |> affine node (parameter 1) (parameter 2)
        |]

    /// (x − mean) / (√(mean of squares − square of mean) + 1e-9), as the operator's function body says.
    let private meanVariance (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x

        let axes =
            node.TryInts "axes"
            |> Option.defaultValue [| 0; 2; 3 |]
            |> Array.map (fun axis -> node.Axis(rank, axis))

        let standard x =
            let mean = Formula.mean node axes x
            let centred = Formula.sub node x mean
            let variance = Formula.mean node axes (Formula.square node centred)
            let deviation = Formula.plus node (Formula.unary Unary.Sqrt node variance) 1e-9
            Formula.div node centred deviation

        [| Formula.inSingle node standard x |]

    /// x over its 1- or 2-norm along an axis; a row of zeros stays zero.
    let private lpNormalization (node: NodeScope) =
        let x = node.Input 0
        let axis = node.Axis(node.Rank x, node.Int("axis", -1))

        let norm x =
            match node.Int("p", 2) with
            | 1 -> Formula.unary Unary.Abs node x |> Formula.sum node true [ axis ]
            | 2 ->
                Formula.square node x
                |> Formula.sum node true [ axis ]
                |> Formula.unary Unary.Sqrt node
            | other -> node.RefuseAttribute($"p = {other}", "1 or 2")

        let standard x =
            let norm = norm x
            // what has no length stays 0, in every element type
            let isZero = Formula.binary Binary.Equal node norm (node.Scalar(norm, 0.0))
            Formula.div node x (Formula.choose node isZero (node.Scalar(norm, 1.0)) norm)

        [| Formula.inSingle node standard x |]

    /// x / (bias + α / size · Σ x² over neighbouring channels)^β.
    let private localResponse (node: NodeScope) =
        let x = node.Input 0
        let channels = Formula.size node 1 x
        let size = node.Int("size", 1)

        if size < 1 then
            node.RefuseAttribute($"size = {size}", "a size of at least 1")

        let near channel other =
            other >= channel - (size - 1) / 2 && other <= channel + size / 2

        let band =
            Array2D.init channels channels (fun row column -> if near row column then 1.0 else 0.0)

        let normalized x =
            let sums = Formula.square node x |> Formula.mixAxis node 1 band
            let alpha = float (node.Float("alpha", 1e-4f)) / float size

            let divisor =
                Formula.plus node (Formula.times node sums alpha) (float (node.Float("bias", 1.0f)))

            Formula.div node x (Formula.power node divisor (float (node.Float("beta", 0.75f))))

        [| Formula.inSingle node normalized x |]

    /// LayerNormalization of input + skip + bias (com.microsoft); the sum is the fourth output.
    let private skipLayer (simplified: bool) (node: NodeScope) =
        let beta, bias =
            if simplified then
                None, node.TryInput 3
            else
                node.TryInput 3, node.TryInput 4

        let sum =
            match bias with
            | Some bias -> Formula.add node (Formula.add node (node.Input 0) (node.Input 1)) bias
            | None -> Formula.add node (node.Input 0) (node.Input 1)

        let result =
            if simplified then
                rootMeanSquare node sum (Some(node.Input 2))
            else
                (layer node sum (Some(node.Input 2)) beta)[0]

        // Mean and deviation (outputs 1 and 2) serve training alone.
        [| result; result; result; sum |] |> Array.truncate node.Node.Outputs.Length

    /// Rows of the tables of words, positions and (where there are any) segments, added up and normalized (com.microsoft). The second
    /// output is the number of positions of each sample that its mask keeps; the third is the sum.
    let private embedLayer (node: NodeScope) =
        let ids = node.Input 0
        let length = Formula.size node 1 ids

        let rows table indices =
            node.Add(Op.Gather 0, [ node.Input table; indices ])

        let positions =
            match node.TryInput 8 with
            | Some given -> rows 3 given
            | None -> rows 3 (node.Integers [ 0 .. length - 1 ]) |> Formula.unsqueeze node [ 0 ]

        let words = Formula.add node (rows 2 ids) positions

        let sum =
            match node.TryInput 1, node.TryInput 4 with
            | Some segments, Some _ -> Formula.add node words (rows 4 segments)
            | _ -> words

        let kept =
            match node.TryInput 7 with
            | Some mask -> Formula.sum node false [ 1 ] mask
            | None ->
                let counted = Formula.times node (Formula.cast Element.Int32 node ids) 0.0
                Formula.sum node false [ 1 ] counted

        let result = (layer node sum (Some(node.Input 5)) (Some(node.Input 6)))[0]
        [| result; kept; sum |] |> Array.truncate node.Node.Outputs.Length

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [
            "GroupNormalization", group
            "InstanceNormalization", instance
            "LRN", localResponse
            "LayerNormalization", layerNormalization
            "LpNormalization", lpNormalization
            "MeanVarianceNormalization", meanVariance
            "RMSNormalization", rmsNormalization
            "SimplifiedLayerNormalization", rmsNormalization
        ]

    /// Those of ONNX Runtime (domain com.microsoft).
    let microsoft: (string * Importer) list =
        [
            "EmbedLayerNormalization", embedLayer
            "SimplifiedLayerNormalization", rmsNormalization
            "SkipLayerNormalization", skipLayer false
            "SkipSimplifiedLayerNormalization", skipLayer true
        ]
