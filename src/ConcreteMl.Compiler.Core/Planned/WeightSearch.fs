namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base

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

    let private dot (a: float[]) (b: float[]) =
        FixedOrder.dot (ReadOnlySpan<float>(a)) (ReadOnlySpan<float>(b))

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

    /// Weights of two bits have the code −2 too, which no positive one stands against: unrounded errors on other samples are .91 of those
    /// without it in the mean (67 zoo models). At 3 bits they are .96, but single models lose a tenth, and accumulators grow by a third.
    let private mostUneven = 2

    /// Weights of so few bits are searched from codes that make up for each other's errors too: `NearestPlane`. Errors on test samples are
    /// .985 of those without at 2 bits, .973 at 3 and .986 at 4, no better at 6 (67 zoo models).
    let private fewBits = 3

    /// One filter's problem: the codes q and the scale t with the least t² qᵀHq − 2 t qᵀb.
    type private Problem =
        {
            /// H.
            Moments: Moments
            /// b.
            Target: float[]
            Limits: CodeLimits[]
            /// The codes that a search at a scale starts from.
            Starts: float -> float[] list
        }

    let private nearest (limits: CodeLimits[]) (weights: float[]) scale =
        Array.map2 (fun limits weight -> CodeLimits.nearest limits (weight / scale)) limits weights

    /// Changes one code at a time while the error falls, at a fixed scale; `product` is H times the codes. Whether any changed.
    let private descend (problem: Problem) (codes: float[]) (product: float[]) scale =
        let moments = problem.Moments
        let size = moments.Size
        let mutable changed = false

        if Moments.isFull moments then
            let residual =
                Array.map2 (fun b product -> b / scale - product) problem.Target product

            let mutable moved = true
            let mutable sweep = 0

            while moved && sweep < 12 do
                moved <- false
                sweep <- sweep + 1

                for index in 0 .. size - 1 do
                    let diagonal = moments.Matrix[index * size + index]

                    let wish =
                        CodeLimits.nearest problem.Limits[index] (codes[index] + residual[index] / diagonal)

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
    let private descended problem codes product scale =
        if descend problem codes product scale then
            Moments.apply problem.Moments codes, true
        else
            product, false

    /// Scale and codes in turn, as often as `rounds`, until the codes stay: then their best scale does too. The codes are changed.
    let rec private refine problem rounds codes product scale =
        match optimalScale problem.Target codes product with
        | Some better when better > 0.0 && rounds > 0 ->
            match descended problem codes product better with
            | next, true -> refine problem (rounds - 1) codes next better
            | same, false -> same, better
        | _ -> product, scale

    /// The error t² qᵀHq − 2 t qᵀb (the constant term left out), where `product` is Hq.
    let private objective target (codes: float[]) product scale =
        scale * scale * dot codes product - 2.0 * scale * dot codes target

    /// Codes, scale and error that the search reaches from codes at a scale, whose copies it changes.
    let private solveFrom problem fixedScale scale codes =
        let first, _ = descended problem codes (Moments.apply problem.Moments codes) scale
        let product, scale = refine problem (if fixedScale then 0 else 3) codes first scale
        codes, scale, objective problem.Target codes product scale

    let private solveAt problem fixedScale scale =
        problem.Starts scale
        |> List.map (solveFrom problem fixedScale scale)
        |> List.minBy (fun (_, _, error) -> error)

    /// Scales around that at which the largest weight just fits, none below `least`.
    let private around largest least =
        Array.init 9 (fun index -> largest * (1.06 - 0.07 * float index))
        |> Array.map (max least)
        |> Array.distinct

    /// Codes of the candidate scale with the least error, and that of `least` where none is left.
    let private solveLargest problem largest least (scales: float[] option) : WeightCodes =
        let candidates = scales |> Option.defaultWith (fun () -> around largest least)

        let found =
            candidates
            |> Array.map (solveAt problem scales.IsSome)
            |> Array.filter (fun (_, scale, _) -> scales.IsSome || scale >= least * 0.999)

        let codes, scale, error =
            (if found.Length = 0 then
                 [| solveAt problem true least |]
             else
                 found)
            |> Array.minBy (fun (_, _, error) -> error)

        {
            Codes = codes |> Array.map int64
            Scale = scale
            Error = error
        }

    /// What a search starts from: the nearest codes, and of few bits those that make up for each other's errors.
    let private startsOf (moments: Moments) target limits bits (weights: float[]) : float -> float[] list =
        if bits <= fewBits && Moments.isFull moments then
            let plane = NearestPlane.codes moments limits (NearestPlane.minimum moments target)
            fun scale -> nearest limits weights scale :: Option.toList (plane scale)
        else
            fun scale -> [ nearest limits weights scale ]

    /// Weight codes of `bits` bits for reals `weights` and b = `target` (H · weights, or the covariance with the wanted output).
    /// `scales` fixes the candidate scales; without it they are searched and refined, none below `least`.
    let solve (moments: Moments) (target: float[]) bits (least: float) (scales: float[] option) (weights: float[]) : WeightCodes =
        let half = float (1L <<< (bits - 1))
        let high = max 1.0 (half - 1.0)
        let low = if bits <= mostUneven then -half else -high

        let limits: CodeLimits[] =
            moments.Room |> Array.map (fun room -> { Low = low * room; High = high * room })

        let fitting (limits: CodeLimits) (weight: float) =
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
            let problem =
                {
                    Moments = moments
                    Target = target
                    Limits = limits
                    Starts = startsOf moments target limits bits weights
                }

            solveLargest problem largest least scales
