/// Numbers of every element type, edges among them.
namespace ConcreteMl.Compiler.Core.Tests.RuntimeTypes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Which numbers an operand holds.
[<RequireQualifiedAccess>]
type Kind =
    /// Around zero; of integers the least and the largest too.
    | Any
    /// From -8 to 8, or 0 to 8.
    | Small
    /// From 1 to 8.
    | Positive
    /// Of floats: infinities, NaN and both zeros among others.
    | Special

[<RequireQualifiedAccess>]
module Values =

    let integers =
        [
            Element.Int8
            Element.Int16
            Element.Int32
            Element.Int64
            Element.UInt8
            Element.UInt16
            Element.UInt32
            Element.UInt64
        ]

    let floats = [ Element.Float16; Element.BFloat16; Element.Float32; Element.Float64 ]

    let numbers = integers @ floats
    let all = Element.Bool :: numbers

    /// The least and the largest number of an integer type; 64-bit ones as far as they are told apart by float64.
    let private ends element =
        match element with
        | Element.Int8 -> -128.0, 127.0
        | Element.Int16 -> -32768.0, 32767.0
        | Element.Int32 -> -2147483648.0, 2147483647.0
        | Element.Int64 -> -9007199254740992.0, 9007199254740992.0
        | Element.UInt8 -> 0.0, 255.0
        | Element.UInt16 -> 0.0, 65535.0
        | Element.UInt32 -> 0.0, 4294967295.0
        | Element.UInt64 -> 0.0, 9007199254740992.0
        | _ -> 0.0, 1.0

    let private isUnsigned element = fst (ends element) = 0.0

    let private whole (random: Random) kind element =
        let low = if isUnsigned element then 0 else -8

        match kind with
        | Kind.Positive -> float (random.Next(1, 9))
        | Kind.Any when random.Next 6 = 0 ->
            if random.Next 2 = 0 then
                fst (ends element)
            else
                snd (ends element)
        | _ -> float (random.Next(low, 9))

    let private real (random: Random) kind =
        match kind with
        | Kind.Positive -> 0.125 + 4.0 * random.NextDouble()
        | Kind.Special when random.Next 3 = 0 -> [| 0.0; -0.0; infinity; -infinity; nan; 0.5; -2.5 |][random.Next 7]
        | _ when random.Next 4 = 0 -> float (random.Next(-6, 7)) / 2.0
        | _ -> 6.0 * random.NextDouble() - 3.0

    /// A tensor of these numbers.
    let tensor (random: Random) kind element (shape: int[]) : Tensor =
        let draw _ =
            match element with
            | Element.Bool -> float (random.Next 2)
            | _ when Element.isFloat element -> real random kind
            | _ -> whole random kind element

        Elements.ofFloat64s element shape (Array.init (Shape.count shape) draw)

    /// These numbers, in order.
    let these element (shape: int[]) (values: float list) : Tensor =
        Elements.ofFloat64s element shape (Array.ofList values)
