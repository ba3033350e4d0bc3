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
    let isSupported (d: Decomposition) =
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
    let bootstrapFront (key: BigKey) words =
        supported (Decompositions.bootstrap key.Model key.Curve key.Rank key.Size key.BodyBits words)

    /// The supported ones of some decompositions, with their noise.
    let private noises (key: BigKey) words (decompositions: Decomposition[]) : struct (Decomposition * float)[] =
        let noise = key.FreshVariance + NoiseFormulas.bodyRounding key.BodyBits

        decompositions
        |> Array.map (fun d -> struct (d, NoiseFormulas.perWord key.Model words noise key.Rank key.Size d))
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
        RotationWork.seconds (RotationWork.product key.Rank key.Size levels 1)

    /// Seconds in which a key element is fetched.
    let secondsPerElement (key: BigKey) levels =
        RotationWork.element key.Rank key.Size levels * KernelTimes.keyWordFetched

    /// Key elements that are fetched for a mask word in a full batch.
    let fetches (key: BigKey) levels extension grade =
        ConcreteMl.Tfhe.RotationsInStep.FetchesPerWord(key.Rank, key.Size, levels, extension, grade)

    /// A lower bound on the seconds of any lookup under a big key.
    let leastSeconds (key: BigKey) =
        let least = ClassSpace.whole.Least

        float least
        * ([ 1; 2 ]
           |> List.map (fun words -> RotationWork.seconds (RotationWork.word key.Rank key.Size 1 0 0 words Double.PositiveInfinity))
           |> List.min)
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
    let private bootstrapBodies (key: BigKey) (small: int) levels words =
        RotationWork.elements words
        * float small
        * float levels
        * float (key.Rank + 1)
        * float key.Size

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
        words
        tables
        atOnce
        : ClassChoice =
        let switchNoise =
            NoiseFormulas.keySwitchPerDimension key.Model (SecurityCurve.variance key.Curve small) keySwitch

        let product =
            NoiseFormulas.perWord key.Model words (key.FreshVariance + NoiseFormulas.bodyRounding bodyBits) key.Rank key.Size bootstrap

        let steps = steps key extension tables

        let rotation =
            float small
            * RotationWork.seconds (RotationWork.word key.Rank key.Size bootstrap.Levels extension grade words atOnce)

        let bootstrapWords =
            bootstrapBodies key small bootstrap.Levels words * float (key.Rank + 1)

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
            WordsPerStep = words
            OutputVariance = float small * product
            DecisionVariance =
                float key.Dimension * switchNoise
                + NoiseFormulas.modulusSwitch key.Model small steps
                  * ConcreteMl.Tfhe.ModulusSwitchGrade.ErrorFactor(extension, grade)
            Seconds = keySwitchSeconds key.Dimension small ring keySwitch.Levels + rotation
            Rotation = rotation
            KeyBytes = bootstrapWords * 8.0 + switchWords * switchBytes
            StoredBytes =
                bootstrapBodies key small bootstrap.Levels words
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

    /// Seconds of a mask word for each grade, its share of fetched key elements included.
    let private words = ConcurrentDictionary<struct (int * int * int * int), float[]>()

    let private wordSeconds (key: BigKey) levels extension =
        words.GetOrAdd(
            struct (key.Rank, key.Size, levels, extension),
            fun _ ->
                let product = secondsPerProduct key levels
                let element = secondsPerElement key levels

                grades[extension].Value
                |> Array.map (fun struct (grade, products, _) -> products * product + fetches key levels extension grade * element)
        )

    /// An extension as a load meets it: what a mask word costs for each decomposition's number of levels, and how fine the modulus switch is.
    [<Struct>]
    type private Extended =
        {
            Steps: float
            /// Blind rotations of a bootstrap, on the average.
            Rotations: float
            Grades: struct (int * float * float)[]
            /// By position in the front, then by grade.
            Words: float[][]
            /// The least of a position's words.
            LeastWords: float[]
        }

    let private extended (key: BigKey) load (front: struct (Decomposition * float * int)[]) extension =
        let words =
            front
            |> Array.map (fun struct (d, _, words) ->
                if words = 1 then
                    wordSeconds key d.Levels extension
                // two words a step have kernels at ν = 0, which has one grade
                elif extension = 0 then
                    [|
                        RotationWork.word key.Rank key.Size d.Levels 0 0 words load.AtOnce
                        |> RotationWork.seconds
                    |]
                else
                    grades[extension].Value |> Array.map (fun _ -> Double.PositiveInfinity))

        {
            Steps = steps key extension load.Tables
            Rotations = if extension = 0 then 1.0 else load.MeanTables
            Grades = grades[extension].Value
            Words = words
            LeastWords = Array.map Array.min words
        }

    /// Seconds of making and sending a bootstrapping key, for each of its bodies.
    let private bodySeconds (space: ClassSpace) (key: BigKey) =
        let bytes =
            if not space.SendsKey then 0.0
            elif key.BodyBits = 0 then 8.0
            else float key.BodyBits / 8.0

        KernelTimes.keyGenerationWeight
        * (KernelTimes.keyByte * bytes + KernelTimes.keyWord * float (key.Rank + 1))

    /// The extensions that a search looks at, made when they are: most searches end at the first ones.
    let private extensions key load front =
        let made = Array.zeroCreate<Extended voption>(MostExtension + 1)

        fun extension ->
            match made[extension] with
            | ValueSome known -> known
            | ValueNone ->
                let one = extended key load front extension
                made[extension] <- ValueSome one
                one

    /// What a search has found.
    [<Sealed>]
    type private Best() =
        member val Seconds = Double.PositiveInfinity with get, set

        member val Parameters: struct (int * Decomposition * Decomposition * int * int * int) voption = ValueNone with get, set

    /// Where the noise of two words a step was measured to be the predicted one: bases to 2^18, and one level at N of 2048 at most. At N = 4096,
    /// two levels of base 2^22 had up to 1.11 times its variance and of 2^25 6 times (single words 1.2 there), for a reason not found.
    let private maySpan (key: BigKey) words (d: Decomposition) =
        words = 1 || d.LogBase <= 18 || (d.Levels = 1 && key.Size <= 2048)

    /// Minimizes seconds per bootstrap, with its share of the keys' making and sending, over small dimensions in steps of `step`; `cap`
    /// bounds the output variance. What costs more than the best so far is not looked at.
    let solve (space: ClassSpace) (key: BigKey) (step: int) (load: ClassLoad) (cap: float) (bounds: ClassBound[]) : ClassChoice option =
        let least = leastExtension key load

        let front =
            space.Words
            |> Array.filter (fun words -> words = 1 || least = 0)
            |> Array.collect (fun words ->
                (if Array.isEmpty space.Bootstraps then
                     bootstrapFront key words
                 else
                     noises key words space.Bootstraps)
                |> Array.filter (fun struct (d, _) -> maySpan key words d)
                |> Array.map (fun struct (d, noise) -> struct (d, noise, words)))

        let extended = extensions key load front
        let runs = float (max 1L load.Bootstraps)
        let perBody = bodySeconds space key / runs
        let perSwitchWord = KernelTimes.keyGenerationWeight * KernelTimes.keyWord / runs
        let dimension = float key.Dimension
        let best = Best()

        let attempt small ring (switches: struct (Decomposition * float)[]) index keySeconds extension rest =
            let one: Extended = extended extension
            let struct (bootstrap, _, words) = front[index]
            let struct (_, finest) = switches[switches.Length - 1]
            let switching = NoiseFormulas.modulusSwitch key.Model small one.Steps

            for position in 0 .. one.Grades.Length - 1 do
                let struct (grade, _, factor) = one.Grades[position]
                let seconds = keySeconds + float small * one.Words[index].[position] * one.Rotations
                let limit = (rest - factor * switching) / dimension

                if seconds < best.Seconds && finest <= limit then
                    let struct (keySwitch, _) = switches[firstWithin switches limit]

                    let total =
                        seconds
                        + keySwitchSeconds key.Dimension small ring keySwitch.Levels
                        + switchWords key small ring keySwitch.Levels * perSwitchWord

                    if total < best.Seconds then
                        best.Seconds <- total
                        best.Parameters <- ValueSome struct (small, keySwitch, bootstrap, extension, grade, words)

        for small in space.Least .. step .. space.Most do
            let switches = keySwitchFront key.Model key.Curve small
            let ring = KeySwitchKind.ring key.Switch small
            let struct (_, finest) = switches[switches.Length - 1]

            for index in 0 .. front.Length - 1 do
                let struct (bootstrap, product, words) = front[index]
                let keySeconds = bootstrapBodies key small bootstrap.Levels words * perBody
                let variance = float small * product

                let mayWin extension =
                    extension <= MostExtension
                    && (let one: Extended = extended extension
                        keySeconds + float small * one.LeastWords[index] * one.Rotations < best.Seconds)

                if variance <= cap && mayWin least then
                    let rest = slack bounds variance

                    if rest > dimension * finest then
                        let mutable extension = least

                        while mayWin extension do
                            attempt small ring switches index keySeconds extension rest
                            extension <- extension + 1

        match best.Parameters with
        | ValueSome struct (small, keySwitch, bootstrap, extension, grade, words) ->
            Some(
                figures
                    key
                    small
                    keySwitch
                    (KeySwitchKind.ring key.Switch small)
                    bootstrap
                    key.BodyBits
                    extension
                    grade
                    words
                    load.Tables
                    load.AtOnce
            )
        | ValueNone -> None
