namespace ConcreteMl.Compiler.Core.Float

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// How Resize finds the place in the operand that a cell of its result stands for.
[<RequireQualifiedAccess>]
type Coordinates =
    | HalfPixel
    | PytorchHalfPixel
    | HalfPixelSymmetric
    | AlignCorners
    | Asymmetric
    | TfHalfPixelForNearest
    /// The part of the operand between two fractions of its length.
    | Crop of First: float * Last: float

[<RequireQualifiedAccess>]
type Interpolation =
    /// By name of ONNX's nearest_mode.
    | Nearest of Rounding: string
    | Linear
    | Cubic of A: float

/// One axis of a resize.
type ResampledAxis =
    {
        /// Cells before and after.
        Input: int
        Output: int
        Scale: float
        Coordinates: Coordinates
        Interpolation: Interpolation
        Antialias: bool
        ExcludeOutside: bool
    }

/// Interpolation along one axis as a matrix; formulas of ONNX's operator Resize.
[<RequireQualifiedAccess>]
module Resampling =

    /// The place, in cells of the operand, of cell `at` of the result.
    let place (axis: ResampledAxis) (at: int) : float =
        let x, size = float at, float axis.Input
        let length = axis.Scale * size

        match axis.Coordinates with
        | Coordinates.HalfPixel -> (x + 0.5) / axis.Scale - 0.5
        | Coordinates.PytorchHalfPixel -> if length = 1.0 then 0.0 else (x + 0.5) / axis.Scale - 0.5
        | Coordinates.HalfPixelSymmetric ->
            let offset = size / 2.0 * (1.0 - float axis.Output / length)
            offset + (x + 0.5) / axis.Scale - 0.5
        | Coordinates.AlignCorners ->
            if length = 1.0 then
                0.0
            else
                x * (size - 1.0) / (length - 1.0)
        | Coordinates.Asymmetric -> x / axis.Scale
        | Coordinates.TfHalfPixelForNearest -> (x + 0.5) / axis.Scale
        | Coordinates.Crop(first, last) ->
            let inside =
                if length = 1.0 then
                    (last - first) * (size - 1.0) / 2.0
                else
                    x * (last - first) * (size - 1.0) / (length - 1.0)

            first * (size - 1.0) + inside

    /// Whether a place lies outside the operand, where a crop yields its extrapolation value.
    let isOutside (axis: ResampledAxis) at =
        match axis.Coordinates with
        | Coordinates.Crop _ ->
            let place = place axis at
            place < 0.0 || place > float (axis.Input - 1)
        | _ -> false

    /// The cubic convolution kernel of parameter a at a distance.
    let cubic (a: float) (distance: float) =
        let x = abs distance

        if x <= 1.0 then
            ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
        elif x < 2.0 then
            ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
        else
            0.0

    let private linear (distance: float) = max 0.0 (1.0 - abs distance)

    /// Cells about a place with their weights; cells may lie outside the operand.
    let private taps (axis: ResampledAxis) (place: float) : (int * float) list =
        let below = int (ceil place) - 1

        let weighted reach kernel =
            // Where the result is smaller, antialiasing stretches the kernel over all cells that fall together.
            let scale = if axis.Antialias then min axis.Scale 1.0 else 1.0
            let first = int (floor (-reach / scale)) + 1

            let taps =
                [
                    for step in first .. 1 - first -> below + step, kernel (scale * (float (below + step) - place))
                ]

            let total = List.sumBy snd taps

            if axis.Antialias then
                taps |> List.map (fun (cell, weight) -> cell, weight / total)
            else
                taps

        match axis.Interpolation with
        | Interpolation.Nearest rounding ->
            let cell =
                match rounding with
                | "round_prefer_ceil" -> floor (place + 0.5)
                | "floor" -> floor place
                | "ceil" -> ceil place
                | _ -> ceil (place - 0.5)

            [ int cell, 1.0 ]
        | Interpolation.Linear -> weighted 1.0 linear
        | Interpolation.Cubic a -> weighted 2.0 (cubic a)

    /// Row i holds the weights of the operand's cells in cell i of the result; cells beyond the border count for its last one.
    let matrix (axis: ResampledAxis) : float[,] =
        let result = Array2D.zeroCreate axis.Output axis.Input

        for row in 0 .. axis.Output - 1 do
            let taps = taps axis (place axis row)
            let isInside (cell, _) = cell >= 0 && cell < axis.Input

            let kept =
                if axis.ExcludeOutside && List.exists isInside taps then
                    let inside = List.filter isInside taps
                    let total = List.sumBy snd inside
                    inside |> List.map (fun (cell, weight) -> cell, weight / total)
                else
                    taps

            for cell, weight in kept do
                let cell = Math.Clamp(cell, 0, axis.Input - 1)
                result[row, cell] <- result[row, cell] + weight

        result

    /// The cell that each row takes alone; None when a row mixes several.
    let private single (matrix: float[,]) : int[] option =
        let rows =
            Array.init (Array2D.length1 matrix) (fun row ->
                match
                    [
                        for column in 0 .. Array2D.length2 matrix - 1 do
                            if matrix[row, column] <> 0.0 then
                                column, matrix[row, column]
                    ]
                with
                | [ column, 1.0 ] -> Some column
                | _ -> None)

        if Array.forall Option.isSome rows then
            Some(Array.choose id rows)
        else
            None

    /// A value with one of its axes resampled: cells are picked where nothing mixes, a product with constants otherwise.
    let along (node: NodeScope) (axis: int) (resampled: ResampledAxis) x : ValueId =
        let matrix = matrix resampled

        match single matrix with
        | Some cells when cells = [| 0 .. resampled.Input - 1 |] -> x
        | Some cells -> Formula.pick node axis cells x
        | None -> Formula.mixAxis node axis matrix x
