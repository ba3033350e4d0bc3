namespace ConcreteMl.Compiler.Core.Circuit

/// What a blind rotation has to do for one mask word, in the units that `KernelTimes` gives seconds for.
type RotationWork =
    {
        Transforms: float
        MultiplyAdds: float
        DigitCoefficients: float
        /// Words of key elements that are fetched, a ciphertext's share in a full batch.
        KeyWords: float
    }

/// Prices blind rotations.
[<RequireQualifiedAccess>]
module RotationWork =

    /// Key elements of a mask word, where `words` are taken a step: two have three.
    let elements words = if words = 1 then 1.0 else 1.5

    /// One external product, its key at hand; of a pair of mask words, half: both share transforms and digits. What its products are weighted
    /// by is not counted: measured within a few hundredths of this.
    let product rank size levels words =
        {
            Transforms = CostModel.transforms rank size levels / float words
            MultiplyAdds = elements words * CostModel.multiplyAdds rank size levels
            DigitCoefficients = CostModel.digitCoefficients rank size levels / float words
            KeyWords = 0.0
        }

    /// Words of one key element.
    let element rank size levels = CostModel.multiplyAdds rank size levels

    /// Key elements that are fetched for a mask word where two are taken a step, for a ciphertext of `atOnce` that the cores share.
    let fetchesOfPairs rank size levels (atOnce: float) =
        let most = ConcreteMl.Tfhe.RotationsInStep.Capacity(rank, size, levels, 0, 2)

        KernelTimes.fetchOfPairs * elements 2
        / (atOnce / KernelTimes.sharingCores |> min (float most) |> max 1.0)

    /// One mask word of a rotation extended by ν, of a grade, that takes `words` a step: 1, in full batches, or 2 at ν = 0.
    let word rank size levels extension grade words atOnce =
        let one = product rank size levels words
        let products = ConcreteMl.Tfhe.ModulusSwitchGrade.ProductsPerWord(extension, grade)

        {
            Transforms = products * one.Transforms
            MultiplyAdds = products * one.MultiplyAdds
            DigitCoefficients = products * one.DigitCoefficients
            KeyWords =
                (if words = 1 then
                     ConcreteMl.Tfhe.RotationsInStep.FetchesPerWord(rank, size, levels, extension, grade)
                 else
                     fetchesOfPairs rank size levels atOnce)
                * element rank size levels
        }

    /// Seconds on one core.
    let seconds (work: RotationWork) =
        work.Transforms * KernelTimes.transformOperation
        + work.MultiplyAdds * KernelTimes.bootstrapMultiplyAdd
        + work.DigitCoefficients * KernelTimes.digitCoefficient
        + work.KeyWords * KernelTimes.keyWordFetched
