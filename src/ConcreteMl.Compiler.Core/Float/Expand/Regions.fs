namespace ConcreteMl.Compiler.Core.Float

open System
open ConcreteMl.Compiler.Core.Base

/// Operators that read between the pixels of an image at places that are constant: sums with constant weights.
[<RequireQualifiedAccess>]
module Regions =

    /// The four pixels around a place and their weights; pixels outside are left out.
    let private around (height: int, width: int) (y: float) (x: float) : (int * float) list =
        let top, left = floor y, floor x

        [
            for row, ofRow in [ int top, 1.0 - (y - top); int top + 1, y - top ] do
                for column, ofColumn in [ int left, 1.0 - (x - left); int left + 1, x - left ] do
                    if row >= 0 && row < height && column >= 0 && column < width then
                        row * width + column, ofRow * ofColumn
        ]

    /// As `around`, where a place up to one pixel outside counts as the border and one further out has no pixels.
    let private bordered (height: int, width: int) (y: float) (x: float) : (int * float) list =
        if y < -1.0 || y > float height || x < -1.0 || x > float width then
            []
        else
            around (height, width) (Math.Clamp(y, 0.0, float (height - 1))) (Math.Clamp(x, 0.0, float (width - 1)))

    /// Where one axis of a region is sampled, for each of its `bins`: ONNX samples as many evenly spaced places a bin as it is pixels wide.
    let private places bins sampling start length : float[][] =
        let size = length / float bins

        let count = if sampling > 0 then sampling else max 1 (int (ceil size))

        Array.init bins (fun bin -> Array.init count (fun at -> start + float bin * size + (float at + 0.5) * size / float count))

    /// The pixels and weights of every sample of every bin of a region (x1, y1, x2, y2), bins row by row.
    let private samples (node: NodeScope) (image: int * int) (region: float[]) : (int * float) list[][] =
        let isAligned =
            node.Opset >= 16
            && node.Text("coordinate_transformation_mode", "half_pixel") = "half_pixel"

        let offset = if isAligned then 0.5 else 0.0
        let scale = float (node.Float("spatial_scale", 1.0f))
        let sampling = node.Int("sampling_ratio", 0)

        let axis (low: float) (high: float) (name: string) =
            let start = low * scale - offset
            let length = high * scale - offset - start
            places (node.Int(name, 1)) sampling start (if isAligned then length else max 1.0 length)

        let rows, columns =
            axis region[1] region[3] "output_height", axis region[0] region[2] "output_width"

        [|
            for ys in rows do
                for xs in columns ->
                    [|
                        for y in ys do
                            for x in xs -> bordered image y x
                    |]
        |]

    /// Means over the samples of each bin: [regions][pixels x bins].
    let private means pixels (samples: (int * float) list[][]) : float[] =
        let matrix = Array.zeroCreate (pixels * samples.Length)

        samples
        |> Array.iteri (fun bin places ->
            for place in places do
                for pixel, weight in place do
                    let at = pixel * samples.Length + bin
                    matrix[at] <- matrix[at] + weight / float places.Length)

        matrix

    /// Every weighed pixel by itself, `most` of them a bin (the first again where there are fewer): [regions][pixels x bins·most].
    let private terms pixels most (samples: (int * float) list[][]) : float[] =
        let matrix = Array.zeroCreate (pixels * samples.Length * most)

        samples
        |> Array.iteri (fun bin places ->
            let found = List.concat places

            for at in 0 .. most - 1 do
                match List.tryItem at found |> Option.orElse (List.tryHead found) with
                | Some(pixel, weight) -> matrix[pixel * samples.Length * most + bin * most + at] <- weight
                | None -> ())

        matrix

    let private roiAlign (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x

        let regions =
            Tensor.toFloat64s (node.ConstantValue(1, "the regions")) |> Array.chunkBySize 4

        let images = node.ConstantValue(2, "the regions' images") |> Elements.integers
        let pixels = shape[2] * shape[3]

        if shape.Length <> 4 || images.Length <> regions.Length then
            node.RefuseAttribute($"{images.Length} images for {regions.Length} regions of {Shape.print shape}", "an image for each region")

        let samples = regions |> Array.map (samples node (shape[2], shape[3]))
        let bins = samples[0].Length

        let rows =
            Formula.pick node 0 images x
            |> Formula.reshape node [ regions.Length; shape[1]; pixels ]

        let times columns matrices =
            Formula.constant node x [| regions.Length; pixels; columns |] (Array.concat matrices)
            |> Formula.matMul node rows

        let found =
            match node.Text("mode", "avg") with
            | "avg" -> times bins (samples |> Array.map (means pixels))
            | "max" ->
                let most =
                    samples
                    |> Array.collect (Array.map (Array.sumBy List.length))
                    |> Array.max
                    |> max 1

                times (bins * most) (samples |> Array.map (terms pixels most))
                |> Formula.reshape node [ regions.Length; shape[1]; bins; most ]
                |> Formula.halves node (Formula.binary Binary.Max node) 3
            | other -> node.RefuseAttribute($"mode = {other}", "avg or max")

        [|
            Formula.reshape
                node
                [
                    regions.Length
                    shape[1]
                    node.Int("output_height", 1)
                    node.Int("output_width", 1)
                ]
                found
        |]

    /// Where the cells of a kernel read for every place of the result, moved by offsets and weighed by a mask: pixels x cells·places.
    let private moved (window: Window) (image: int[]) (result: int[]) (offset: int -> int -> float) (mask: int -> float) : float[] =
        let cells, places = Shape.count window.Kernel, Shape.count result
        let matrix = Array.zeroCreate (image[0] * image[1] * cells * places)

        for cell in 0 .. cells - 1 do
            for place in 0 .. places - 1 do
                let at axis =
                    let own = if axis = 0 then place / result[1] else place % result[1]

                    let tap =
                        if axis = 0 then
                            cell / window.Kernel[1]
                        else
                            cell % window.Kernel[1]

                    float (own * window.Strides[axis] - window.Pads[axis] + tap * window.Dilations[axis])
                    + offset (2 * cell + axis) place

                for pixel, weight in around (image[0], image[1]) (at 0) (at 1) do
                    let position = pixel * cells * places + cell * places + place

                    matrix[position] <- matrix[position] + weight * mask (cell * places + place)

        matrix

    /// A convolution whose cells read at constant offsets from their places.
    let private deformConv (node: NodeScope) =
        let x, weights = node.Input 0, node.Input 1
        let shape, kernel = node.Shape x, node.Shape weights

        if shape.Length <> 4 || shape[0] <> 1 then
            node.RefuseAttribute($"images of {Shape.print shape}", "one image of two spatial axes")

        let offsets = node.ConstantValue(2, "the offsets")
        let mask = node.TryConstantValue(4, "the mask") |> Option.map Tensor.toFloat64s
        let values, result = Tensor.toFloat64s offsets, offsets.Shape[2..]
        let window = Windows.resolve (ImportPool.weightWindow node weights) shape[2..]
        let cells, places = Shape.count kernel[2..], Shape.count result
        let parts, groups = node.Int("offset_group", 1), node.Int("group", 1)
        let channels, pixels = shape[1] / parts, shape[2] * shape[3]

        // Channels x cells·places, part by part: each has offsets of its own.
        let read part =
            let offset at place =
                values[(part * 2 * cells + at) * places + place]

            let weight at =
                mask
                |> Option.map (fun mask -> mask[part * cells * places + at])
                |> Option.defaultValue 1.0

            let matrix = moved window shape[2..] result offset weight

            Formula.slice node 1 (part * channels) ((part + 1) * channels) x
            |> Formula.reshape node [ channels; pixels ]
            |> fun rows -> Formula.matMul node rows (Formula.constant node x [| pixels; cells * places |] matrix)

        let columns =
            Formula.concat node 0 [ for part in 0 .. parts - 1 -> read part ]
            |> Formula.reshape node [ groups; shape[1] / groups * cells; places ]

        let product =
            Formula.reshape node [ groups; kernel[0] / groups; kernel[1] * cells ] weights
            |> fun rows -> Formula.matMul node rows columns
            |> Formula.reshape node [ 1; kernel[0]; result[0]; result[1] ]

        match node.TryInput 3 with
        | Some bias ->
            [|
                Formula.add node product (Formula.reshape node [ 1; kernel[0]; 1; 1 ] bias)
            |]
        | None -> [| product |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [ "DeformConv", deformConv; "RoiAlign", roiAlign ]
