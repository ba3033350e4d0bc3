namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Tfhe.Programs

/// The run time's names of the element types and roundings of ports.
[<RequireQualifiedAccess>]
module RealElements =

    let ofElement element =
        match element with
        | Element.Bool -> RealElement.Bool
        | Element.Int8 -> RealElement.Int8
        | Element.Int16 -> RealElement.Int16
        | Element.Int32 -> RealElement.Int32
        | Element.Int64 -> RealElement.Int64
        | Element.UInt8 -> RealElement.UInt8
        | Element.UInt16 -> RealElement.UInt16
        | Element.UInt32 -> RealElement.UInt32
        | Element.UInt64 -> RealElement.UInt64
        | Element.Float16 -> RealElement.Float16
        | Element.BFloat16 -> RealElement.BFloat16
        | Element.Float32 -> RealElement.Float32
        | Element.Float64 -> RealElement.Float64

    let ofRounding rounding =
        match rounding with
        | Rounding.HalfEven -> RealRounding.HalfEven
        | Rounding.Floor -> RealRounding.Floor
        | Rounding.Ceiling -> RealRounding.Ceiling
        | Rounding.TowardZero -> RealRounding.TowardZero
        | Rounding.AwayFromZero -> RealRounding.AwayFromZero
        | Rounding.HalfAwayFromZero -> RealRounding.HalfAwayFromZero
        | Rounding.HalfTowardZero -> RealRounding.HalfTowardZero
