namespace ConcreteMl.Compiler.Core.Circuit

/// What the run time's kernels need, to weigh parameters against each other and to predict running times.
/// One core of the machine named in `Machine`; predictions carry over to another machine by its own measured ratio.
[<RequireQualifiedAccess>]
module KernelTimes =

    let Machine = "one of two vCPUs with AVX-512, processor time, the machine busy"

    /// Seconds per elementary operation of a bootstrap's transforms (`CostModel.transforms`).
    let transformOperation = 40e-12

    /// Seconds per multiply-add of a bootstrap, its key streamed from memory.
    let bootstrapMultiplyAdd = 85e-12

    /// Seconds per multiply-add of a key switch in batches.
    let keySwitchOperation = 85e-12

    /// Seconds per word of a levelled multiply-add.
    let levelledWord = 150e-12

    /// Seconds per word of key generation and expansion.
    let keyWord = 16e-9

    /// How much a second of key generation counts beside a second of running: what sharing a class must save.
    let keyGenerationWeight = 0.1

    /// Bootstrapping and key-switching keys together, at most.
    let mostKeyBytes = 6e9
