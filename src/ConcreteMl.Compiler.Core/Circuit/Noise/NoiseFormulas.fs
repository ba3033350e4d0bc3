namespace ConcreteMl.Compiler.Core.Circuit

open System

/// A gadget decomposition: Levels digits of LogBase bits.
[<Struct>]
type Decomposition = { Levels: int; LogBase: int }

/// The rounding error of 64-bit floating-point transforms.
[<RequireQualifiedAccess>]
type TransformError =
    /// The constant of the published tables' model.
    | Published
    /// The run time's kernels, as fitted in `ConcreteMl.Tfhe.NoiseModel.Measured`.
    | Measured

/// What distinguishes two noise models of the same operators.
type NoiseModel =
    {
        Transform: TransformError
        /// Mean-compensated modulus switch instead of the plain one.
        Centered: bool
        /// Digits of key switches are as sparse as the run time's (`ConcreteMl.Tfhe.NoiseModel.Measured`); ties split evenly otherwise.
        SparseDigits: bool
    }

/// Variances on the torus added by the operators on ciphertexts; binary keys, modulus Q = 2^64, balanced digits.
/// Formulas of the published noise analysis of the programmable bootstrap (key bits have variance and squared mean 1/4).
[<RequireQualifiedAccess>]
module NoiseFormulas =

    /// The model of the published tables.
    let golden centered =
        {
            Transform = TransformError.Published
            Centered = centered
            SparseDigits = false
        }

    /// The model that parameters are chosen with, and that simulation draws from: our kernels, centered switch.
    let ours =
        {
            Transform = TransformError.Measured
            Centered = true
            SparseDigits = true
        }

    let private squaredModulus = Math.Pow(2.0, 128.0)

    /// Variance of the transforms of one external product: relative to its digits, and the rounding that their mean of -1/2 brings at any base.
    let private transforms error (rank: float) (size: float) (d: Decomposition) =
        let levels = float d.Levels

        let ofDigits, ofMeans =
            match error with
            | TransformError.Published -> Math.Pow(2.0, -2.57722494) * levels * size * size * (rank + 1.0), 0.0
            | TransformError.Measured ->
                0.0078
                * Math.Pow(levels, 1.01827)
                * Math.Pow(rank, 1.22003)
                * Math.Pow(size, 2.22003)
                * Math.Pow(rank + 1.0, 1.01827),
                0.0012 * levels * rank * (rank + 1.0) * Math.Pow(size, 3.0)

        // a double keeps 53 bits of a 64-bit word
        (ofDigits * Math.Pow(2.0, 2.0 * float d.LogBase) + ofMeans)
        * Math.Pow(2.0, 22.0)
        / squaredModulus

    /// What a blind rotation that takes `words` mask words a step, 1 or 2, adds for each, with a GGSW of key variance `key`, rank k, polynomial
    /// size N: digits times key noise, rounding of the decomposition under the selecting bit, and the transform's rounding. Two words have three
    /// products, each times a power of X less 1, which doubles a variance, and one rounding, which 3/4 of the pairs pass on doubled.
    let perWord model words key (k: int) (n: int) (d: Decomposition) =
        let ofProduct, ofRounding = if words = 1 then 1.0, 1.0 else 3.0, 1.5
        let rank, size, levels = float k, float n, float d.Levels
        let dimension = rank * size
        let squaredBase = Math.Pow(2.0, 2.0 * float d.LogBase)
        let precision = Math.Pow(2.0, 2.0 * float (d.LogBase * d.Levels))

        ofProduct * (levels * (rank + 1.0) * size * (squaredBase + 2.0) / 12.0 * key)
        + ofRounding
          * ((squaredModulus - precision) / (24.0 * precision) * (1.0 + dimension * 0.5)
             / squaredModulus)
        + ofRounding * (dimension / 8.0 * 0.25 / squaredModulus)
        + ofRounding
          * ((1.0 - dimension) * (1.0 - dimension) / 16.0 * 0.25 / squaredModulus)
        + ofProduct * transforms model.Transform rank size d

    /// One external product: what it adds for a mask word by itself.
    let externalProduct model key k n d = perWord model 1 key k n d

    /// Mean squares of the digits of one word, summed. Where ties are sparse, a tie is kept from the next digit: a digit behind none is a tie with
    /// probability 1/B, from the lowest on, and one behind a tie loses B²/4 · 1/B of its mean square.
    let private squaredDigits model (d: Decomposition) =
        let b, levels = Math.Pow(2.0, float d.LogBase), float d.Levels
        let even = levels * (b * b + 2.0) / 12.0

        if model.SparseDigits then
            let start = b / ((b + 1.0) * (b + 1.0))
            let ties = levels / (b + 1.0) - start * (1.0 - Math.Pow(-1.0 / b, levels))
            even - b / 4.0 * ties
        else
            even

    /// A key switch to a key of variance `key`, per dimension of its input; in the Fourier domain too, where the transforms' error is
    /// below 2^-15 of the key's noise.
    let keySwitchPerDimension model key (d: Decomposition) =
        let precision = Math.Pow(2.0, 2.0 * float (d.LogBase * d.Levels))

        (squaredModulus / (12.0 * precision) - 1.0 / 12.0) * 0.5 / squaredModulus
        + 0.25 / (4.0 * squaredModulus)
        + key * squaredDigits model d

    /// The switch of an LWE of dimension n to `steps` phase steps (2N, or 2N·2^ν when extended).
    let modulusSwitch model (n: int) (steps: float) =
        let n = float n
        let squared = steps * steps

        if model.Centered then
            n * (1.0 / (48.0 * squared) + 1.0 / (24.0 * squaredModulus))
        else
            (1.0 / 12.0 + n / 24.0) / squared + (-1.0 / 12.0 + n / 48.0) / squaredModulus

    /// Packing one value of an LWE of dimension `dimension` with others, `packed` in all, into one ciphertext under a key of variance
    /// `key`, and rounding that ciphertext's `mask` mask words and its bodies to `bits` bits, the mask's mean compensated. Each value
    /// brings the noise of its own digits times the key.
    let compression model (dimension: int) key (d: Decomposition) (packed: int) (mask: int) (bits: int) =
        float dimension * keySwitchPerDimension model (float packed * key) d
        + (float mask / 4.0 + 1.0) / 12.0 * Math.Pow(4.0, -float bits)

    /// Rounding of a key's bodies to `bits` bits; 0 bits: they are not rounded.
    let bodyRounding (bits: int) =
        if bits = 0 then 0.0 else Math.Pow(4.0, -float bits) / 12.0

    /// A key's noise has at least so many times the variance that rounding its bodies adds. With 1000 every key of kN = 2048 had 52 bits instead
    /// of 49, and circuits of the zoo took the same time; with 8 they have 48, and some ask for more levels.
    let private hidden = 30.0

    /// The bits of words of `word` bits that the bodies of a key keep whose noise has this log2 σ; 0 where these are all.
    let bodyBits log2Sigma word =
        let bits = int (ceil (0.5 * Math.Log2(hidden / 12.0) - log2Sigma))

        if bits < word then
            max ConcreteMl.Tfhe.BodyWidth.Least bits
        else
            0

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
