namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Resize and Upsample, one axis at a time.
[<RequireQualifiedAccess>]
module Resizing =

    let private interpolation (node: NodeScope) =
        match node.Text("mode", "nearest") with
        | "nearest" when node.Opset < 11 -> Interpolation.Nearest "floor"
        | "nearest" ->
            match node.Text("nearest_mode", "round_prefer_floor") with
            | "round_prefer_floor"
            | "round_prefer_ceil"
            | "floor"
            | "ceil" as mode -> Interpolation.Nearest mode
            | other -> node.RefuseAttribute($"nearest_mode = {other}", "round_prefer_floor, round_prefer_ceil, floor or ceil")
        | "linear"
        | "bilinear" -> Interpolation.Linear
        | "cubic" -> Interpolation.Cubic(float (node.Float("cubic_coeff_a", -0.75f)))
        | other -> node.RefuseAttribute($"mode = {other}", "nearest, linear or cubic")

    /// The coordinate mode of axis `position` of `count` resized ones; the region of interest lists all begins, then all ends.
    let private coordinates (node: NodeScope) (roi: float[]) position count =
        match
            (if node.Opset < 11 then
                 "asymmetric"
             else
                 node.Text("coordinate_transformation_mode", "half_pixel"))
        with
        | "half_pixel" -> Coordinates.HalfPixel
        | "pytorch_half_pixel" -> Coordinates.PytorchHalfPixel
        | "half_pixel_symmetric" -> Coordinates.HalfPixelSymmetric
        | "align_corners" -> Coordinates.AlignCorners
        | "asymmetric" -> Coordinates.Asymmetric
        | "tf_half_pixel_for_nn" -> Coordinates.TfHalfPixelForNearest
        | "tf_crop_and_resize" when roi.Length = 2 * count -> Coordinates.Crop(roi[position], roi[count + position])
        | "tf_crop_and_resize" -> node.RefuseAttribute($"a region of {roi.Length} numbers", $"{2 * count} numbers, begins then ends")
        | other -> node.RefuseAttribute($"coordinate_transformation_mode = {other}", "a mode that ONNX defines")

    /// Scales and sizes after what keep_aspect_ratio_policy says.
    let private fitted (node: NodeScope) (lengths: int[]) (sizes: int[]) =
        let ratios = Array.map2 (fun size length -> float size / float length) sizes lengths

        let uniform ratio =
            Array.map (fun _ -> ratio) lengths, lengths |> Array.map (fun length -> int (floor (ratio * float length + 0.5)))

        match node.Text("keep_aspect_ratio_policy", "stretch") with
        | "stretch" -> ratios, sizes
        | "not_larger" -> uniform (Array.min ratios)
        | "not_smaller" -> uniform (Array.max ratios)
        | other -> node.RefuseAttribute($"keep_aspect_ratio_policy = {other}", "stretch, not_larger or not_smaller")

    /// Cells that a crop takes from outside the operand hold the extrapolation value.
    let private extrapolated (node: NodeScope) (axes: (int * ResampledAxis)[]) x =
        let shape = node.Shape x
        let rank = shape.Length

        let outside =
            [
                for axis, resampled in axes do
                    let flags = Array.init resampled.Output (Resampling.isOutside resampled)

                    if Array.contains true flags then
                        let along = Array.init rank (fun at -> if at = axis then resampled.Output else 1)
                        node.Constant(Tensor.ofBool along flags)
            ]

        match outside with
        | [] -> x
        | masks ->
            let any = masks |> List.reduce (Formula.binary Binary.Or node)
            Formula.choose node any (node.Scalar(x, float (node.Float("extrapolation_value", 0.0f)))) x

    let private floats (node: NodeScope) index role =
        node.TryConstantValue(index, role)
        |> Option.filter (fun tensor -> tensor.Count > 0)
        |> Option.map Tensor.toFloat64s

    /// Scales of some axes (all when there is no attribute axes), or sizes instead.
    let private resized (node: NodeScope) (scales: float[] option) (sizes: int[] option) (roi: float[]) =
        let x = node.Input 0
        let rank = node.Rank x

        let axes =
            node.TryInts "axes"
            |> Option.map (Array.map (fun axis -> node.Axis(rank, axis)))
            |> Option.defaultValue [| 0 .. rank - 1 |]

        let lengths = axes |> Array.map (fun axis -> Formula.size node axis x)

        let scales, sizes =
            match scales, sizes with
            | Some scales, None when scales.Length = axes.Length ->
                scales, Array.map2 (fun (scale: float) length -> int (floor (scale * float length))) scales lengths
            | None, Some sizes when sizes.Length = axes.Length -> fitted node lengths sizes
            | _ -> node.RefuseAttribute($"scales or sizes that do not fit {axes.Length} axes", "one scale, or one size, for each axis")

        if sizes |> Array.exists (fun size -> size < 1) then
            node.RefuseAttribute("a result without cells", "sizes of at least 1")

        let interpolation = interpolation node

        let resampled =
            axes
            |> Array.mapi (fun position axis ->
                axis,
                {
                    Input = lengths[position]
                    Output = sizes[position]
                    Scale = scales[position]
                    Coordinates = coordinates node roi position axes.Length
                    Interpolation = interpolation
                    Antialias = node.Flag("antialias", false)
                    ExcludeOutside = node.Flag("exclude_outside", false)
                })

        let changed =
            resampled
            |> Array.filter (fun (_, axis) -> axis.Scale <> 1.0 || axis.Output <> axis.Input || axis.Coordinates.IsCrop)

        // Interpolated integers are computed in floats, and rounded as the last step.
        let element = (node.Type x).Element

        let source =
            if Element.isFloat element || interpolation.IsNearest then
                x
            else
                Formula.cast Element.Float32 node x

        let result =
            changed
            |> Array.fold (fun x (axis, resampled) -> Resampling.along node axis resampled x) source
            |> extrapolated node changed

        if (node.Type result).Element = element then
            [| result |]
        else
            [| Formula.unary Unary.Round node result |> Formula.cast element node |]

    let private resize (node: NodeScope) =
        if node.Opset < 11 then
            resized node (floats node 1 "scales") None [||]
        else
            let sizes = floats node 3 "sizes" |> Option.map (Array.map int)
            resized node (floats node 2 "scales") sizes (floats node 1 "roi" |> Option.defaultValue [||])

    /// Scales were attributes before opset 9.
    let private upsample (node: NodeScope) =
        let scales =
            if node.Opset >= 9 then
                floats node 1 "scales"
            elif node.Opset >= 7 then
                Onnx.Attributes.tryFloats "scales" node.Node |> Option.map (Array.map float)
            else
                Some
                    [|
                        1.0
                        1.0
                        float (node.Float("height_scale", 1.0f))
                        float (node.Float("width_scale", 1.0f))
                    |]

        resized node scales None [||]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "Resize", resize; "Upsample", upsample ]
