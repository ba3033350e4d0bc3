namespace ConcreteMl.Compiler.Core.Circuit

open System

/// A gadget decomposition: Levels digits of LogBase bits.
[<Struct>]
type Decomposition = { Levels: int; LogBase: int }

/// What distinguishes two noise models of the same operators.
type NoiseModel =
    {
        /// log2 of the constant in front of the 64-bit floating-point transform's error.
        Log2Transform: float
        /// Mean-compensated modulus switch instead of the plain one.
        Centered: bool
    }

/// Variances on the torus added by the operators on ciphertexts; binary keys, modulus Q = 2^64, balanced digits.
/// Formulas of the published noise analysis of the programmable bootstrap (key bits have variance and squared mean 1/4).
[<RequireQualifiedAccess>]
module NoiseFormulas =

    /// The constant of the published tables' model.
    let goldenTransform = -2.57722494

    let golden centered =
        {
            Log2Transform = goldenTransform
            Centered = centered
        }

    /// The model that parameters are chosen with: centered switch; the transform's constant of the published model stands until
    /// measurements of our kernels allow a smaller one (it is on the safe side: about twice what transforms in double precision show).
    let ours = golden true

    let private squaredModulus = Math.Pow(2.0, 128.0)

    /// One external product with a GGSW of key variance `key`, rank k, polynomial size N: digits times key noise,
    /// rounding of the decomposition under the selecting bit, and the transform's rounding.
    let externalProduct model key (k: int) (n: int) (d: Decomposition) =
        let rank, size, levels = float k, float n, float d.Levels
        let dimension = rank * size
        let squaredBase = Math.Pow(2.0, 2.0 * float d.LogBase)
        let precision = Math.Pow(2.0, 2.0 * float (d.LogBase * d.Levels))

        levels * (rank + 1.0) * size * (squaredBase + 2.0) / 12.0 * key
        + (squaredModulus - precision) / (24.0 * precision) * (1.0 + dimension * 0.5)
          / squaredModulus
        + dimension / 8.0 * 0.25 / squaredModulus
        + (1.0 - dimension) * (1.0 - dimension) / 16.0 * 0.25 / squaredModulus
        + Math.Pow(2.0, model.Log2Transform + 22.0)
          * levels
          * squaredBase
          * size
          * size
          * (rank + 1.0)
          / squaredModulus

    /// A key switch to a key of variance `key`, per dimension of its input.
    let keySwitchPerDimension key (d: Decomposition) =
        let squaredBase = Math.Pow(2.0, 2.0 * float d.LogBase)
        let precision = Math.Pow(2.0, 2.0 * float (d.LogBase * d.Levels))

        (squaredModulus / (12.0 * precision) - 1.0 / 12.0) * 0.5 / squaredModulus
        + 0.25 / (4.0 * squaredModulus)
        + float d.Levels * key * (squaredBase + 2.0) / 12.0

    /// The switch of an LWE of dimension n to `steps` phase steps (2N, or 2N·2^ν when extended).
    let modulusSwitch model (n: int) (steps: float) =
        let n = float n
        let squared = steps * steps

        if model.Centered then
            n * (1.0 / (48.0 * squared) + 1.0 / (24.0 * squaredModulus))
        else
            (1.0 / 12.0 + n / 24.0) / squared + (-1.0 / 12.0 + n / 48.0) / squaredModulus

    /// Half the distance between two codes of `bits` bits with one bit of padding: how far a phase may be off.
    let halfBox (bits: int) = Math.Pow(2.0, float (-2 - bits))

    /// The largest variance at which a phase leaves its half box with probability at most p.
    let budget bits p =
        let deviation = halfBox bits / Erfc.deviations p
        deviation * deviation

    /// The probability that a phase of this variance leaves its half box.
    let failure bits variance =
        if variance <= 0.0 then
            0.0
        else
            Erfc.value (halfBox bits / sqrt (2.0 * variance))
