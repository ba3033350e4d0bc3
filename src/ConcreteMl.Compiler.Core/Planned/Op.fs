namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// An operation on codes.
type QuantOp = ConcreteMl.Compiler.Core.Quant.Op

/// Constant weights of a linear operation, as reals.
type Weights =
    {
        /// MatMul: [..., K, O]; Conv: [O, C/group, kernel...]; float64, `Factor` included.
        Values: Tensor
        /// One per output column or filter, or absent.
        Bias: float[] option
        /// The file holds them transposed.
        Transposed: bool
        /// What the file multiplies the product with.
        Factor: float
        /// The step of every weight, where the file says it (networks that were trained with quantizers); of the weights' shape.
        Steps: Tensor option
    }

/// What the codes of a value mean, element by element: real = Scale · code + Offset. Both are float64 and broadcast to the value.
type Meaning = { Scale: Tensor; Offset: Tensor }

/// The integers that were chosen for a value.
type Codes =
    {
        /// Signed width.
        Bits: int
        /// Lowest and highest code over calibration; of a table, its entries'.
        Range: int64 * int64
        /// None for values on the way between two meanings, such as rounded accumulators.
        Meaning: Meaning option
    }

/// A lookup whose codes are chosen; tables follow from it alone.
type CodedLookup =
    {
        Function: Region
        /// What the operand's codes meant before `Multiplier`, `Shift` and rounding made them ready.
        Reads: Meaning
        /// The operand holds (Multiplier · code + Shift), rounded by `Drop` bits; int64 tensors that broadcast.
        Multiplier: Tensor
        Shift: Tensor
        Drop: int
        /// Codes beyond these ends are read as the ends; absent where there are none. float64 tensors that broadcast.
        Clamp: (Tensor * Tensor) option
        /// Operands from −Window to Window − 1 occur; None: all of their width.
        Window: int64 option
        /// The results' codes: nearest, ties to even, clipped to [Low, High].
        Gives: Meaning
        Low: int64
        High: int64
        /// Entries of every table are moved so that lowest and highest are opposite.
        Centred: bool
    }

/// A partition of the elements of a tensor: elements of one class carry the same label, the first element of the class.
type Classes = int[]

/// Which elements of a value share a scale, and which form one statistical group.
type Grouping =
    {
        /// Elements that must have one scale because a reader sums them, or slides one filter over them.
        Scales: Classes
        /// Elements with one role (a column, a channel, an element of an input): ranges, shifts and tables are per group.
        Groups: Classes
    }

/// The sum of encrypted values into which a value flows by movements and sums alone: its scale has to suit the other side's.
type Meeting =
    {
        /// Which of the graph's `combine` operations, counted from 0.
        Sum: int
        /// The operand of the sum that the value becomes.
        Position: int
        /// The element of the sum that each element becomes first; −1 for those that do not reach it.
        Elements: int[]
        /// The real factor on the way, per element: the scale at the sum is Factor · the scale here.
        Factor: float[]
    }

/// How much of a value lookups read.
[<RequireQualifiedAccess>]
type Reading =
    | Unrounded
    /// At most so many bits: of wider codes, the low bits are dropped. The mean squared bin may be `BinLoss` times the least possible.
    | Rounded of Bits: int * Method: RoundingMethod * BinLoss: float

/// What has to be done on integers: first on reals, then with the codes that were chosen.
[<RequireQualifiedAccess>]
type Op =
    /// x [..., M, K] · weights [..., K, O].
    | MatMul of Weights
    | Conv of Weights * Geometry: Geometry * Group: int
    /// Real result: the window's sum over the divisor of its cell (one per element of the result).
    | SumPool of Kernel: int[] * Geometry: Geometry * Divisors: float[]
    | ReduceSum of Axes: int[] * KeepDims: bool
    /// Σ Signs[i] · operand i.
    | Combine of Signs: int[]
    | Move of Move
    | Concat of Axis: int
    /// factor · x + offset per element: a new meaning for the same codes.
    | Affine of Region
    /// The same real value, in codes of which 0 stands for real 0 (to the nearest code): what padding with code 0 needs.
    | Centre
    /// `AtOutput`: its results leave the circuit.
    | Lookup of Region * AtOutput: bool
    /// Real numbers known at compile time (float64).
    | Constant of Tensor
    /// Chosen: an operation on codes.
    | Integers of QuantOp
    /// Chosen: a lookup on codes.
    | Coded of CodedLookup

/// The operations under a name of their own, beside those of other stages.
type PlanOp = Op

/// The type of a planned value.
type Type =
    {
        Shape: int[]
        /// Element type of the real value.
        Real: Element
        /// Lowest and highest real value over calibration.
        Seen: (float * float) option
        Grouping: Grouping option
        /// An exact code for real 0 is wanted.
        Zero: bool
        Meeting: Meeting option
        /// How lookups read it; of None, as the options say.
        Reading: Reading option
        /// The integers that stand for it, once they are chosen.
        Codes: Codes option
    }

/// What must be done on integers, and every decision about how.
type Graph = Graph<Op, Type>

/// The graph under a name of its own, beside those of other stages.
type PlanGraph = Graph

/// Types of planned values.
[<RequireQualifiedAccess>]
module Type =

    /// A real value of which nothing is known yet.
    let real shape element : Type =
        {
            Shape = shape
            Real = element
            Seen = None
            Grouping = None
            Zero = false
            Meeting = None
            Reading = None
            Codes = None
        }

/// What codes mean, as real numbers.
[<RequireQualifiedAccess>]
module Meaning =

    /// Zero points this near to a whole number are whole: what float32 scales and sums of offsets leave of them.
    let private tolerance = 1e-6

    /// The real value of a code. A zero point that is whole but for rounding in floats counts as whole, so that codes which stand for
    /// equal values have a difference of exactly 0.
    let real (scale: float) (offset: float) (code: float) : float =
        let zero = offset / scale
        let whole = System.Math.Round zero

        if abs (zero - whole) <= tolerance && abs whole < 1e9 then
            scale * (code + whole)
        else
            scale * code + offset

    /// One value for every element.
    let spread (shape: int[]) (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor
        Moves.broadcast tensor.Shape shape |> Array.map (fun element -> values[element])

    /// Scale and offset of every element.
    let elements (shape: int[]) (meaning: Meaning) : float[] * float[] =
        spread shape meaning.Scale, spread shape meaning.Offset
