namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base

/// The least and the most code of a weight.
[<Struct>]
type CodeLimits = { Low: float; High: float }

[<RequireQualifiedAccess>]
module CodeLimits =

    /// The nearest code within the limits.
    let nearest (limits: CodeLimits) (code: float) : float =
        Math.Clamp(Math.Round code, limits.Low, limits.High)

/// Whole numbers near a real vector by the norm of its errors' moments: the nearest plane of a lattice (Babai, "On Lovász' lattice reduction
/// and the nearest lattice point problem", 1986), with several vectors kept at every step (the M algorithm of decoders).
[<RequireQualifiedAccess>]
module NearestPlane =

    /// Errors of 3-bit networks on test samples, over those from the nearest codes alone (67 zoo models): with 1 vector .995, 4 .983, 16 .975,
    /// 64 .976; with the symmetric range 8 and 16 both .973.
    let private kept = 8

    /// A vector whose entries are whole from a place on: its codes, how far the real ones are above them, and the error so far.
    [<Struct>]
    type private Partial =
        {
            Codes: float[]
            Above: float[]
            Error: float
        }

    /// The next entry of a vector: the code, how far the ideal one is above it, and the error with it.
    [<Struct>]
    type private Choice =
        {
            Of: Partial
            Code: float
            Above: float
            Total: float
        }

    let private tail (values: float[]) from =
        ReadOnlySpan<float>(values, from, values.Length - from)

    /// Row `index` of a triangle, right of its diagonal.
    let private right (moments: Moments) index =
        ReadOnlySpan<float>(moments.Triangle.Value, index * moments.Size + index + 1, moments.Size - index - 1)

    let private diagonal (moments: Moments) index =
        moments.Triangle.Value[index * moments.Size + index]

    /// H⁻¹ b: the real vector with the least error. The moments must be full.
    let minimum (moments: Moments) (target: float[]) : float[] =
        let values = Array.copy target

        for index in 0 .. moments.Size - 1 do
            values[index] <- values[index] / diagonal moments index
            let below = Span<float>(values, index + 1, moments.Size - index - 1)
            FixedOrder.addScaled -values[index] (right moments index) below

        for index in moments.Size - 1 .. -1 .. 0 do
            let known = FixedOrder.dot (right moments index) (tail values (index + 1))
            values[index] <- (values[index] - known) / diagonal moments index

        values

    /// The nearest code and its neighbour on the side of the wish, where the limits have it.
    let private choices (moments: Moments) (limits: CodeLimits) (ideal: float) index (vector: Partial) : Choice list =
        let pivot = diagonal moments index
        let drift = FixedOrder.dot (right moments index) (tail vector.Above (index + 1))
        let wish = ideal + drift / pivot
        let first = CodeLimits.nearest limits wish
        let second = if wish > first then first + 1.0 else first - 1.0

        [
            first
            if second >= limits.Low && second <= limits.High then
                second
        ]
        |> List.map (fun code ->
            let error = pivot * (wish - code)

            {
                Of = vector
                Code = code
                Above = ideal - code
                Total = vector.Error + error * error
            })

    let private extended index (choice: Choice) : Partial =
        let codes, above = Array.copy choice.Of.Codes, Array.copy choice.Of.Above
        codes[index] <- choice.Code
        above[index] <- choice.Above

        {
            Codes = codes
            Above = above
            Error = choice.Total
        }

    /// Codes whose products with `scale` are near `ideal`, entry by entry from the last; None where numbers are too large to say. The moments
    /// must be full.
    let codes (moments: Moments) (limits: CodeLimits[]) (ideal: float[]) (scale: float) : float[] option =
        let extend (vectors: Partial list) index =
            vectors
            |> List.collect (choices moments limits[index] (ideal[index] / scale) index)
            |> List.sortBy _.Total
            |> List.truncate kept
            |> List.map (extended index)

        let none =
            {
                Codes = Array.zeroCreate moments.Size
                Above = Array.zeroCreate moments.Size
                Error = 0.0
            }

        let found = Seq.fold extend [ none ] (seq { moments.Size - 1 .. -1 .. 0 })
        Some found.Head.Codes |> Option.filter (Array.forall Double.IsFinite)
