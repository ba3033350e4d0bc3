namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Element-wise functions of two operands that broadcast by NumPy's rule.
[<RequireQualifiedAccess>]
type Binary =
    | Add
    | Sub
    | Mul
    | Div
    | Pow
    /// The remainder with the sign of the divisor; 0 for an integer divisor of 0.
    | Mod
    /// The remainder with the sign of the dividend, as C's fmod; 0 for an integer divisor of 0.
    | Fmod
    | PRelu
    | Max
    | Min
    | Equal
    | Greater
    | GreaterOrEqual
    | Less
    | LessOrEqual
    | And
    | Or
    | Xor
    /// Of the bits of integers.
    | BitAnd
    | BitOr
    | BitXor
    /// By the number of bits that the second operand names; of unsigned integers the freed bits are 0.
    | ShiftLeft
    | ShiftRight

/// `auto_pad`, resolved to explicit pads as soon as the spatial shape is known.
[<RequireQualifiedAccess>]
type AutoPad =
    | Explicit
    | SameUpper
    | SameLower
    | Valid

/// The sliding window of convolutions and pools, over the spatial axes in order.
type Window =
    {
        Kernel: int[]
        Strides: int[]
        Dilations: int[]
        /// Begin pads of all axes, then end pads.
        Pads: int[]
        AutoPad: AutoPad
        CeilMode: bool
    }

/// What the Quant nodes of QAT exporters ask for (domains onnx.brevitas and qonnx.custom_op.general).
type FakeQuant =
    {
        Signed: bool
        Narrow: bool
        /// Upper-case name, such as "ROUND" (half to even), "FLOOR", "CEIL", "ROUND_TO_ZERO"; "ROUND_RATIO" where the zero point is
        /// added to what was rounded.
        RoundingMode: string
    }

/// The normalized vocabulary of the float stage: what importers reduce every opset to.
[<RequireQualifiedAccess>]
type Op =
    | Constant of Value: Tensor
    | Unary of Unary
    | Binary of Binary
    /// Operands x, then the lower and the upper bound where present.
    | Clip of HasMin: bool * HasMax: bool
    /// Operands condition, then, else.
    | Where
    /// Operands A, B and, where present, C.
    | Gemm of Alpha: float32 * Beta: float32 * TransA: bool * TransB: bool
    | MatMul
    /// Operands x (N x C x spatial), weights (O x C/group x kernel) and, where present, bias (O).
    | Conv of Window: Window * Group: int
    | AveragePool of Window: Window * CountIncludePad: bool
    /// Two results when the indices are used.
    | MaxPool of Window: Window * StorageOrder: int
    /// Operands x, scale, bias, mean, variance.
    | BatchNormalization of Epsilon: float32
    /// Operands x and, where present, axes.
    | ReduceSum of KeepDims: bool * NoopWithEmptyAxes: bool
    /// The int64 position of the largest element along an axis; the first or the last of equals.
    | ArgMax of Axis: int * KeepDims: bool * SelectLast: bool
    | Concat of Axis: int
    /// Operands x, shape.
    | Reshape of AllowZero: bool
    | Flatten of Axis: int
    /// Empty: reverse the axes.
    | Transpose of Permutation: int[]
    /// Operands x and, where present, axes.
    | Squeeze
    /// Operands x, axes.
    | Unsqueeze
    /// Operands x, starts, ends, axes, steps.
    | Slice
    /// Operands x, indices.
    | Gather of Axis: int
    /// Operands x, pads, then value where present, then axes where present; mode "constant", "reflect", "edge" or "wrap".
    | Pad of Mode: string * HasValue: bool
    /// Operands x, shape.
    | Expand
    | Shape of Start: int * End: int option
    /// Operand shape.
    | ConstantOfShape of Value: Tensor
    /// Operands x, scale, zero point, bit width: quantize and dequantize again.
    | Quant of FakeQuant

[<RequireQualifiedAccess>]
type Dim =
    | Known of int
    | Dynamic

/// The type of a float-stage value. `Dims` is None when the rank is unknown. After binding the batch to 1, all
/// dimensions that do not depend on data are known.
type ValueType =
    { Element: Element; Dims: Dim[] option }

type Graph = Graph<Op, ValueType>
