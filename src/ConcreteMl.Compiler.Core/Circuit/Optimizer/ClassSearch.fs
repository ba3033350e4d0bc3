namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent

/// Parameters of one class of lookups, with what follows from them under the circuit's big key.
type ClassChoice =
    {
        SmallDimension: int
        KeySwitch: Decomposition
        Bootstrap: Decomposition
        /// ν: 2^ν polynomials act as one of size N · 2^ν.
        Extension: int
        /// Variance of a result: that of the blind rotation.
        OutputVariance: float
        /// Variance of key switch and modulus switch, at the decision.
        DecisionVariance: float
        /// Seconds of one lookup on one core.
        Seconds: float
        KeyBytes: float
        /// Seconds of key generation on one core.
        KeySeconds: float
    }

/// The big key under which classes are sought.
type BigKey =
    {
        Rank: int
        Size: int
        Curve: SecurityCurve
        Model: NoiseModel
    }

    member this.Dimension = this.Rank * this.Size
    member this.FreshVariance = SecurityCurve.variance this.Curve this.Dimension

/// One bound on a class: Base + Self · v_br + v_ks + v_ms ≤ Budget.
[<Struct>]
type ClassBound =
    {
        Base: float
        Self: float
        Budget: float
    }

/// The fastest parameters of one class, the others being fixed.
[<RequireQualifiedAccess>]
module ClassSearch =

    [<Literal>]
    let private LeastDimension = 512

    [<Literal>]
    let private MostDimension = 1535

    [<Literal>]
    let MostExtension = 6

    /// The run time's limits on a decomposition.
    let private isSupported (d: Decomposition) =
        d.LogBase <= 30 && d.LogBase * d.Levels <= 62

    let private supported (front: struct (Decomposition * float)[]) =
        front |> Array.filter (fun struct (d, _) -> isSupported d)

    let private keySwitches =
        ConcurrentDictionary<struct (string * int), struct (Decomposition * float)[]>()

    let private keySwitchFront curve dimension =
        keySwitches.GetOrAdd(struct (curve.Name, dimension), (fun _ -> supported (Decompositions.keySwitch curve dimension)))

    let private bootstrapFront key =
        supported (Decompositions.bootstrap key.Model key.Curve key.Rank key.Size)

    let private productsPerWord =
        Array.init (MostExtension + 1) CostModel.productsPerWord

    let private keySwitchSeconds (dimension: int) (small: int) levels =
        float dimension
        * float levels
        * float (small + 1)
        * KernelTimes.keySwitchOperation

    /// Seconds of a bootstrap for each dimension of the small key.
    let private secondsPerWord (key: BigKey) levels extension =
        productsPerWord[extension]
        * (CostModel.transforms key.Rank key.Size levels * KernelTimes.transformOperation
           + CostModel.multiplyAdds key.Rank key.Size levels
             * KernelTimes.bootstrapMultiplyAdd)

    /// A lower bound on the seconds of any lookup under a big key.
    let leastSeconds (key: BigKey) =
        float LeastDimension * secondsPerWord key 1 0
        + keySwitchSeconds key.Dimension LeastDimension 1

    /// Whether a key-switching key fits 32-bit words: its digits do, and its noise hides the rounding.
    let private isNarrow curve (small: int) (d: Decomposition) =
        d.LogBase * d.Levels <= 32 && SecurityCurve.log2Sigma curve small >= -30.0

    /// All figures of given parameters.
    let figures (key: BigKey) small (keySwitch: Decomposition) (bootstrap: Decomposition) extension : ClassChoice =
        let switchNoise =
            NoiseFormulas.keySwitchPerDimension (SecurityCurve.variance key.Curve small) keySwitch

        let product =
            NoiseFormulas.externalProduct key.Model key.FreshVariance key.Rank key.Size bootstrap

        let steps = 2.0 * float key.Size * Math.Pow(2.0, float extension)

        let bootstrapWords =
            float small
            * float bootstrap.Levels
            * float (key.Rank + 1) ** 2.0
            * float key.Size

        let switchWords = float key.Dimension * float keySwitch.Levels * float (small + 1)
        let switchBytes = if isNarrow key.Curve small keySwitch then 4.0 else 8.0

        {
            SmallDimension = small
            KeySwitch = keySwitch
            Bootstrap = bootstrap
            Extension = extension
            OutputVariance = float small * product
            DecisionVariance =
                float key.Dimension * switchNoise
                + NoiseFormulas.modulusSwitch key.Model small steps
            Seconds =
                keySwitchSeconds key.Dimension small keySwitch.Levels
                + float small * secondsPerWord key bootstrap.Levels extension
            KeyBytes = bootstrapWords * 8.0 + switchWords * switchBytes
            KeySeconds = (bootstrapWords + switchWords) * KernelTimes.keyWord
        }

    let private firstWithin (front: struct (Decomposition * float)[]) limit =
        let mutable low = 0
        let mutable high = front.Length

        while low < high do
            let middle = (low + high) / 2
            let struct (_, noise) = front[middle]
            if noise <= limit then high <- middle else low <- middle + 1

        if low < front.Length then low else -1

    /// What is left for key switch and modulus switch at this output variance.
    let private slack (bounds: ClassBound[]) variance =
        let mutable least = Double.PositiveInfinity

        for bound in bounds do
            least <- min least (bound.Budget - bound.Base - bound.Self * variance)

        least

    /// The least extension whose polynomial has two cells a box.
    let private leastExtension key bits =
        let log2 = int (Math.Log2(float key.Size))
        max 0 (bits + 1 - log2)

    /// Minimizes seconds per lookup over small dimensions in steps of `step`; `bits` is the widest operand and `cap` bounds the output variance.
    let solve (key: BigKey) (step: int) bits (cap: float) (bounds: ClassBound[]) : ClassChoice option =
        let front = bootstrapFront key

        let perWord =
            front
            |> Array.map (fun struct (d, _) -> Array.init (MostExtension + 1) (secondsPerWord key d.Levels))

        let dimension = float key.Dimension
        let mutable best = Double.PositiveInfinity
        let mutable found = ValueNone
        let least = leastExtension key bits
        let mutable small = LeastDimension

        while small <= MostDimension do
            let switches = keySwitchFront key.Curve small
            let struct (_, finest) = switches[switches.Length - 1]

            for index in 0 .. front.Length - 1 do
                let struct (bootstrap, product) = front[index]
                let variance = float small * product
                let rest = if variance > cap then -1.0 else slack bounds variance

                if rest > dimension * finest then
                    let mutable extension = least

                    while extension <= MostExtension do
                        let seconds = float small * perWord[index][extension]

                        if seconds >= best then
                            extension <- MostExtension + 1
                        else
                            let steps = 2.0 * float key.Size * float (1 <<< extension)
                            let switching = NoiseFormulas.modulusSwitch key.Model small steps
                            let j = firstWithin switches ((rest - switching) / dimension)

                            if j >= 0 then
                                let struct (keySwitch, _) = switches[j]
                                let total = seconds + keySwitchSeconds key.Dimension small keySwitch.Levels

                                if total < best then
                                    best <- total
                                    found <- ValueSome struct (small, keySwitch, bootstrap, extension)

                            extension <- extension + 1

            small <- small + step

        match found with
        | ValueSome struct (small, keySwitch, bootstrap, extension) -> Some(figures key small keySwitch bootstrap extension)
        | ValueNone -> None
