namespace ConcreteMl.Compiler.Core.Circuit

/// What the run time's kernels need, to weigh parameters against each other and to predict running times.
/// One core of the machine named in `Machine`; predictions carry over to another machine by its own measured ratio.
[<RequireQualifiedAccess>]
module KernelTimes =

    let Machine =
        "one of two vCPUs with AVX-512 (Zen 5), fitted by `bench times` to batches at 27 parameter sets, 5 % on the average, at most 12 %"

    /// Seconds per elementary operation of a bootstrap's transforms (`CostModel.transforms`).
    let transformOperation = 39e-12

    /// Seconds per multiply-add of a bootstrap.
    let bootstrapMultiplyAdd = 109e-12

    /// Seconds per coefficient of a digit polynomial: rotation, decomposition, conversion, and back. Transforms grow nearly alike, so the fit
    /// gives them most of it.
    let digitCoefficient = 6e-12

    /// Seconds per word of a bootstrapping key that is fetched from memory.
    let keyWordFetched = 155e-12

    /// How much more a fetched word takes where two mask words are taken a step: half the transforms hide half as much of the memory's time.
    /// Measured at N = 2048, one level: 220 to 290 ps a word in batches of one and two, where one ciphertext in the cache is the measure.
    let fetchOfPairs = 1.6

    /// Cores that share the lookups of a layer; pairs of mask words gain only where several lookups of a core share a key element, so few are counted.
    let sharingCores = 2.0

    /// Seconds per multiply-add of a key switch in batches.
    let keySwitchOperation = 73e-12

    /// Seconds per coefficient of a digit polynomial of a key switch in the Fourier domain: decomposition, transform and products with mask and
    /// body of the key (1.05 to 1.25 ns at rings of 1024 and 2048).
    let fourierKeySwitchCoefficient = 1.1e-9

    /// Seconds per word of a levelled multiply-add.
    let levelledWord = 150e-12

    /// Seconds per word of key generation and expansion.
    let keyWord = 16e-9

    /// How much a second of key generation counts beside a second of running: what sharing a class must save.
    let keyGenerationWeight = 0.1

    /// Seconds in which a byte of a key is sent and read: two gigabits a second. Counted with `keyGenerationWeight`, as making is.
    let keyByte = 4e-9

    /// Bootstrapping and key-switching keys together, at most.
    let mostKeyBytes = 6e9
