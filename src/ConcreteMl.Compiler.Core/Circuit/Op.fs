namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// The type of an encrypted tensor.
type ValueType =
    {
        Shape: int[]
        /// Message bits p of the encoding: a code c has the phase c · 2^(63−p).
        Bits: int
        Range: int64 * int64
        /// The largest squared 2-norm, over the elements, of the weights that lead here from fresh inputs and lookup results
        /// (equal terms merged); None before the noise analysis.
        Norm2: float option
        /// The key it is encrypted under; None before parameters are chosen.
        Key: int option
    }

/// How a lookup is carried out; chosen by the cost model, never changes the meaning.
type LookupPlan =
    {
        /// Index of the lookup class: small key and decompositions.
        Class: int
        /// The bound on the failure probability of each of its bootstraps.
        PError: float
    }

/// Low bits that an exact rounding takes off together: a single bit by the sign of its phase, several by the sign of the highest and
/// then a table of the others.
type Digit =
    {
        Bits: int
        /// Index of the lookup class of its bootstraps.
        Class: int
    }

/// How an exact rounding is carried out; chosen by the cost model, never changes the meaning.
type RoundingPlan =
    {
        /// From the lowest on; together all dropped bits.
        Digits: Digit[]
        /// The bound on the failure probability of each of its bootstraps.
        PError: float
    }

/// Operations of the circuit stage: the quantized operations, with encodings and keys made explicit.
[<RequireQualifiedAccess>]
type Op =
    | Linear of Linear
    | Lookup of Table: Table * Plan: LookupPlan option
    /// Several tables at one operand, each with a result of its own: decided together, and by one blind rotation where the class's
    /// polynomial has room for all of them.
    | LookupMany of Tables: Table[] * Plan: LookupPlan option
    /// Code c of p bits becomes floor((c + 2^(Drop−1)) / 2^Drop) of p − Drop bits.
    | Round of Drop: int * Method: RoundingMethod * Plan: RoundingPlan option
    /// The same code in an encoding of fewer bits (a larger step): the ciphertext times 2^(from − to).
    | Reencode
    | Constant of Tensor

type Graph = Graph<Op, ValueType>

[<RequireQualifiedAccess>]
module Digits =

    /// The digits of an exact rounding: those of its plan, or bit by bit.
    let ofPlan drop (plan: RoundingPlan option) : Digit[] =
        match plan with
        | Some plan -> plan.Digits
        | None -> Array.create drop { Bits = 1; Class = 0 }
