namespace ConcreteMl.Compiler.Core.Planned

/// Where the bins of a rounding lie for one group of elements: code = Multiplier · original + Shift, before low bits are dropped.
[<Struct>]
type Window = { Multiplier: int64; Shift: int64 }

/// What a rounding feeds: values of the lookups' functions over the group's codes, on a fine grid.
type RoundedFunction =
    {
        /// The code of the first grid point, and the distance of points.
        First: float
        Distance: float
        /// [functions][points]
        Values: float[][]
        /// The group's codes over calibration.
        Samples: float[]
        /// The middles between neighbouring codes where a function jumps.
        Jumps: float[]
        /// All functions are decisions: constant between their jumps.
        Decides: bool
    }
