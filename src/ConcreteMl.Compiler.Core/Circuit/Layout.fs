namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A strided read of a flat operand: element (i, j, …) of the result is element Offset + i·Strides[0] + j·Strides[1] + ….
type View = { Offset: int; Strides: int[] }

/// How movement operations read their operand.
[<RequireQualifiedAccess>]
module Layout =

    let private view offset strides =
        Some { Offset = offset; Strides = strides }

    /// The view that a movement operation is; None for operations that compute, join or fill.
    let tryView (linear: Linear) (operand: int[]) (result: int[]) : View option =
        let strides = Shape.strides operand

        match linear with
        | Linear.Reshape _ -> view 0 (Shape.strides result)
        | Linear.Transpose permutation -> view 0 (permutation |> Array.map (fun axis -> strides[axis]))
        | Linear.Slice(starts, _, steps) -> view (Array.sum (Array.map2 (*) starts strides)) (Array.map2 (*) steps strides)
        | Linear.Broadcast _ -> view 0 (Shape.broadcastStrides operand result)
        | Linear.MatMul _
        | Linear.Conv _
        | Linear.SumPool _
        | Linear.ReduceSum _
        | Linear.Combine _
        | Linear.Scale _
        | Linear.Shift _
        | Linear.Concat _
        | Linear.Pad _
        | Linear.Gather _ -> None

    /// The offset of a row-major index of `shape` under other strides.
    let offset (shape: int[]) (strides: int[]) (index: int) =
        let mutable rest = index
        let mutable sum = 0

        for axis in shape.Length - 1 .. -1 .. 0 do
            sum <- sum + rest % shape[axis] * strides[axis]
            rest <- rest / shape[axis]

        sum

    /// Offsets of every index of `shape` under these strides, in row-major order.
    let offsets (shape: int[]) (strides: int[]) =
        Array.init (Shape.count shape) (offset shape strides)
