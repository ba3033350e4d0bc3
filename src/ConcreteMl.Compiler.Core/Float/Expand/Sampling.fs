namespace ConcreteMl.Compiler.Core.Float

open System
open ConcreteMl.Compiler.Core.Base

/// Operators that read pixels where a constant grid says, or lay patches over one another: sums with constant weights.
[<RequireQualifiedAccess>]
module Sampling =

    /// Base grids of AffineGrid: the points of an image in [−1, 1], with theta applied (constant).
    let private affineGrid (node: NodeScope) =
        let theta = node.ConstantValue(0, "theta")
        let size = Elements.integers (node.ConstantValue(1, "size"))
        let aligned = node.Flag("align_corners", false)
        let values = Tensor.toFloat64s theta
        let batch, spatial = size[0], size[2..]
        let rank = spatial.Length

        let coordinate axis at =
            let length = float spatial[axis]

            if aligned then
                (if spatial[axis] = 1 then
                     0.0
                 else
                     2.0 * float at / (length - 1.0) - 1.0)
            else
                (2.0 * float at + 1.0) / length - 1.0

        let strides = Shape.strides spatial
        let points = Shape.count spatial

        let result =
            [|
                for sample in 0 .. batch - 1 do
                    for point in 0 .. points - 1 do
                        // x first: the last axis of the image.
                        let place =
                            Array.init rank (fun at -> let axis = rank - 1 - at in coordinate axis (point / strides[axis] % spatial[axis]))

                        for row in 0 .. rank - 1 do
                            let entry column =
                                values[(sample * rank + row) * (rank + 1) + column]

                            entry rank
                            + Array.sum (Array.init rank (fun column -> entry column * place[column]))
            |]

        [|
            node.Constant(Elements.ofFloat64s theta.Element (Array.concat [ [| batch |]; spatial; [| rank |] ]) result)
        |]

    /// A coordinate in [−1, 1] in cells of an axis.
    let private cells aligned length (value: float) =
        if aligned then
            (value + 1.0) / 2.0 * float (length - 1)
        else
            ((value + 1.0) * float length - 1.0) / 2.0

    /// A coordinate brought back between two borders by turning at them.
    let private reflected (low: float) (high: float) (x: float) =
        let span = high - low

        if span <= 0.0 then
            0.0
        else
            let away = abs (x - low) % (2.0 * span)
            low + min away (2.0 * span - away)

    /// How coordinates outside the image are read; None for a cell that counts as zero.
    let private inside (mode: string) aligned length (cell: int) : int option =
        match mode with
        | "border" -> Some(Math.Clamp(cell, 0, length - 1))
        | "reflection" ->
            let low, high =
                if aligned then
                    0.0, float (length - 1)
                else
                    -0.5, float length - 0.5

            Some(Math.Clamp(int (round (reflected low high (float cell))), 0, length - 1))
        | _ -> if cell < 0 || cell >= length then None else Some cell

    let private taps (node: NodeScope) (mode: string) (place: float) : (int * float) list =
        let below = int (floor place)

        match mode with
        | "nearest" -> [ int (Math.Round(place, MidpointRounding.ToEven)), 1.0 ]
        | "linear"
        | "bilinear" -> [ below, 1.0 - (place - float below); below + 1, place - float below ]
        | "cubic"
        | "bicubic" ->
            [
                for step in -1 .. 2 -> below + step, Resampling.cubic -0.75 (float (below + step) - place)
            ]
        | other -> node.RefuseAttribute($"mode = {other}", "linear, nearest or cubic")

    /// One row of weights a point of the grid.
    let private weights (node: NodeScope) (spatial: int[]) (point: float[]) : (int * float) list =
        let aligned = node.Flag("align_corners", false)
        let padding = node.Text("padding_mode", "zeros")
        let mode = node.Text("mode", (if node.Opset >= 20 then "linear" else "bilinear"))
        let strides = Shape.strides spatial
        let rank = spatial.Length

        [ 0 .. rank - 1 ]
        |> List.fold
            (fun taken axis ->
                let length = spatial[axis]
                let raw = cells aligned length point[rank - 1 - axis]

                let place =
                    match padding with
                    | "border" -> Math.Clamp(raw, 0.0, float (length - 1))
                    | "reflection" when aligned -> reflected 0.0 (float (length - 1)) raw
                    | "reflection" -> reflected -0.5 (float length - 0.5) raw
                    | _ -> raw

                [
                    for position, weight in taken do
                        for cell, own in taps node mode place do
                            match inside padding aligned length cell with
                            | Some cell -> position + cell * strides[axis], weight * own
                            | None -> ()
                ])
            [ 0, 1.0 ]

    /// Rows (samples x channels) of flattened pixels times a matrix of weights for each sample.
    let private mixed (node: NodeScope) (shape: int[]) (result: int[]) (matrices: float[][]) x =
        let batch, channels = shape[0], shape[1]
        let pixels, points = Shape.count shape[2..], Shape.count result
        let rows = Formula.reshape node [ batch; channels; pixels ] x

        Formula.constant node x [| batch; pixels; points |] (Array.concat matrices)
        |> Formula.matMul node rows
        |> Formula.reshape node (Array.concat [ [| batch; channels |]; result ])

    let private gridSample (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let grid = node.ConstantValue(1, "the grid")
        let values = Tensor.toFloat64s grid
        let spatial, result = shape[2..], grid.Shape[1 .. grid.Rank - 2]
        let rank, points = spatial.Length, Shape.count grid.Shape[1 .. grid.Rank - 2]

        let matrix sample =
            let matrix = Array.zeroCreate (Shape.count spatial * points)

            for point in 0 .. points - 1 do
                let first = (sample * points + point) * rank

                for pixel, weight in weights node spatial values[first .. first + rank - 1] do
                    matrix[pixel * points + point] <- matrix[pixel * points + point] + weight

            matrix

        [| mixed node shape result (Array.init shape[0] matrix) x |]

    /// Columns of patches laid over the image they were cut from; where they overlap they add up.
    let private col2Im (node: NodeScope) =
        let x = node.Input 0
        let image = Elements.integers (node.ConstantValue(1, "image_shape"))
        let block = Elements.integers (node.ConstantValue(2, "block_shape"))
        let window = Windows.resolve (ImportPool.window node block) image
        let places = Windows.outputShape { window with CeilMode = false } image
        let shape = node.Shape x
        let patch, count = Shape.count block, Shape.count places
        let rank = image.Length

        if shape.Length <> 3 || shape[1] % patch <> 0 || shape[2] <> count then
            node.RefuseAttribute($"{Shape.print shape} as columns of patches", $"batch x channels·{patch} x {count}")

        let matrix = Array.zeroCreate (patch * count * Shape.count image)

        let strides, blockStrides, placeStrides =
            Shape.strides image, Shape.strides block, Shape.strides places

        for cell in 0 .. patch - 1 do
            for place in 0 .. count - 1 do
                let at =
                    Array.init rank (fun axis ->
                        place / placeStrides[axis] % places[axis] * window.Strides[axis]
                        + cell / blockStrides[axis] % block[axis] * window.Dilations[axis]
                        - window.Pads[axis])

                if Array.forall2 (fun position size -> position >= 0 && position < size) at image then
                    let pixel =
                        Array.fold2 (fun sum stride position -> sum + stride * position) 0 strides at

                    matrix[(cell * count + place) * Shape.count image + pixel] <- 1.0

        let channels = shape[1] / patch
        let rows = Formula.reshape node [ shape[0]; channels; patch * count ] x

        [|
            Formula.constant node x [| patch * count; Shape.count image |] matrix
            |> Formula.matMul node rows
            |> Formula.reshape node (Array.append [| shape[0]; channels |] image)
        |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [ "AffineGrid", affineGrid; "Col2Im", col2Im; "GridSample", gridSample ]
