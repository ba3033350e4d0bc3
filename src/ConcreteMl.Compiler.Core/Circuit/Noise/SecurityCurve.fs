namespace ConcreteMl.Compiler.Core.Circuit

open System

/// The least noise that makes an LWE dimension (binary keys, modulus 2^64) secure: a line through estimates in
/// log2 σ = Slope · dimension + Bias, floored at 2^-62 and undefined below the least dimension.
type SecurityCurve =
    {
        /// Names the estimate that the line was fitted to; stored with keys.
        Name: string
        /// Security in bits.
        Level: int
        Slope: float
        Bias: float
        LeastDimension: int
    }

/// The curves that are offered, and what they give.
[<RequireQualifiedAccess>]
module SecurityCurve =

    let private line name level slope bias least =
        {
            Name = name
            Level = level
            Slope = slope
            Bias = bias
            LeastDimension = least
        }

    /// 128 bits, lattice estimator of June 2024 (MATZOV); 0.3 bit above its name by the estimator of June 2026.
    let bits128 = line "128" 128 -0.025696778711484593 2.675931372549016 450

    /// 132 bits, the same estimator with a margin of 4 bits: the line that tfhe-rs stands on.
    let bits132 = line "132" 132 -0.024891456582633045 2.65734593837534 450

    /// What is chosen unless a level is asked for.
    let standard = bits132

    /// Lines that compiled circuits may use.
    let offered = [ bits128; bits132 ]

    /// The offered line of this many bits.
    let tryOfLevel level =
        offered |> List.tryFind (fun curve -> curve.Level = level)

    /// log2 of the noise's standard deviation on the torus.
    let log2Sigma curve (dimension: int) =
        max -62.0 (curve.Slope * float dimension + curve.Bias)

    /// The noise's variance on the torus; infinite where the curve says nothing.
    let variance curve (dimension: int) =
        if dimension < curve.LeastDimension then
            Double.PositiveInfinity
        else
            Math.Pow(2.0, 2.0 * log2Sigma curve dimension)
