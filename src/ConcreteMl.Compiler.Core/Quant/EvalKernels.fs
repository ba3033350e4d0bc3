namespace ConcreteMl.Compiler.Core.Quant

open System
open System.Numerics.Tensors
open System.Threading.Tasks
open ConcreteMl.Compiler.Core.Base

/// The multiply-accumulate loops of the interpreter: lanes and, where strides allow, whole rows are one vector; zero weights are skipped.
[<RequireQualifiedAccess>]
module EvalKernels =

    let private worthThreads = 1 <<< 20

    /// Runs `body` for every index, on several threads when there is much to do.
    let private each count work (body: int -> unit) =
        if work < worthThreads || count < 2 then
            for index in 0 .. count - 1 do
                body index
        else
            Parallel.For(0, count, body) |> ignore

    let private addScaled (source: int64[]) from (weight: int64) (target: int64[]) start length =
        let x = ReadOnlySpan<int64>(source, from, length)
        let y = Span<int64>(target, start, length)

        if weight = 1L then
            TensorPrimitives.Add(x, Span<int64>.op_Implicit y, y)
        elif weight = -1L then
            TensorPrimitives.Subtract(Span<int64>.op_Implicit y, x, y)
        else
            TensorPrimitives.MultiplyAdd(x, weight, Span<int64>.op_Implicit y, y)

    /// x [..., M, K] · weights [..., K, O] with batch axes broadcasting.
    let matMul (weights: Tensor) (result: int[]) (x: IntegerBatch) : IntegerBatch =
        let lanes = x.Lanes
        let values = Tensor.toInt64s weights
        let rank = weights.Shape.Length
        let inner, columns = weights.Shape[rank - 2], weights.Shape[rank - 1]
        let vector = x.Shape.Length = 1
        let rows = if vector then 1 else x.Shape[x.Shape.Length - 2]

        let batch =
            if vector then
                result[.. result.Length - 2]
            else
                result[.. result.Length - 3]

        let xBatch = if vector then [||] else x.Shape[.. x.Shape.Length - 3]
        let xMatrix = Moves.broadcast xBatch batch
        let wMatrix = Moves.broadcast weights.Shape[.. rank - 3] batch
        let output = IntegerBatch.zeros result lanes

        each (xMatrix.Length * rows) (xMatrix.Length * rows * inner * columns * lanes) (fun line ->
            let matrix, row = line / rows, line % rows
            let source = (xMatrix[matrix] * rows + row) * inner
            let target = line * columns

            for k in 0 .. inner - 1 do
                let from = (source + k) * lanes
                let own = (wMatrix[matrix] * inner + k) * columns

                for column in 0 .. columns - 1 do
                    let weight = values[own + column]

                    if weight <> 0L then
                        addScaled x.Data from weight output.Data ((target + column) * lanes) lanes)

        output

    /// First and last output cell whose tap at `offset` (in input cells, before striding) lies inside [0, size).
    let private covered offset stride size cells =
        let first = if offset >= 0 then 0 else (-offset + stride - 1) / stride

        let last =
            if size - 1 - offset < 0 then
                -1
            else
                (size - 1 - offset) / stride

        first, min last (cells - 1)

    /// Adds weight · input row to output row for one kernel tap of a two-dimensional window.
    let private tap
        (source: int64[])
        plane
        (target: int64[])
        result
        lanes
        weight
        (height, width)
        (rows, cells)
        (strideY, strideX)
        (offsetY, offsetX)
        =
        let firstRow, lastRow = covered offsetY strideY height rows
        let first, last = covered offsetX strideX width cells

        if first <= last then
            for row in firstRow..lastRow do
                let from = (plane + (row * strideY + offsetY) * width + offsetX) * lanes
                let start = (result + row * cells) * lanes

                if strideX = 1 then
                    addScaled source (from + first * lanes) weight target (start + first * lanes) ((last - first + 1) * lanes)
                else
                    for cell in first..last do
                        addScaled source (from + cell * strideX * lanes) weight target (start + cell * lanes) lanes

    let private plane (shape: int[]) =
        if shape.Length = 3 then 1, shape[2] else shape[2], shape[3]

    let private lift one (values: int[]) =
        if values.Length = 1 then
            one, values[0]
        else
            values[0], values[1]

    /// Every kernel tap as (index in the kernel, offset of its cell from the window's first unpadded cell).
    let private taps (kernel: int[]) (geometry: Geometry) =
        let kernelY, kernelX = lift 1 kernel
        let dilationY, dilationX = lift 1 geometry.Dilations
        let padY, padX = lift 0 geometry.PadsBegin

        [|
            for y in 0 .. kernelY - 1 do
                for x in 0 .. kernelX - 1 -> y * kernelX + x, (y * dilationY - padY, x * dilationX - padX)
        |]

    /// x [N, C, spatial...] * weights [O, C/group, kernel...] over one or two spatial axes.
    let conv (weights: Tensor) (geometry: Geometry) group (result: int[]) (x: IntegerBatch) : IntegerBatch =
        let lanes = x.Lanes
        let values = Tensor.toInt64s weights
        let channels, filters = x.Shape[1], weights.Shape[0]
        let perGroup = weights.Shape[1]
        let size, cells = plane x.Shape, plane result
        let area, resultArea = fst size * snd size, fst cells * snd cells
        let offsets = taps weights.Shape[2..] geometry
        let strides = lift 1 geometry.Strides
        let output = IntegerBatch.zeros result lanes

        each (x.Shape[0] * filters) (Shape.count result * perGroup * offsets.Length * lanes) (fun line ->
            let image, filter = line / filters, line % filters
            let firstChannel = filter / (filters / group) * perGroup

            for channel in 0 .. perGroup - 1 do
                for index, offset in offsets do
                    let weight = values[(filter * perGroup + channel) * offsets.Length + index]

                    if weight <> 0L then
                        let source = (image * channels + firstChannel + channel) * area
                        tap x.Data source output.Data (line * resultArea) lanes weight size cells strides offset)

        output

    /// The sum over each window, channel by channel; cells of padding count as 0.
    let sumPool (kernel: int[]) (geometry: Geometry) (result: int[]) (x: IntegerBatch) : IntegerBatch =
        let lanes = x.Lanes
        let size, cells = plane x.Shape, plane result
        let area, resultArea = fst size * snd size, fst cells * snd cells
        let strides = lift 1 geometry.Strides
        let offsets = taps kernel geometry
        let output = IntegerBatch.zeros result lanes

        each (x.Shape[0] * x.Shape[1]) (Shape.count result * offsets.Length * lanes) (fun line ->
            for _, offset in offsets do
                tap x.Data (line * area) output.Data (line * resultArea) lanes 1L size cells strides offset)

        output

    /// Each element the sum of its terms.
    let byTerms (terms: Terms) (result: int[]) (operands: IntegerBatch[]) : IntegerBatch =
        let lanes = operands[0].Lanes
        let output = IntegerBatch.zeros result lanes

        for element in 0 .. Shape.count result - 1 do
            terms element (fun operand from weight ->
                addScaled operands[operand].Data (from * lanes) (int64 weight) output.Data (element * lanes) lanes)

        output
