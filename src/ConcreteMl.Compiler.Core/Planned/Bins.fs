namespace ConcreteMl.Compiler.Core.Planned

open System

/// What the bins of a rounding stand for.
[<RequireQualifiedAccess>]
module Bins =

    /// The codes that stand for a bin of `size` multiples from `first` on, where a code counts `multiplier`: the bin's own, each once, where
    /// it has one to `most`; otherwise `most` places at equal distances. Codes are whole, so that what lies between two of them is never
    /// read: with 2.3 codes a bin, the mean of 1/x about a sum of 1 was 2.4 by places, for a pole half a code away.
    let codes most (size: float) (multiplier: float) (first: float) : float[] =
        let bottom = first / multiplier
        let least = Math.Ceiling bottom
        let count = Math.Ceiling(bottom + size / multiplier) - least

        if count >= 1.0 && count <= float most then
            Array.init (int count) (fun index -> least + float index)
        else
            Array.init most (fun point -> (first + (float point + 0.5) / float most * size) / multiplier)
