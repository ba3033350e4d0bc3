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

[<RequireQualifiedAccess>]
module RotationWork =

    /// One external product, its key at hand.
    let product rank size levels =
        {
            Transforms = CostModel.transforms rank size levels
            MultiplyAdds = CostModel.multiplyAdds rank size levels
            DigitCoefficients = CostModel.digitCoefficients rank size levels
            KeyWords = 0.0
        }

    /// Words of one key element.
    let element rank size levels = CostModel.multiplyAdds rank size levels

    /// One mask word of a rotation extended by ν, of a grade.
    let word rank size levels extension grade =
        let one = product rank size levels
        let products = ConcreteMl.Tfhe.ModulusSwitchGrade.ProductsPerWord(extension, grade)

        {
            Transforms = products * one.Transforms
            MultiplyAdds = products * one.MultiplyAdds
            DigitCoefficients = products * one.DigitCoefficients
            KeyWords =
                ConcreteMl.Tfhe.RotationsInStep.FetchesPerWord(rank, size, levels, extension, grade)
                * element rank size levels
        }

    let seconds (work: RotationWork) =
        work.Transforms * KernelTimes.transformOperation
        + work.MultiplyAdds * KernelTimes.bootstrapMultiplyAdd
        + work.DigitCoefficients * KernelTimes.digitCoefficient
        + work.KeyWords * KernelTimes.keyWordFetched
