namespace ConcreteMl.Compiler.Core.Base

open System
open System.Numerics
open System.Runtime.InteropServices
open System.Runtime.Intrinsics

/// Sums of products in one order of rounding, whatever instructions the processor has: 256-bit vectors are the unit even where the
/// run time must carry them out otherwise, and a product is rounded before it is added. What decides about codes and scales is added
/// up here, so that an artefact's bytes do not depend on the machine. (TensorPrimitives' sums depend on the vector's width and on
/// fused multiply-add; its element-wise operations do not.)
[<RequireQualifiedAccess>]
module FixedOrder =

    let private wide<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T)> (values: ReadOnlySpan<'T>) =
        MemoryMarshal.Cast<'T, Vector256<'T>> values

    /// The lanes of a vector from the first to the last.
    let private lanes<'T when 'T :> INumber<'T>> (sums: Vector256<'T>) : 'T =
        let mutable total = sums.GetElement 0

        for lane in 1 .. Vector256<'T>.Count - 1 do
            total <- total + sums.GetElement lane

        total

    /// What the vectors leave over, added to a total.
    let private rest<'T when 'T :> INumber<'T>> (total: 'T) (from: int) (x: ReadOnlySpan<'T>) (y: ReadOnlySpan<'T>) : 'T =
        let mutable total = total

        for at in from .. x.Length - 1 do
            total <- total + x[at] * y[at]

        total

    /// Σ x·y of two spans of one length: lane by lane, then the lanes, then what the vectors leave over.
    let dot<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (x: ReadOnlySpan<'T>)
        (y: ReadOnlySpan<'T>)
        : 'T =
        let xs = wide x
        let ys = wide y
        let mutable sums = Vector256<'T>.Zero

        for at in 0 .. xs.Length - 1 do
            sums <- Vector256.Add(sums, Vector256.Multiply(xs[at], ys[at]))

        rest (lanes sums) (xs.Length * Vector256<'T>.Count) x y

    /// `dot` of x with each of four neighbouring rows of its length, each to the bit what `dot` gives; x is read once.
    let dotFour<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (x: ReadOnlySpan<'T>)
        (rows: ReadOnlySpan<'T>)
        (results: Span<'T>)
        : unit =
        let length = x.Length
        let xs = wide x
        let first = rows.Slice(0, length)
        let second = rows.Slice(length, length)
        let third = rows.Slice(2 * length, length)
        let fourth = rows.Slice(3 * length, length)
        let firsts = wide first
        let seconds = wide second
        let thirds = wide third
        let fourths = wide fourth
        let mutable a = Vector256<'T>.Zero
        let mutable b = Vector256<'T>.Zero
        let mutable c = Vector256<'T>.Zero
        let mutable d = Vector256<'T>.Zero

        for at in 0 .. xs.Length - 1 do
            let factor = xs[at]
            a <- Vector256.Add(a, Vector256.Multiply(factor, firsts[at]))
            b <- Vector256.Add(b, Vector256.Multiply(factor, seconds[at]))
            c <- Vector256.Add(c, Vector256.Multiply(factor, thirds[at]))
            d <- Vector256.Add(d, Vector256.Multiply(factor, fourths[at]))

        let from = xs.Length * Vector256<'T>.Count
        results[0] <- rest (lanes a) from x first
        results[1] <- rest (lanes b) from x second
        results[2] <- rest (lanes c) from x third
        results[3] <- rest (lanes d) from x fourth

    /// `dot` of x with each of neighbouring rows of its length, as many as there are results.
    let internal dots<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (x: ReadOnlySpan<'T>)
        (rows: ReadOnlySpan<'T>)
        (results: Span<'T>)
        : unit =
        let length = x.Length
        let together = results.Length / 4

        for four in 0 .. together - 1 do
            dotFour x (rows.Slice(4 * four * length, 4 * length)) (results.Slice(4 * four, 4))

        for row in 4 * together .. results.Length - 1 do
            results[row] <- dot x (rows.Slice(row * length, length))

    /// sums ← sums + factor · x, each product rounded before it is added.
    let addScaled<'T when 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> INumber<'T>>
        (factor: 'T)
        (x: ReadOnlySpan<'T>)
        (sums: Span<'T>)
        : unit =
        let xs = wide x
        let into = MemoryMarshal.Cast<'T, Vector256<'T>> sums
        let factors = Vector256.Create<'T> factor

        for at in 0 .. xs.Length - 1 do
            into[at] <- Vector256.Add(into[at], Vector256.Multiply(xs[at], factors))

        for at in xs.Length * Vector256<'T>.Count .. x.Length - 1 do
            sums[at] <- sums[at] + factor * x[at]
