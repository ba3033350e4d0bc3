namespace ConcreteMl.Compiler.Core.Circuit

/// How exact roundings split the bits that they drop into digits, from the lowest on: single bits first, then digits of one size.
[<Struct>]
type Schedule =
    {
        /// Bits of a digit; 1: bit by bit.
        Size: int
        /// Single bits ahead of the digits, at least.
        Singles: int
    }

/// The schedules that are tried.
[<RequireQualifiedAccess>]
module Schedule =

    /// Every bit on its own.
    let bitByBit = { Size = 1; Singles = 0 }

    /// Bootstraps of one digit: the sign of its highest bit, and the others by a table.
    let bootstraps digit = if digit = 1 then 1 else 2

    /// The digits of `drop` bits. Low bits see the operand's noise at its largest, which single bits bear best.
    let digits (schedule: Schedule) drop : int[] =
        let whole = max 0 (drop - schedule.Singles) / schedule.Size
        Array.append (Array.create (drop - whole * schedule.Size) 1) (Array.create whole schedule.Size)

    /// Bootstraps of an exact rounding of one element.
    let bootstrapsOf schedule drop =
        digits schedule drop |> Array.sumBy bootstraps

    /// Schedules worth trying where these numbers of bits are dropped, no two alike. A digit of two bits takes two bootstraps as
    /// two bits do, and one of six needs more of the modulus switch than it saves.
    let candidates (drops: int[]) : Schedule list =
        [
            bitByBit
            { Size = 3; Singles = 0 }
            { Size = 4; Singles = 0 }
            { Size = 4; Singles = 2 }
            { Size = 5; Singles = 0 }
        ]
        |> List.distinctBy (fun schedule -> drops |> Array.map (digits schedule))
