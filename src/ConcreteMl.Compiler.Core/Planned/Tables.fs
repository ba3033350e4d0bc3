namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// What is chosen of a lookup, and the tables that follow from it.
[<RequireQualifiedAccess>]
module Tables =

    /// The nearest code, ties to even, clipped; NaN counts as the lowest. A scale of 0 knows code 0 alone.
    let code (low: int64, high: int64) (step: Step) (value: float) : int64 =
        let nearest =
            Math.Round((value - step.Offset) / step.Scale, MidpointRounding.ToEven)

        if step.Scale = 0.0 then 0L
        elif Double.IsNaN nearest then low
        else int64 (Math.Clamp(nearest, float low, float high))

    let private meaning shape (scale: float[]) (offset: float[]) : Meaning =
        {
            Scale = Constants.reals shape scale
            Offset = Constants.reals shape offset
        }

    /// What is chosen: a function of an accumulator's reals, read from a prepared operand, in codes of these steps.
    let coded (region: Region) (x: Emitted) (ready: Prepared) (steps: Step[]) (low, high) centred : CodedLookup =
        let shape = region.Shape
        let lows, highs = Array.unzip ready.Clamp

        let unclamped =
            Array.forall Double.IsNegativeInfinity lows
            && Array.forall Double.IsPositiveInfinity highs

        {
            Function = region
            Reads = meaning shape x.Scale x.Offset
            Multiplier = Constants.integers shape ready.Multiplier
            Shift = Constants.integers shape ready.Shift
            Drop = ready.Drop
            Clamp =
                if unclamped then
                    None
                else
                    Some(Constants.reals shape lows, Constants.reals shape highs)
            Gives = meaning shape (steps |> Array.map _.Scale) (steps |> Array.map _.Offset)
            Low = low
            High = high
            Centred = centred
        }

    /// The tables over codes of `bits` bits, and by how much the entries of each element were moved down.
    let ofLookup bits (lookup: CodedLookup) : Table * int64[] =
        let shape = lookup.Function.Shape
        let count = Shape.count shape
        let reals = Meaning.spread shape

        let integers tensor =
            Meaning.spread shape tensor |> Array.map int64

        let scales, offsets = reals lookup.Gives.Scale, reals lookup.Gives.Offset

        let reads: TableOperand =
            {
                Scale = reals lookup.Reads.Scale
                Offset = reals lookup.Reads.Offset
                Bits = bits
                Drop = lookup.Drop
                Multiplier = integers lookup.Multiplier
                Shift = integers lookup.Shift
                Clamp =
                    match lookup.Clamp with
                    | Some(low, high) -> Array.zip (reals low) (reals high)
                    | None -> Array.create count (Double.NegativeInfinity, Double.PositiveInfinity)
            }

        let quantize element value =
            code
                (lookup.Low, lookup.High)
                {
                    Scale = scales[element]
                    Offset = offsets[element]
                }
                value

        // What lies beyond the codes is clipped before a bin's values are averaged.
        let limits =
            Array.map2
                (fun scale offset ->
                    let low, high =
                        offset + scale * float lookup.Low, offset + scale * float lookup.High

                    if scale = 0.0 then
                        Double.NegativeInfinity, Double.PositiveInfinity
                    else
                        min low high, max low high)
                scales
                offsets

        let table =
            TableBuild.build lookup.Function reads [ scales; offsets ] limits quantize

        if lookup.Centred then
            TableBuild.centred shape table
        else
            table, Array.zeroCreate count
