namespace ConcreteMl.Compiler.Core.Planned

open System
open System.Numerics.Tensors
open ConcreteMl.Compiler.Core.Base

/// Second moments of an operand's codes, centred, over calibration: what a weight's rounding error costs.
type Moments =
    {
        Size: int
        /// [Size, Size] row-major, or the diagonal alone (length Size) for large filters.
        Matrix: float[]
        Means: float[]
        /// How many times more codes the weight of each operand may have than its bits give.
        Room: float[]
        Rows: int
        /// Upper triangular R with RᵀR = `Matrix`, [Size, Size] row-major; empty beside a diagonal. Found when first asked for.
        Triangle: Lazy<float[]>
    }

[<RequireQualifiedAccess>]
module Moments =

    /// Filters with more weights than this use the diagonal of the second moments.
    let private fullSize = 768

    let private meansOf size (rows: float[][]) =
        let means = Array.zeroCreate<float> size

        for row in rows do
            TensorPrimitives.Add(ReadOnlySpan<float>(means), ReadOnlySpan<float>(row), Span<float>(means))

        means |> Array.map (fun sum -> sum / float (max 1 rows.Length))

    /// The mean products of columns, [size][count], with each other: a symmetric matrix, off the diagonal shrunk.
    let private shrunk size count shrink (columns: float[]) =
        let matrix = Array.zeroCreate<float>(size * size)

        for a in 0 .. size - 1 do
            FixedOrder.dots
                (ReadOnlySpan<float>(columns, a * count, count))
                (ReadOnlySpan<float>(columns, a * count, (size - a) * count))
                (Span<float>(matrix, a * size + a, size - a))

            for b in a .. size - 1 do
                let value =
                    matrix[a * size + b] / float (max 1 count) * (if a = b then 1.0 else shrink)

                matrix[a * size + b] <- value
                matrix[b * size + a] <- value

        matrix

    /// The triangle of a symmetric positive matrix: Cholesky's, row by row.
    let private triangle size (matrix: float[]) : float[] =
        let rest = Array.copy matrix

        for row in 0 .. size - 1 do
            let from = row * size + row
            // rounding may leave a pivot of 0 of rows that depend on each other
            let pivot = sqrt (max rest[from] (1e-12 * max matrix[from] 1e-300))
            let own = Span<float>(rest, from, size - row)
            TensorPrimitives.Divide(ReadOnlySpan<float>(rest, from, size - row), pivot, own)
            rest[from] <- pivot

            for below in row + 1 .. size - 1 do
                let factor = rest[row * size + below]
                let source = ReadOnlySpan<float>(rest, row * size + below, size - below)
                FixedOrder.addScaled -factor source (Span<float>(rest, below * size + below, size - below))

        rest

    /// Whether a matrix of moments is no diagonal alone.
    let private isSquare size (matrix: float[]) = matrix.Length > size || size = 1

    let private triangleOf size (matrix: float[]) =
        lazy (if isSquare size matrix then triangle size matrix else [||])

    /// Moments of `rows` (each of length `size`), shrunk toward the diagonal as the number of rows asks.
    let ofRows size (rows: float[][]) : Moments =
        let count = rows.Length
        let means = meansOf size rows

        let columns = Array.zeroCreate<float>(size * count)

        for row in 0 .. count - 1 do
            for column in 0 .. size - 1 do
                columns[column * count + row] <- rows[row].[column] - means[column]

        let variance column =
            let own = ReadOnlySpan<float>(columns, column * count, count)
            FixedOrder.dot own own / float (max 1 count)

        let matrix =
            if size > fullSize then
                Array.init size variance
            else
                shrunk size count (float count / (float count + 0.05 * float size)) columns

        {
            Size = size
            Matrix = matrix
            Means = means
            Room = Array.create size 1.0
            Rows = count
            Triangle = triangleOf size matrix
        }

    /// Whether all products of operands are known, not their squares alone.
    let isFull (moments: Moments) = isSquare moments.Size moments.Matrix

    /// The moments with a floor on the diagonal, so that weights of silent operands stay near their real values.
    let regularized (moments: Moments) : Moments =
        let full = isFull moments
        let matrix = Array.copy moments.Matrix

        let at index =
            if full then index * moments.Size + index else index

        let mean =
            (Seq.sum (Seq.init moments.Size (fun index -> matrix[at index])))
            / float moments.Size

        let floor = max (0.01 * mean) 1e-12

        for index in 0 .. moments.Size - 1 do
            matrix[at index] <- matrix[at index] + floor

        { moments with
            Matrix = matrix
            Triangle = triangleOf moments.Size matrix
        }

    /// matrix · vector.
    let apply (moments: Moments) (vector: float[]) : float[] =
        if isFull moments then
            let product = Array.zeroCreate<float> moments.Size
            FixedOrder.dots (ReadOnlySpan<float>(vector)) (ReadOnlySpan<float>(moments.Matrix)) (Span<float>(product))
            product
        else
            Array.map2 (*) moments.Matrix vector
