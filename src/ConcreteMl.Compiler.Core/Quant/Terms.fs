namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// The sum that each result element of a linear operation is: receives a result element (row-major) and calls the visitor
/// with operand number, operand element and weight, for each term.
type Terms = int -> (int -> int -> float -> unit) -> unit

/// Linear operations element by element, for analyses; execution has its own kernels.
[<RequireQualifiedAccess>]
module Terms =

    let private single (source: int -> int) : Terms =
        fun element visit -> visit 0 (source element) 1.0

    /// Where the matrices of an operand start that each matrix of the result comes from.
    let private matrices (batch: int[]) (shape: int[]) size =
        Layout.offsets batch (Shape.broadcastStrides shape batch)
        |> Array.map (fun offset -> offset * size)

    let private matMul (weights: Tensor) (x: int[]) (result: int[]) : Terms =
        let values = Tensor.toFloat64s weights
        let rank = weights.Rank
        let inner, columns = weights.Shape[rank - 2], weights.Shape[rank - 1]
        // a vector is one row, and its result has no axis of rows
        let axes, rows = if x.Length = 1 then 1, 1 else 2, x[x.Length - 2]
        let batch = result[.. result.Length - 1 - axes]
        let left = matrices batch x[.. x.Length - 1 - axes] (rows * inner)
        let right = matrices batch weights.Shape[.. rank - 3] (inner * columns)

        fun element visit ->
            let index, row, column =
                element / (columns * rows), element / columns % rows, element % columns

            let from = left[index] + row * inner
            let weight = right[index] + column

            for k in 0 .. inner - 1 do
                visit 0 (from + k) values[weight + k * columns]

    /// Visits the operand cells under the window of one result cell, with the kernel cell's row-major index.
    let private window (sizes: int[]) (kernel: int[]) (geometry: Geometry) (cells: int[]) =
        let strides = Shape.strides sizes
        let kernelCells = Shape.count kernel
        let kernelStrides = Shape.strides kernel
        let cellStrides = Shape.strides cells

        fun (cell: int) (visit: int -> int -> unit) ->
            for index in 0 .. kernelCells - 1 do
                let offset =
                    Shape.offsetOf sizes strides (fun axis ->
                        cell / cellStrides[axis] % cells[axis] * geometry.Strides[axis]
                        - geometry.PadsBegin[axis]
                        + index / kernelStrides[axis] % kernel[axis] * geometry.Dilations[axis])

                if offset >= 0 then
                    visit index offset

    let private conv (weights: Tensor) geometry group (x: int[]) (result: int[]) : Terms =
        let values = Tensor.toFloat64s weights
        let kernel = weights.Shape[2..]
        let taps = Shape.count kernel
        let sizes = x[2..]
        let area = Shape.count sizes
        let cells = Shape.count result[2..]
        let slide = window sizes kernel geometry result[2..]
        let depth = weights.Shape[1]
        let perGroup = result[1] / group

        fun element visit ->
            let cell = element % cells
            let filter = element / cells % result[1]
            let sample = element / (cells * result[1])
            let first = sample * x[1] + filter / perGroup * depth

            slide cell (fun tap offset ->
                for channel in 0 .. depth - 1 do
                    visit 0 ((first + channel) * area + offset) values[(filter * depth + channel) * taps + tap])

    let private sumPool kernel geometry (x: int[]) (result: int[]) : Terms =
        let sizes = x[2..]
        let area = Shape.count sizes
        let cells = Shape.count result[2..]
        let slide = window sizes kernel geometry result[2..]

        fun element visit ->
            let plane = element / cells
            slide (element % cells) (fun _ offset -> visit 0 (plane * area + offset) 1.0)

    let private reduceSum (axes: int[]) (x: int[]) : Terms =
        let strides = Shape.strides x
        let kept = [| 0 .. x.Length - 1 |] |> Array.except axes
        let pick (of': int[]) = Array.map (fun axis -> of'[axis])
        let summed = Layout.offsets (pick x axes) (pick strides axes)
        let bases = Layout.offsets (pick x kept) (pick strides kept)

        fun element visit ->
            for offset in summed do
                visit 0 (bases[element] + offset) 1.0

    let private runningSum reverse (x: int[]) : Terms =
        let size = x[x.Length - 1]

        fun element visit ->
            let first = element / size * size

            let from, last =
                if reverse then
                    element, first + size - 1
                else
                    first, element

            for source in from..last do
                visit 0 source 1.0

    let private combine (multipliers: int64[]) (operands: int[][]) (result: int[]) : Terms =
        let strides =
            operands |> Array.map (fun shape -> Shape.broadcastStrides shape result)

        fun element visit ->
            for index in 0 .. operands.Length - 1 do
                visit index (Layout.offset result strides[index] element) (float multipliers[index])

    let private concat axis (operands: int[][]) (result: int[]) : Terms =
        let inner = Shape.count result[axis + 1 ..]
        let row = result[axis]

        let starts = operands |> Array.map (fun shape -> shape[axis]) |> Array.scan (+) 0

        fun element visit ->
            let position = element / inner % row
            let mutable index = 0

            while position >= starts[index + 1] do
                index <- index + 1

            let size = operands[index][axis]
            let outer = element / (inner * row)
            visit index ((outer * size + position - starts[index]) * inner + element % inner) 1.0

    let private scale (factors: Tensor) (result: int[]) : Terms =
        let values = Tensor.toFloat64s factors
        let strides = Shape.broadcastStrides factors.Shape result
        fun element visit -> visit 0 element values[Layout.offset result strides element]

    let private moved (move: Move) (x: int[]) (result: int[]) : Terms =
        match Moves.source move x result with
        | Source.Strided view -> single (fun element -> view.Offset + Layout.offset result view.Strides element)
        | Source.Listed indices ->
            fun element visit ->
                if indices[element] >= 0 then
                    visit 0 indices[element] 1.0

    /// The terms of an operation on operands of these shapes.
    let ofLinear (linear: Linear) (operands: int[][]) (result: int[]) : Terms =
        let x = operands[0]

        match linear with
        | Linear.MatMul weights -> matMul weights x result
        | Linear.Conv(weights, geometry, group) -> conv weights geometry group x result
        | Linear.SumPool(kernel, geometry) -> sumPool kernel geometry x result
        | Linear.ReduceSum(axes, _) -> reduceSum axes x
        | Linear.RunningSum reverse -> runningSum reverse x
        | Linear.Combine multipliers -> combine multipliers operands result
        | Linear.Scale factors -> scale factors result
        | Linear.Shift _ -> single id
        | Linear.Concat axis -> concat axis operands result
        | Linear.Move move -> moved move x result

    /// The number of terms of a whole operation, at most (padding counted).
    let count (linear: Linear) (operands: int[][]) (result: int[]) : int64 =
        let elements = int64 (Shape.count result)

        match linear with
        | Linear.MatMul weights -> elements * int64 weights.Shape[weights.Rank - 2]
        | Linear.Conv(weights, _, _) -> elements * int64 (Shape.count weights.Shape[1..])
        | Linear.SumPool(kernel, _) -> elements * int64 (Shape.count kernel)
        | Linear.RunningSum _ -> elements * int64 result[result.Length - 1]
        | Linear.ReduceSum _ -> int64 (Shape.count operands[0])
        | Linear.Combine multipliers -> elements * int64 multipliers.Length
        | Linear.Scale _
        | Linear.Shift _
        | Linear.Concat _
        | Linear.Move _ -> elements
