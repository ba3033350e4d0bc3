namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Quant

/// What a weighted operation's codes have to agree with beside its own error.
[<RequireQualifiedAccess>]
module WeightAgreement =

    /// Whole numbers times whole weights: codes are the weights, whatever bits they have, and nothing is corrected.
    let isExact (conversion: Conversion) index (x: Emitted) =
        conversion.Whole[index] && Array.forall ((=) 1.0) x.Scale

    /// Weights are float32: ratios of two of them are whole up to this part.
    let private rounding = Math.Pow(2.0, -22.0)

    /// The largest step of which these weights are whole multiples, of at most `most` steps; None without one.
    let private tryStep most (weights: float[]) : float option =
        let sizes = weights |> Array.map abs |> Array.filter (fun size -> size > 0.0)

        let isWhole step =
            sizes
            |> Array.forall (fun size ->
                let count = size / step
                abs (count - Math.Round count) <= rounding * count)

        if sizes.Length = 0 then
            None
        else
            Seq.init most (fun part -> Array.min sizes / float (part + 1))
            |> Seq.takeWhile (fun step -> Array.max sizes <= (float most + 0.5) * step)
            |> Seq.tryFind isWhole

    /// A step of an exact filter is at least this part of the one found: its accumulator is then hardly wider.
    let private asCoarse = 0.9

    /// A filter's weights as whole multiples of one step, where codes of `bits` bits allow it in place of those `found` by their error: on
    /// whole numbers, results are then exact, and scores tie where the model's do.
    let trySteps bits (weights: float[]) (found: WeightCodes) : WeightCodes option =
        tryStep (int (snd (ScaleSearch.codes bits))) weights
        |> Option.filter (fun step -> step >= asCoarse * found.Scale)
        |> Option.map (fun step ->
            {
                Codes = weights |> Array.map (fun weight -> int64 (Math.Round(weight / step)))
                Scale = step
                Error = 0.0
            })

    /// A filter of one weight as that operand's codes, whatever its errors are: 1 or -1 in steps of the weight; None for other filters.
    let trySingle (weights: float[]) : WeightCodes option =
        match weights |> Array.filter ((<>) 0.0) with
        | [| weight |] ->
            Some
                {
                    Codes = weights |> Array.map (sign >> int64)
                    Scale = abs weight
                    Error = 0.0
                }
        | _ -> None
