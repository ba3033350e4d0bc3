namespace ConcreteMl.Compiler.Core.Float

open System
open System.Numerics
open System.Numerics.Tensors
open ConcreteMl.Compiler.Core.Base

/// Products of matrices and convolutions. 16-bit floats accumulate in float32, integers wrap.
[<RequireQualifiedAccess>]
module EvalLinear =

    /// rows × inner times (columns × inner)ᵀ, added to `result` (rows × columns) from `at` on.
    let private multiplyTransposed<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (a: ReadOnlyMemory<'T>)
        (b: ReadOnlyMemory<'T>)
        (rows: int, inner: int, columns: int)
        (result: Memory<'T>)
        =
        let a = a.Span
        let b = b.Span
        let result = result.Span

        for row in 0 .. rows - 1 do
            let left = a.Slice(row * inner, inner)

            let fours = columns / 4 * 4

            for column in 0..4 .. fours - 1 do
                FixedOrder.dotFour left (b.Slice(column * inner, 4 * inner)) (result.Slice(row * columns + column, 4))

            for column in fours .. columns - 1 do
                result[row * columns + column] <- FixedOrder.dot left (b.Slice(column * inner, inner))

    /// rows × inner times inner × columns, row by row: the right operand is read in its own order.
    let private multiplyRows<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (a: ReadOnlyMemory<'T>)
        (b: ReadOnlyMemory<'T>)
        (rows: int, inner: int, columns: int)
        (result: Memory<'T>)
        =
        let a = a.Span
        let b = b.Span

        for row in 0 .. rows - 1 do
            let sums = result.Span.Slice(row * columns, columns)

            for k in 0 .. inner - 1 do
                FixedOrder.addScaled a[row * inner + k] (b.Slice(k * columns, columns)) sums

    let private transposed (data: 'T[]) (rows: int) (columns: int) =
        let result = Array.zeroCreate data.Length

        for row in 0 .. rows - 1 do
            for column in 0 .. columns - 1 do
                result[column * rows + row] <- data[row * columns + column]

        result

    /// Below this many rows, transposing the right operand costs more than it saves.
    let private fewRows = 8

    let private product<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (a: Tensor)
        (b: Tensor)
        (shape: int[])
        (batches: (int * int)[])
        (rows: int, inner: int, columns: int)
        =
        let left = a.Data :?> 'T[]
        let right = b.Data :?> 'T[]
        let result = Array.zeroCreate<'T>(Shape.count shape)
        let size = rows * columns
        let sizes = (rows, inner, columns)

        batches
        |> Array.iteri (fun batch (fromLeft, fromRight) ->
            let a = ReadOnlyMemory(left, fromLeft * rows * inner, rows * inner)
            let into = Memory(result, batch * size, size)
            let start = fromRight * inner * columns

            if rows < fewRows then
                multiplyRows a (ReadOnlyMemory(right, start, inner * columns)) sizes into
            else
                let columnsFirst =
                    transposed (Array.sub right start (inner * columns)) inner columns

                multiplyTransposed a (ReadOnlyMemory columnsFirst) sizes into)

        Tensor.create a.Element shape result

    /// Runs a generic kernel in the type that accumulates for these elements (integers: 64 bits, then wrapped).
    let private accumulated
        (operands: Tensor list)
        (single: Tensor list -> Tensor)
        (double: Tensor list -> Tensor)
        (integer: Tensor list -> Tensor)
        : Tensor =
        match operands with
        | [] -> Elements.fail "no operands"
        | first :: _ ->
            match first.Element with
            | Element.Float16
            | Element.BFloat16 -> Elements.widened (fun operands -> [ single operands ]) operands |> List.head
            | Element.Float32 -> single operands
            | Element.Float64 -> double operands
            | Element.Bool -> Elements.fail "a product of booleans"
            | element ->
                operands
                |> List.map (Elements.cast Element.Int64)
                |> integer
                |> Elements.cast element

    /// NumPy's matmul: vectors become matrices and lose that axis again, leading axes broadcast.
    let matMul (a: Tensor) (b: Tensor) : Tensor =
        if a.Rank = 0 || b.Rank = 0 then
            Elements.fail "MatMul of a scalar"

        let left = if a.Rank = 1 then Array.append [| 1 |] a.Shape else a.Shape
        let right = if b.Rank = 1 then Array.append b.Shape [| 1 |] else b.Shape
        let rows, inner = left[left.Length - 2], left[left.Length - 1]
        let columns = right[right.Length - 1]

        if right[right.Length - 2] <> inner then
            Elements.fail $"MatMul of {Shape.print a.Shape} and {Shape.print b.Shape}"

        let leading (shape: int[]) = Array.take (shape.Length - 2) shape
        let batch = Strided.commonShape [ leading left; leading right ]

        let batches =
            Array.zip (Strided.broadcast (leading left) batch) (Strided.broadcast (leading right) batch)

        let shape =
            [|
                yield! batch
                if a.Rank > 1 then
                    rows
                if b.Rank > 1 then
                    columns
            |]

        let sizes = (rows, inner, columns)

        let run (multiply: Tensor -> Tensor -> int[] -> (int * int)[] -> int * int * int -> Tensor) operands =
            match operands with
            | [ a; b ] -> multiply a b shape batches sizes
            | _ -> Elements.fail "MatMul has two operands"

        accumulated [ a; b ] (run product<float32>) (run product<float>) (run product<int64>)

    let private transpose2 (tensor: Tensor) =
        let rows, columns = tensor.Shape[0], tensor.Shape[1]
        Strided.take [| columns; rows |] (Strided.indices [| columns; rows |] [| 1; columns |] 0) tensor

    /// a · bᵀ without transposing anything: the layout in which PyTorch exports dense layers.
    let private timesTransposed (a: Tensor) (b: Tensor) =
        let rows, inner, columns = a.Shape[0], a.Shape[1], b.Shape[0]

        if b.Shape[1] <> inner then
            Elements.fail $"Gemm of {Shape.print a.Shape} and {Shape.print b.Shape} transposed"

        let result = Array.zeroCreate<float32>(rows * columns)

        multiplyTransposed
            (ReadOnlyMemory(a.Values<float32>()))
            (ReadOnlyMemory(b.Values<float32>()))
            (rows, inner, columns)
            (Memory result)

        Tensor.ofFloat32 [| rows; columns |] result

    let private scaled (factor: float32) (tensor: Tensor) =
        if factor = 1.0f then
            tensor
        else
            EvalBinary.op Binary.Mul tensor (Elements.ofFloat64s tensor.Element [||] [| float factor |])

    /// alpha · A' · B' + beta · C.
    let gemm (alpha: float32) (beta: float32) transA transB (operands: Tensor list) : Tensor =
        let run operands =
            match operands with
            | (a: Tensor) :: (b: Tensor) :: rest ->
                if a.Rank <> 2 || b.Rank <> 2 then
                    Elements.fail $"Gemm of {Shape.print a.Shape} and {Shape.print b.Shape}"

                let a = if transA then transpose2 a else a

                let product =
                    if transB && a.Element = Element.Float32 then
                        timesTransposed a b
                    else
                        matMul a (if transB then transpose2 b else b)

                match rest with
                | [] -> [ scaled alpha product ]
                | bias :: _ -> [ EvalBinary.op Binary.Add (scaled alpha product) (scaled beta bias) ]
            | _ -> Elements.fail "Gemm has two or three operands"

        Elements.widened run operands |> List.head

    /// One row per window: the cells of all channels of one group, zero in the padding.
    let private patches<'T> (source: 'T[]) (start: int) (channels: int) (area: int) (table: int[]) (cells: int) (rows: 'T[]) =
        let windows = table.Length / cells
        let inner = channels * cells

        for window in 0 .. windows - 1 do
            for channel in 0 .. channels - 1 do
                let from = start + channel * area
                let into = window * inner + channel * cells

                for cell in 0 .. cells - 1 do
                    let position = table[window * cells + cell]

                    rows[into + cell] <-
                        if position >= 0 then
                            source[from + position]
                        else
                            Unchecked.defaultof<'T>

    let private convolve<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (window: Window)
        (group: int)
        (operands: Tensor list)
        =
        let x, weights = operands[0], operands[1]
        let spatial = Array.skip 2 x.Shape
        let window = Windows.resolve window spatial
        let output = Windows.outputShape window spatial
        let table = Windows.positions window spatial output
        let cells = Shape.count window.Kernel
        let area, windows = Shape.count spatial, Shape.count output
        let perGroup, outGroup = x.Shape[1] / group, weights.Shape[0] / group
        let inner = perGroup * cells
        let source, factors = x.Data :?> 'T[], weights.Data :?> 'T[]
        let shape = Array.append [| x.Shape[0]; weights.Shape[0] |] output
        let result = Array.zeroCreate<'T>(Shape.count shape)
        let rows = Array.zeroCreate<'T>(Shape.count [| windows; inner |])

        for sample in 0 .. x.Shape[0] - 1 do
            for index in 0 .. group - 1 do
                let start = (sample * x.Shape[1] + index * perGroup) * area
                patches source start perGroup area table cells rows
                let into = (sample * weights.Shape[0] + index * outGroup) * windows

                multiplyTransposed
                    (ReadOnlyMemory(factors, index * outGroup * inner, outGroup * inner))
                    (ReadOnlyMemory rows)
                    (outGroup, inner, windows)
                    (Memory(result, into, outGroup * windows))

        match operands with
        | [ _; _; bias ] ->
            let values = bias.Data :?> 'T[]

            for channel in 0 .. shape[0] * shape[1] - 1 do
                let span = Span(result, channel * windows, windows)
                TensorPrimitives.Add<'T>(Span.op_Implicit span, values[channel % shape[1]], span)
        | _ -> ()

        Tensor.create x.Element shape result

    /// Convolution over any number of spatial axes. Operands x, weights and, where present, bias.
    let conv (window: Window) (group: int) (operands: Tensor list) : Tensor =
        let x, weights = operands[0], operands[1]

        if
            x.Rank < 3
            || weights.Rank <> x.Rank
            || x.Shape[1] <> weights.Shape[1] * group
            || weights.Shape[0] % group <> 0
        then
            Elements.fail $"Conv of {Shape.print x.Shape} with weights {Shape.print weights.Shape} in {group} groups"

        accumulated operands (convolve<float32> window group) (convolve<float> window group) (convolve<int64> window group)
