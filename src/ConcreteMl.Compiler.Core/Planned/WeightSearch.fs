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

    /// A symmetric matrix of products, those off the diagonal shrunk.
    let private shrunk size shrink (dot: int -> int -> float) =
        let matrix = Array.zeroCreate<float>(size * size)

        for a in 0 .. size - 1 do
            for b in a .. size - 1 do
                let value = dot a b * (if a = b then 1.0 else shrink)
                matrix[a * size + b] <- value
                matrix[b * size + a] <- value

        matrix

    /// Moments of `rows` (each of length `size`), shrunk toward the diagonal as the number of rows asks.
    let moments size (rows: float[][]) : Moments =
        let count = rows.Length
        let means = meansOf size rows

        let columns =
            Array.init size (fun column -> Array.init count (fun row -> rows[row].[column] - means[column]))

        let dot a b =
            FixedOrder.dot (ReadOnlySpan<float>(columns[a])) (ReadOnlySpan<float>(columns[b]))
            / float (max 1 count)

        {
            Size = size
            Matrix =
                if size > fullSize then
                    Array.init size (fun column -> dot column column)
                else
                    shrunk size (float count / (float count + 0.05 * float size)) dot
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
            Array.init moments.Size (fun row ->
                FixedOrder.dot (ReadOnlySpan<float>(moments.Matrix, row * moments.Size, moments.Size)) (ReadOnlySpan<float>(vector)))
        else
            Array.map2 (*) moments.Matrix vector

    let private dot (a: float[]) (b: float[]) =
        FixedOrder.dot (ReadOnlySpan<float>(a)) (ReadOnlySpan<float>(b))

    /// The error t² qᵀHq − 2 t qᵀb (the constant term left out).
    let private objective moments target (codes: float[]) scale =
        scale * scale * dot codes (apply moments codes) - 2.0 * scale * dot codes target

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

    /// Changes one code at a time while the error falls, at a fixed scale.
    let private descend (moments: Moments) (target: float[]) (limits: Limits[]) (codes: float[]) scale =
        let size = moments.Size

        if isFull moments then
            let residual =
                Array.map2 (fun b product -> b / scale - product) target (apply moments codes)

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
                        codes[index] <- wish
                        let column = ReadOnlySpan<float>(moments.Matrix, index * size, size)
                        FixedOrder.addScaled -change column (Span<float>(residual))

        codes

    let private optimalScale moments target codes =
        let power = dot codes (apply moments codes)
        if power > 0.0 then Some(dot codes target / power) else None

    let private solveFrom moments target limits fixedScale (weights: float[]) start =
        let mutable scale = start

        let mutable codes =
            descend moments target limits (nearest limits weights scale) scale

        if not fixedScale then
            for _ in 1..3 do
                match optimalScale moments target codes with
                | Some better when better > 0.0 ->
                    scale <- better
                    codes <- descend moments target limits codes scale
                | _ -> ()

        codes, scale, objective moments target codes scale

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
