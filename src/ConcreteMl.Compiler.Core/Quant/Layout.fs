namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// Where elements lie under strides.
[<RequireQualifiedAccess>]
module Layout =

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
