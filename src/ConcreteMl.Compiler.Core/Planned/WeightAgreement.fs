namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Quant

/// What a weighted operation's codes have to agree with beside its own error.
[<RequireQualifiedAccess>]
module WeightAgreement =

    /// Whole numbers times whole weights: codes are the weights, whatever bits they have, and nothing is corrected.
    let isExact (conversion: Conversion) index (x: Emitted) =
        conversion.Whole[index] && Array.forall ((=) 1.0) x.Scale
