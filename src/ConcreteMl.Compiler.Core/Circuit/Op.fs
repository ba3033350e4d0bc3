namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Squared 2-norms of the weights with which fresh noises reach a value (equal terms merged), by what the noises come from: each
/// the largest over the elements.
type SourceNorms =
    {
        /// From fresh encryptions.
        Input: float
        /// From the blind rotations of table lookups.
        Table: float
        /// From those of exact roundings.
        Rounding: float
    }

    /// The squared norm over all sources.
    member this.Total = this.Input + this.Table + this.Rounding

/// The type of an encrypted tensor.
type ValueType =
    {
        Shape: int[]
        /// Message bits p of the encoding: a code c has the phase c · 2^(63−p).
        Bits: int
        /// Codes of half a turn where these are fewer than 2^p, even: steps are then longer; 0: a whole width.
        Codes: int
        Range: int64 * int64
        /// How fresh noises are amplified on their way here; None before the noise analysis.
        Noise: SourceNorms option
        /// The key it is encrypted under; None before parameters are chosen.
        Key: int option
    }

    /// How its codes lie on the torus.
    member this.Step = ConcreteMl.Tfhe.TorusStep(this.Bits, this.Codes)

/// How a lookup is carried out; chosen by the cost model, never changes the meaning.
type LookupPlan =
    {
        /// The group of bootstraps that share parameters.
        Group: int
        /// Index of the lookup class: small key and decompositions; None before classes are assigned.
        Class: int option
        /// The failure probability of each of its bootstraps; None before classes are assigned.
        PError: float option
    }

/// Low bits that an exact rounding takes off together: a single bit by the sign of its phase, several by the sign of the highest and
/// then a table of the others.
type Digit =
    {
        Bits: int
        /// The group of its bootstraps; None before grouping.
        Group: int option
        /// Index of the lookup class of its bootstraps; None before classes are assigned.
        Class: int option
    }

/// How an exact rounding is carried out; chosen by the cost model, never changes the meaning.
type RoundingPlan =
    {
        /// From the lowest on; together all dropped bits.
        Digits: Digit[]
        /// The largest failure probability of its bootstraps; None before classes are assigned.
        PError: float option
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

/// A graph of the circuit stage.
type Graph = Graph<Op, ValueType>

/// Digits of exact roundings.
[<RequireQualifiedAccess>]
module Digits =

    /// A digit of so many bits that has no group yet.
    let unassigned bits =
        {
            Bits = bits
            Group = None
            Class = None
        }

    // Codes have 64 bits at most; a text may say anything, and is verified later.
    let private mostDropped = 63

    /// The digits of an exact rounding: those of its plan, or bit by bit.
    let ofPlan drop (plan: RoundingPlan option) : Digit[] =
        match plan with
        | Some plan -> plan.Digits
        | None -> Array.create (System.Math.Clamp(drop, 0, mostDropped)) (unassigned 1)

/// Plans of nodes that bootstrap.
[<RequireQualifiedAccess>]
module internal Plans =

    /// A node with another plan: `lookup` makes it for lookups from the plan that they have, `rounding` for exact roundings from the
    /// number of dropped bits and the digits. Other nodes have none and stay.
    let change (lookup: LookupPlan option -> LookupPlan option) (rounding: int -> Digit[] -> RoundingPlan) (node: Node<Op>) : Node<Op> =
        let op =
            match node.Op with
            | Op.Lookup(table, plan) -> Op.Lookup(table, lookup plan)
            | Op.LookupMany(tables, plan) -> Op.LookupMany(tables, lookup plan)
            | Op.Round(drop, RoundingMethod.Exact, plan) ->
                Op.Round(drop, RoundingMethod.Exact, Some(rounding drop (Digits.ofPlan drop plan)))
            | Op.Round(_, RoundingMethod.Approximate, _)
            | Op.Linear _
            | Op.Reencode
            | Op.Constant _ -> node.Op

        { node with Op = op }
