namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// Spatial geometry of integer convolutions and pools: one entry per spatial axis; padding cells hold the code 0.
type Geometry =
    {
        Strides: int[]
        Dilations: int[]
        PadsBegin: int[]
        PadsEnd: int[]
    }

/// Operations that only move codes: each element of the result is one of the operand's, or the code 0 (a trivial ciphertext).
[<RequireQualifiedAccess>]
type Move =
    /// The same codes in order, in another shape of as many.
    | Reshape of Shape: int[]
    /// Axes in another order: axis i of the result is axis Permutation[i] of the operand.
    | Transpose of Permutation: int[]
    /// Start, number of elements and step (possibly negative) per axis.
    | Slice of Starts: int[] * Sizes: int[] * Steps: int[]
    /// Padding with the code 0, per axis.
    | Pad of Before: int[] * After: int[]
    /// Elements along an axis by constant index.
    | Gather of Axis: int * Indices: Tensor
    /// Repeats by NumPy's broadcasting.
    | Broadcast of Shape: int[]

/// Integer-linear operations with clear integer constants, shared by the quantized and the circuit stage.
/// They act on codes alone: scales and zero points live in codings and tables. All operands of one operation have one step.
[<RequireQualifiedAccess>]
type Linear =
    /// x [..., M, K] · Weights [..., K, O], batch axes broadcasting as in NumPy (x may have rank 1 or more).
    | MatMul of Weights: Tensor
    /// x [N, C, spatial...] * Weights [O, C/Group, kernel...].
    | Conv of Weights: Tensor * Geometry: Geometry * Group: int
    /// Sum over each window of Kernel cells, channel by channel: AveragePool without its division.
    | SumPool of Kernel: int[] * Geometry: Geometry
    /// Sum over some axes; they stay with size 1 where KeepDims.
    | ReduceSum of Axes: int[] * KeepDims: bool
    /// Σ Multipliers[i] · operand i, operands broadcasting.
    | Combine of Multipliers: int64[]
    /// Element-wise product with constants that broadcast to the operand.
    | Scale of Factors: Tensor
    /// Element-wise sum with constants that broadcast to the operand: free on ciphertexts.
    | Shift of Offsets: Tensor
    /// Operands side by side along an axis.
    | Concat of Axis: int
    | Move of Move

/// What analyses ask of an operation beside its terms.
[<RequireQualifiedAccess>]
module Linear =

    /// The operation with `change`d weights, of the same shapes; operations without weights stay.
    let mapWeights (change: Tensor -> Tensor) (linear: Linear) : Linear =
        match linear with
        | Linear.MatMul weights -> Linear.MatMul(change weights)
        | Linear.Conv(weights, geometry, group) -> Linear.Conv(change weights, geometry, group)
        | Linear.Combine multipliers ->
            Tensor.ofInt64 [| multipliers.Length |] multipliers
            |> change
            |> Tensor.toInt64s
            |> Linear.Combine
        | Linear.Scale factors -> Linear.Scale(change factors)
        | Linear.SumPool _
        | Linear.ReduceSum _
        | Linear.Shift _
        | Linear.Concat _
        | Linear.Move _ -> linear

    /// Whether every element of the result is one of an operand's, moved or shifted: it costs nothing, and adds no noise.
    let copies (linear: Linear) =
        match linear with
        | Linear.Shift _
        | Linear.Concat _
        | Linear.Move _ -> true
        | Linear.MatMul _
        | Linear.Conv _
        | Linear.SumPool _
        | Linear.ReduceSum _
        | Linear.Combine _
        | Linear.Scale _ -> false

[<RequireQualifiedAccess>]
type RoundingMethod =
    | Exact
    | Approximate

/// Tables over every code of a signed operand of `Bits` bits.
type Table =
    {
        /// [tables, 2^Bits] integers: entry (t, i) is the result for code i − 2^(Bits−1).
        Entries: Tensor
        /// Which table serves which element: broadcasts to the operand.
        Index: Tensor
        /// What the tables compute, for readers of a dump: "relu", "mul(x, sigmoid(x))".
        Function: string
        /// Codes from −Window to Window − 1 occur, beyond calibration by its margin; what lies further out may be read as anything. None: all.
        Window: int64 option
    }
