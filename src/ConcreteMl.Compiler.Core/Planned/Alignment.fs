namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Free changes of codes: a multiplier and a shift for each element.
[<RequireQualifiedAccess>]
module Alignment =

    /// The nearest code of so many bits.
    let clip bits code =
        Math.Clamp(code, -(1L <<< (bits - 1)), (1L <<< (bits - 1)) - 1L)

    /// A shift of every element to codes of a given width, emitted where not trivial.
    let shifted (emitter: Emitter) bits (shift: int64[]) origin (x: ValueId * IntegerBatch) : ValueId * IntegerBatch =
        if Array.forall ((=) 0L) shift && emitter.BitsOf(fst x) = bits then
            x
        else
            let shape = (snd x).Shape
            let linear = Linear.Shift(Constants.integers shape shift)
            let batch = EvalLinear.run linear shape [ snd x ]
            let low, high = IntegerBatch.range batch
            emitter.Typed(QuantOp.Linear linear, [ x ], batch, (clip bits low, clip bits high), bits, origin)

    /// Multiplier and shift of every element, emitted where not trivial; the result has codes of a given width.
    let aligned (emitter: Emitter) bits (multiplier: int64[]) (shift: int64[]) origin (x: Emitted) : ValueId * IntegerBatch =
        if Array.forall ((=) 1L) multiplier then
            shifted emitter bits shift origin (x.Id, x.Batch)
        else
            emitter.Linear(Linear.Scale(Constants.integers x.Batch.Shape multiplier), [ x.Id, x.Batch ], origin)
            |> shifted emitter bits shift origin
