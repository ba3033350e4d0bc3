namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// The real meaning of codes where it is simple enough to print as MLIR's quant type:
/// real = Scales[c] · (code − Zeros[c]); one entry, or one per index of `Axis`.
type Uniform =
    {
        Scales: float[]
        Zeros: int64[]
        Axis: int option
    }

/// The type of an integer tensor. Codes are signed: they lie in [−2^(Bits−1), 2^(Bits−1)); outside, a value wraps as
/// the ciphertext does (modulo 2^(Bits+1)) and counts as a range overflow.
type ValueType =
    {
        Shape: int[]
        /// The signed width of `Range`.
        Bits: int
        /// Lowest and highest code seen in calibration (by construction, for results of lookups).
        Range: int64 * int64
        Uniform: Uniform option
    }

/// Operations of the quantized stage: integers only, between the client's quantizer and the client's dequantizer.
[<RequireQualifiedAccess>]
type Op =
    | Linear of Linear
    | Lookup of Table
    /// Code c becomes floor((c + 2^(Drop−1)) / 2^Drop): half up, the low bits dropped.
    | Round of Drop: int * Method: RoundingMethod
    /// A clear integer tensor that enters as a trivial ciphertext (outputs that are constant).
    | Constant of Tensor

type Graph = Graph<Op, ValueType>
