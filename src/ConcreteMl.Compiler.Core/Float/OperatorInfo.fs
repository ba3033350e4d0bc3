namespace ConcreteMl.Compiler.Core.Float

/// How an operator is carried out on encrypted data.
[<RequireQualifiedAccess>]
type Execution =
    /// A function of one encrypted value: part of one lookup, together with all element-wise neighbours.
    | Lookup
    /// As `Lookup` for one encrypted value; of two, functions of their sums and differences.
    | Mixture
    /// Integer arithmetic with clear weights, without any lookup.
    | Linear
    /// Sums and differences of two encrypted values are linear; with one encrypted operand, part of a lookup.
    | Sum
    /// Moves encrypted values; costs nothing.
    | Movement
    /// Replaced by other operators of this table when the model is read.
    | Rewritten
    /// A quantizer of a network that was trained with it.
    | Quantizer
    /// Computed while compiling: its operands or its result do not depend on encrypted data.
    | CompileTime
    /// Compares encrypted values.
    | Comparison

/// What the compiler knows about one operator.
type OperatorInfo =
    {
        /// "ai.onnx" for ONNX's own.
        Domain: string
        Name: string
        /// The first opset with this operator, and the newest whose meaning is known.
        Since: int
        Newest: int
        Execution: Execution
        /// "" when everything that ONNX allows is carried out.
        Restrictions: string
    }
