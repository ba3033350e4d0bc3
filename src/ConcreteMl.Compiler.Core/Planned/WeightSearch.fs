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
    }

/// Weight codes of one output channel, and their scale.
type WeightCodes =
    {
        Codes: int64[]
        Scale: float
        Error: float
    }

/// Integer weights with the least expected squared error of the output, by coordinate descent on codes and scale.
[<RequireQualifiedAccess>]
module WeightSearch =

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

    /// Moments of `rows` (each of length `size`), shrunk toward the diagonal as the number of rows asks.
    let moments size (rows: float[][]) : Moments =
        let count = rows.Length
        let means = meansOf size rows

        let columns = Array.zeroCreate<float>(size * count)

        for row in 0 .. count - 1 do
            for column in 0 .. size - 1 do
                columns[column * count + row] <- rows[row].[column] - means[column]

        let variance column =
            let own = ReadOnlySpan<float>(columns, column * count, count)
            FixedOrder.dot own own / float (max 1 count)

        {
            Size = size
            Matrix =
                if size > fullSize then
                    Array.init size variance
                else
                    shrunk size count (float count / (float count + 0.05 * float size)) columns
            Means = means
            Room = Array.create size 1.0
            Rows = count
        }

    let private isFull (moments: Moments) =
        moments.Matrix.Length > moments.Size || moments.Size = 1

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

        { moments with Matrix = matrix }

    /// matrix · vector.
    let apply (moments: Moments) (vector: float[]) : float[] =
        if isFull moments then
            let product = Array.zeroCreate<float> moments.Size
            FixedOrder.dots (ReadOnlySpan<float>(vector)) (ReadOnlySpan<float>(moments.Matrix)) (Span<float>(product))
            product
        else
            Array.map2 (*) moments.Matrix vector

    let private dot (a: float[]) (b: float[]) =
        FixedOrder.dot (ReadOnlySpan<float>(a)) (ReadOnlySpan<float>(b))

    /// The error t² qᵀHq − 2 t qᵀb (the constant term left out), where `product` is Hq.
    let private objective target (codes: float[]) product scale =
        scale * scale * dot codes product - 2.0 * scale * dot codes target

    /// How many times more codes the weights of indicators have. A one-hot column or a truth moves the result by one code of its weight where
    /// a quantized real beside it, whose scale is smaller, moves it by as many codes as it spans: with the same bits for all weights
    /// those of the reals would be 0 and ±1.
    let indicatorRoom (rows: float[][]) (scales: float[]) : float[] =
        let span column =
            let codes = rows |> Array.map (fun row -> row[column])
            Math.Round(Array.max codes - Array.min codes)

        let spans = Array.init scales.Length span
        let widest = Array.max spans

        let finest =
            Seq.zip spans scales
            |> Seq.filter (fun (span, scale) -> span > 1.0 && scale > 0.0)
            |> Seq.map snd
            |> Seq.fold min Double.PositiveInfinity

        let room span scale =
            if span <= 1.0 && scale > finest then
                Math.Floor(min widest (scale / finest))
            else
                1.0

        Array.map2 room spans scales

    /// Weights of so few bits have the code −2^(bits − 1) too, which no positive one stands against. Unrounded errors on other samples are .86 of
    /// those without it at 2 bits in the mean (10 zoo models), .96 at 3 bits (17), 1.03 at 4 bits (17) and the same at 6.
    let private mostUneven = 3

    /// The least and the most code of a weight.
    [<Struct>]
    type private Limits = { Low: float; High: float }

    let private clamped (limits: Limits) (code: float) =
        Math.Clamp(Math.Round code, limits.Low, limits.High)

    let private nearest (limits: Limits[]) (weights: float[]) scale =
        Array.map2 (fun limits weight -> clamped limits (weight / scale)) limits weights

    /// Changes one code at a time while the error falls, at a fixed scale; `product` is H times the codes. Whether any changed.
    let private descend (moments: Moments) (target: float[]) (limits: Limits[]) (codes: float[]) (product: float[]) scale =
        let size = moments.Size
        let mutable changed = false

        if isFull moments then
            let residual = Array.map2 (fun b product -> b / scale - product) target product

            let mutable moved = true
            let mutable sweep = 0

            while moved && sweep < 12 do
                moved <- false
                sweep <- sweep + 1

                for index in 0 .. size - 1 do
                    let diagonal = moments.Matrix[index * size + index]

                    let wish = clamped limits[index] (codes[index] + residual[index] / diagonal)

                    let change = wish - codes[index]

                    if change <> 0.0 then
                        moved <- true
                        changed <- true
                        codes[index] <- wish
                        let column = ReadOnlySpan<float>(moments.Matrix, index * size, size)
                        FixedOrder.addScaled -change column (Span<float>(residual))

        changed

    let private optimalScale target codes product =
        let power = dot codes product
        if power > 0.0 then Some(dot codes target / power) else None

    /// `descend`, and H times the codes that it leaves.
    let private descended moments target limits codes product scale =
        if descend moments target limits codes product scale then
            apply moments codes, true
        else
            product, false

    /// Scale and codes in turn, as often as `rounds`, until the codes stay: then their best scale does too. The codes are changed.
    let rec private refine moments target limits rounds codes product scale =
        match optimalScale target codes product with
        | Some better when better > 0.0 && rounds > 0 ->
            match descended moments target limits codes product better with
            | next, true -> refine moments target limits (rounds - 1) codes next better
            | same, false -> same, better
        | _ -> product, scale

    let private solveFrom moments target limits fixedScale (weights: float[]) start =
        let codes = nearest limits weights start

        let first, _ = descended moments target limits codes (apply moments codes) start

        let product, scale =
            refine moments target limits (if fixedScale then 0 else 3) codes first start

        codes, scale, objective target codes product scale

    /// Scales around that at which the largest weight just fits, none below `least`.
    let private around largest least =
        Array.init 9 (fun index -> largest * (1.06 - 0.07 * float index))
        |> Array.map (max least)
        |> Array.distinct

    /// Codes of the candidate scale with the least error, and that of `least` where none is left.
    let private solveLargest (moments: Moments) (target: float[]) limits largest least (scales: float[] option) weights : WeightCodes =
        let candidates = scales |> Option.defaultWith (fun () -> around largest least)

        let found =
            candidates
            |> Array.map (solveFrom moments target limits scales.IsSome weights)
            |> Array.filter (fun (_, scale, _) -> scales.IsSome || scale >= least * 0.999)

        let codes, scale, error =
            (if found.Length = 0 then
                 [| solveFrom moments target limits true weights least |]
             else
                 found)
            |> Array.minBy (fun (_, _, error) -> error)

        {
            Codes = codes |> Array.map int64
            Scale = scale
            Error = error
        }

    /// Weight codes of `bits` bits for reals `weights` and b = `target` (H · weights, or the covariance with the wanted output).
    /// `scales` fixes the candidate scales; without it they are searched and refined, none below `least`.
    let solve (moments: Moments) (target: float[]) bits (least: float) (scales: float[] option) (weights: float[]) : WeightCodes =
        let half = float (1L <<< (bits - 1))
        let high = max 1.0 (half - 1.0)
        let low = if bits <= mostUneven then -half else -high

        let limits =
            moments.Room |> Array.map (fun room -> { Low = low * room; High = high * room })

        let fitting limits (weight: float) =
            if weight < 0.0 then
                weight / limits.Low
            else
                weight / limits.High

        let largest = Array.map2 fitting limits weights |> Array.fold max 0.0

        if largest = 0.0 then
            {
                Codes = Array.zeroCreate weights.Length
                Scale = scales |> Option.map Array.head |> Option.defaultValue (max least 1.0)
                Error = 0.0
            }
        else
            solveLargest moments target limits largest least scales weights
