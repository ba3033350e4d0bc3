namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent
open System.Numerics

/// The fastest parameters of one class, the others being fixed.
[<RequireQualifiedAccess>]
module ClassSearch =

    /// The run time's largest extension: two cells a box of 16 bits, and eight for less noise, at the smallest polynomials.
    [<Literal>]
    let MostExtension = 12

    /// The run time's limits on a decomposition.
    let private isSupported (d: Decomposition) =
        d.LogBase <= 30 && d.LogBase * d.Levels <= 62

    let private supported (front: struct (Decomposition * float)[]) =
        front |> Array.filter (fun struct (d, _) -> isSupported d)

    let private fronts =
        ConcurrentDictionary<struct (string * bool * int), struct (Decomposition * float)[]>()

    /// Key switches to an LWE dimension that the run time does, by falling noise.
    let keySwitchFront model curve dimension =
        fronts.GetOrAdd(
            struct (curve.Name, model.SparseDigits, dimension),
            (fun _ -> supported (Decompositions.keySwitch model curve dimension))
        )

    /// Decompositions of external products that the run time does, by falling noise.
    let bootstrapFront (key: BigKey) =
        supported (Decompositions.bootstrap key.Model key.Curve key.Rank key.Size key.BodyBits)

    /// The supported ones of some decompositions, with their noise.
    let noises (key: BigKey) (decompositions: Decomposition[]) : struct (Decomposition * float)[] =
        let noise = key.FreshVariance + NoiseFormulas.bodyRounding key.BodyBits

        decompositions
        |> Array.map (fun d -> struct (d, NoiseFormulas.externalProduct key.Model noise key.Rank key.Size d))
        |> supported

    /// Grades that are tried, from the quietest to the fastest, with their mean products a word and factor on the noise.
    let grades =
        let figures extension grade =
            struct (grade,
                    ConcreteMl.Tfhe.ModulusSwitchGrade.ProductsPerWord(extension, grade),
                    ConcreteMl.Tfhe.ModulusSwitchGrade.ErrorFactor(extension, grade))

        // wide extensions are integrated when a wide lookup asks for them
        Array.init (MostExtension + 1) (fun extension ->
            lazy
                ((if extension = 0 then
                      [| 0 |]
                  else
                      [| 0; 1; 2; 4; 6; 8; 9; 10; 11; 12; 16; 24 |])
                 |> Array.map (figures extension)))

    /// Seconds of one key switch from a dimension to another.
    let keySwitchSeconds (dimension: int) (small: int) ring levels =
        if ring = 0 then
            float dimension
            * float levels
            * float (small + 1)
            * KernelTimes.keySwitchOperation
        else
            float (KeySwitchKind.polynomials dimension ring)
            * float levels
            * float ring
            * KernelTimes.fourierKeySwitchCoefficient

    /// Seconds of one external product, its key at hand.
    let secondsPerProduct (key: BigKey) levels =
        RotationWork.seconds (RotationWork.product key.Rank key.Size levels)

    /// Seconds in which a key element is fetched.
    let secondsPerElement (key: BigKey) levels =
        RotationWork.element key.Rank key.Size levels * KernelTimes.keyWordFetched

    /// Key elements that are fetched for a mask word in a full batch.
    let fetches (key: BigKey) levels extension grade =
        ConcreteMl.Tfhe.RotationsInStep.FetchesPerWord(key.Rank, key.Size, levels, extension, grade)

    /// A lower bound on the seconds of any lookup under a big key.
    let leastSeconds (key: BigKey) =
        let least = ClassSpace.whole.Least

        float least * RotationWork.seconds (RotationWork.word key.Rank key.Size 1 0 0)
        + keySwitchSeconds key.Dimension least (KeySwitchKind.ring key.Switch least) 1

    /// t, where 2^t is the least power of two not below a number of tables.
    let logSpread (tables: int) =
        BitOperations.Log2(BitOperations.RoundUpToPowerOf2(uint tables))

    /// Whether a key-switching key fits 32-bit words: its digits do, and its noise hides the rounding.
    let private isNarrow curve (small: int) (d: Decomposition) =
        d.LogBase * d.Levels <= 32 && SecurityCurve.log2Sigma curve small >= -30.0

    /// Phase steps of the modulus switch: 2N · 2^ν. Where one blind rotation gives the results of several tables, at ν = 0, 2^t of
    /// them leave 2N / 2^t.
    let private steps (key: BigKey) extension tables =
        let spread = if extension = 0 then logSpread tables else 0
        2.0 * float key.Size * Math.Pow(2.0, float (extension - spread))

    /// Body words of a bootstrapping key, which are nearly all that is stored: key-switching keys have one word in n + 1, or are small.
    let private bootstrapBodies (key: BigKey) (small: int) levels =
        float small * float levels * float (key.Rank + 1) * float key.Size

    /// Words of a key-switching key in memory.
    let private switchWords (key: BigKey) (small: int) ring levels =
        float levels
        * (if ring = 0 then
               float key.Dimension * float (small + 1)
           else
               2.0 * float (KeySwitchKind.polynomials key.Dimension ring * ring))

    /// All figures of given parameters; `tables` is the most that one bootstrap looks up.
    let figures
        (key: BigKey)
        small
        (keySwitch: Decomposition)
        ring
        (bootstrap: Decomposition)
        bodyBits
        extension
        grade
        tables
        : ClassChoice =
        let switchNoise =
            NoiseFormulas.keySwitchPerDimension key.Model (SecurityCurve.variance key.Curve small) keySwitch

        let product =
            NoiseFormulas.externalProduct key.Model (key.FreshVariance + NoiseFormulas.bodyRounding bodyBits) key.Rank key.Size bootstrap

        let steps = steps key extension tables

        let rotation =
            float small
            * RotationWork.seconds (RotationWork.word key.Rank key.Size bootstrap.Levels extension grade)

        let bootstrapWords =
            bootstrapBodies key small bootstrap.Levels * float (key.Rank + 1)

        let switchWords = switchWords key small ring keySwitch.Levels

        // spectra are doubles
        let switchBytes =
            if ring = 0 && isNarrow key.Curve small keySwitch then
                4.0
            else
                8.0

        {
            SmallDimension = small
            KeySwitch = keySwitch
            Ring = ring
            Bootstrap = bootstrap
            BodyBits = bodyBits
            Extension = extension
            Grade = grade
            OutputVariance = float small * product
            DecisionVariance =
                float key.Dimension * switchNoise
                + NoiseFormulas.modulusSwitch key.Model small steps
                  * ConcreteMl.Tfhe.ModulusSwitchGrade.ErrorFactor(extension, grade)
            Seconds = keySwitchSeconds key.Dimension small ring keySwitch.Levels + rotation
            Rotation = rotation
            KeyBytes = bootstrapWords * 8.0 + switchWords * switchBytes
            StoredBytes =
                bootstrapBodies key small bootstrap.Levels
                * (if bodyBits = 0 then 8.0 else float bodyBits / 8.0)
            KeyOf = None
            KeySeconds = (bootstrapWords + switchWords) * KernelTimes.keyWord
            Wide = None
        }

    /// The first of a front that is no noisier than a limit; -1 without one.
    let firstWithin (front: struct (Decomposition * float)[]) limit =
        let mutable low = 0
        let mutable high = front.Length

        while low < high do
            let middle = (low + high) / 2
            let struct (_, noise) = front[middle]
            if noise <= limit then high <- middle else low <- middle + 1

        if low < front.Length then low else -1

    /// What is left for key switch and modulus switch at this output variance.
    let slack (bounds: ClassBound[]) variance =
        let mutable least = Double.PositiveInfinity

        for bound in bounds do
            least <- min least (bound.Budget - bound.Base - bound.Self * variance)

        least

    /// The least extension whose polynomial has two cells a box; without one, all tables share it.
    let leastExtension key load =
        let log2 = int (Math.Log2(float key.Size))

        if load.Bits + 1 + logSpread load.Tables <= log2 then
            0
        else
            max (if load.Tables > 1 then 1 else 0) (load.Bits + 1 - log2)

    /// Minimizes seconds per bootstrap, with its share of the keys' making and sending, over small dimensions in steps of `step`; `cap` bounds the output variance.
    let solve (space: ClassSpace) (key: BigKey) (step: int) (load: ClassLoad) (cap: float) (bounds: ClassBound[]) : ClassChoice option =
        let front =
            if Array.isEmpty space.Bootstraps then
                bootstrapFront key
            else
                space.Bootstraps

        let fetchesOf levels =
            grades
            |> Array.mapi (fun extension ofOne ->
                lazy
                    (ofOne.Value
                     |> Array.map (fun struct (grade, _, _) -> fetches key levels extension grade)))

        let mostLevels =
            front |> Array.fold (fun most (struct (d, _)) -> max most d.Levels) 0

        let elements = Array.init (mostLevels + 1) fetchesOf

        let dimension = float key.Dimension
        let mutable best = Double.PositiveInfinity
        let mutable found = ValueNone
        let least = leastExtension key load

        // shares of one bootstrap
        let wordSeconds =
            KernelTimes.keyGenerationWeight * KernelTimes.keyWord
            / float (max 1L load.Bootstraps)

        let bodySeconds =
            KernelTimes.keyGenerationWeight
            * KernelTimes.keyByte
            * (if not space.SendsKey then 0.0
               elif key.BodyBits = 0 then 8.0
               else float key.BodyBits / 8.0)
            / float (max 1L load.Bootstraps)
            + wordSeconds * float (key.Rank + 1)

        let mutable small = space.Least

        while small <= space.Most do
            let switches = keySwitchFront key.Model key.Curve small
            let ring = KeySwitchKind.ring key.Switch small
            let struct (_, finest) = switches[switches.Length - 1]

            for index in 0 .. front.Length - 1 do
                let struct (bootstrap, product) = front[index]
                let variance = float small * product
                let rest = if variance > cap then -1.0 else slack bounds variance

                if rest > dimension * finest then
                    let keySeconds = bootstrapBodies key small bootstrap.Levels * bodySeconds
                    let fetching = secondsPerElement key bootstrap.Levels
                    let perProduct = secondsPerProduct key bootstrap.Levels
                    let mutable extension = least

                    while extension <= MostExtension do
                        let switching =
                            NoiseFormulas.modulusSwitch key.Model small (steps key extension load.Tables)

                        let rotations = if extension = 0 then 1.0 else load.MeanTables
                        let mutable least = Double.PositiveInfinity

                        for at in 0 .. grades[extension].Value.Length - 1 do
                            let struct (grade, products, factor) = grades[extension].Value[at]
                            let fetched = elements[bootstrap.Levels].[extension].Value.[at] * fetching

                            let seconds =
                                keySeconds + float small * (products * perProduct + fetched) * rotations

                            least <- min least seconds

                            if seconds < best then
                                let j = firstWithin switches ((rest - factor * switching) / dimension)

                                if j >= 0 then
                                    let struct (keySwitch, _) = switches[j]

                                    let total =
                                        seconds
                                        + keySwitchSeconds key.Dimension small ring keySwitch.Levels
                                        + switchWords key small ring keySwitch.Levels * wordSeconds

                                    if total < best then
                                        best <- total
                                        found <- ValueSome struct (small, keySwitch, bootstrap, extension, grade)

                        extension <- if least >= best then MostExtension + 1 else extension + 1

            small <- small + step

        match found with
        | ValueSome struct (small, keySwitch, bootstrap, extension, grade) ->
            Some(figures key small keySwitch (KeySwitchKind.ring key.Switch small) bootstrap key.BodyBits extension grade load.Tables)
        | ValueNone -> None
