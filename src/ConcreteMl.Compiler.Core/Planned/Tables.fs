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
            Window = ready.Window
            Gives = meaning shape (steps |> Array.map _.Scale) (steps |> Array.map _.Offset)
            Low = low
            High = high
            Centred = centred
        }

    /// What an operand of so many bits holds, as a table has to be told.
    let private operandOf bits (lookup: CodedLookup) : TableOperand =
        let shape = lookup.Function.Shape
        let reals = Meaning.spread shape

        let integers tensor =
            Meaning.spread shape tensor |> Array.map int64

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
                | None -> Array.create (Shape.count shape) (Double.NegativeInfinity, Double.PositiveInfinity)
        }

    /// Between which reals codes of these steps lie; a step of 0 limits nothing.
    let private limitsOf (low: int64, high: int64) scale offset =
        let low, high = offset + scale * float low, offset + scale * float high

        if scale = 0.0 then
            Double.NegativeInfinity, Double.PositiveInfinity
        else
            min low high, max low high

    /// The tables over codes of `bits` bits, and by how much the entries of each element were moved down.
    let ofLookup bits (lookup: CodedLookup) : Table * int64[] =
        let shape = lookup.Function.Shape
        let range = lookup.Low, lookup.High

        let scales, offsets =
            Meaning.spread shape lookup.Gives.Scale, Meaning.spread shape lookup.Gives.Offset

        let steps: Step[] =
            Array.map2 (fun scale offset -> { Scale = scale; Offset = offset }) scales offsets

        // What lies beyond the codes is clipped before a bin's values are averaged.
        let limits = Array.map2 (limitsOf range) scales offsets

        let table =
            { TableBuild.build lookup.Function (operandOf bits lookup) [ scales; offsets ] limits (fun element -> code range steps[element]) with
                Window = lookup.Window
            }

        if lookup.Centred then
            TableBuild.centred shape table
        else
            table, Array.zeroCreate (Shape.count shape)
