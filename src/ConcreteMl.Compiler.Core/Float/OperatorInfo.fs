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

[<RequireQualifiedAccess>]
module internal OperatorVersions =

    /// The first opsets of operators whose signatures are not in the table of `Onnx.Opset`.
    let firsts =
        Map.ofList
            [
                "AffineGrid", 20
                "Attention", 23
                "BitShift", 11
                "BitwiseAnd", 18
                "BitwiseNot", 18
                "BitwiseOr", 18
                "BitwiseXor", 18
                "CenterCropPad", 18
                "Col2Im", 18
                "Compress", 9
                "ConcatFromSequence", 11
                "ConvTranspose", 1
                "CumProd", 26
                "CumSum", 11
                "Einsum", 12
                "EyeLike", 9
                "GRU", 1
                "GatherElements", 11
                "GatherND", 11
                "GlobalLpPool", 1
                "GridSample", 16
                "GroupNormalization", 18
                "Hardmax", 1
                "If", 1
                "InstanceNormalization", 1
                "LRN", 1
                "LSTM", 1
                "LayerNormalization", 17
                "Loop", 1
                "LpNormalization", 1
                "LpPool", 1
                "MaxUnpool", 9
                "MeanVarianceNormalization", 9
                "NegativeLogLikelihoodLoss", 12
                "NonZero", 9
                "OneHot", 9
                "Optional", 15
                "OptionalGetElement", 15
                "OptionalHasElement", 15
                "RMSNormalization", 23
                "RNN", 1
                "Range", 11
                "Resize", 10
                "ReverseSequence", 10
                "RotaryEmbedding", 23
                "Scan", 8
                "Scatter", 9
                "ScatterElements", 11
                "ScatterND", 11
                "SequenceAt", 11
                "SequenceConstruct", 11
                "SequenceEmpty", 11
                "SequenceErase", 11
                "SequenceInsert", 11
                "SequenceLength", 11
                "SequenceMap", 17
                "SoftmaxCrossEntropyLoss", 12
                "SplitToSequence", 11
                "SwiGLU", 27
                "Swish", 24
                "TopK", 1
                "Trilu", 14
            ]
