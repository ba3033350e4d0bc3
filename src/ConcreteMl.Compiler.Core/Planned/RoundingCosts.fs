namespace ConcreteMl.Compiler.Core.Planned

/// What finer bins of a rounding are worth: the prices by which planning decides, without a circuit's cost model in reach.
type RoundingCosts =
    {
        /// Alignment multipliers may cost at most so many further bits before rounding: each is one more bit that exact rounding extracts.
        MostExtra: int
        /// Multipliers and folds make an operand no wider than this before rounding (or than it has to be): exact rounding extracts up to
        /// some twelve bits, of wider ones no parameters exist.
        MostBits: int
        /// How much larger than possible the mean squared bin may be.
        MostLoss: float
        /// Bins that are finer than this fraction of a result's code are not worth a fold.
        LeastCoarseness: float
        /// Bins that are finer than this fraction of a result's code are not worth two lookups.
        LeastSplit: float
        /// Functions that reach less than this fraction of what is usual do not ask for fine bins: units that hardly ever switch on.
        Negligible: float
        /// A stage of folding pays where it lowers the mean squared bin at least by this factor; every element of the tensor pays for its lookup.
        LeastGain: float
        MostStages: int
        /// Multipliers that amplify noise beyond this many times what the widest group's does bring little else.
        MostMultiple: float
    }

/// The costs that are used.
[<RequireQualifiedAccess>]
module RoundingCosts =

    /// What programs are compiled with, for bins of a loss. No measurement of the other values is on record; with others, programs change.
    let ofLoss loss : RoundingCosts =
        {
            MostExtra = 3
            MostBits = 16
            MostLoss = loss
            LeastCoarseness = 1.1
            LeastSplit = 1.7
            Negligible = 0.125
            LeastGain = 0.65
            MostStages = 3
            MostMultiple = 4.0
        }
