namespace ConcreteMl.Compiler.Core.Planned

open System

/// What the bins of a rounding stand for.
[<RequireQualifiedAccess>]
module Bins =

    /// `points` codes that stand for a bin of `size` multiples from `first` on, where a code counts `multiplier`: the bin's own codes, each
    /// about as often as the others, where these are no more than the points; otherwise, and where the bin has none, places at equal
    /// distances. Codes are whole, so that what lies between two of them is never read: with 2.3 codes a bin, the mean of 1/x about a
    /// sum of 1 was 2.4 by places, for a pole half a code away.
    let codes points (size: float) (multiplier: float) (first: float) : float[] =
        let bottom = first / multiplier
        let least = Math.Ceiling bottom
        let count = Math.Ceiling(bottom + size / multiplier) - least
        let isFew = count >= 1.0 && count <= float points

        Array.init points (fun point ->
            let part = (float point + 0.5) / float points

            if isFew then
                least + Math.Floor(part * count)
            else
                (first + part * size) / multiplier)
