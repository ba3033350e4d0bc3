namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent
open System.Numerics

/// What parameters of one class cost, and the noise that they bring.
[<RequireQualifiedAccess>]
module ClassFigures =

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
    let internal noises (key: BigKey) words (decompositions: Decomposition[]) : struct (Decomposition * float)[] =
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
    let internal steps (key: BigKey) extension tables =
        let spread = if extension = 0 then logSpread tables else 0
        2.0 * float key.Size * Math.Pow(2.0, float (extension - spread))

    /// Body words of a bootstrapping key, which are nearly all that is stored: key-switching keys have one word in n + 1, or are small.
    let internal bootstrapBodies (key: BigKey) (small: int) levels words =
        RotationWork.elements words
        * float small
        * float levels
        * float (key.Rank + 1)
        * float key.Size

    /// Words of a key-switching key in memory.
    let internal switchWords (key: BigKey) (small: int) ring levels =
        float levels
        * (if ring = 0 then
               float key.Dimension * float (small + 1)
           else
               2.0 * float (KeySwitchKind.polynomials key.Dimension ring * ring))

    /// Bytes and seconds of a class's keys, the big key's included.
    let private keys (key: BigKey) (one: ClassParameters) =
        let bodies =
            bootstrapBodies key one.SmallDimension one.Bootstrap.Levels one.WordsPerStep

        let bootstrapWords = bodies * float (key.Rank + 1)

        let switchWords = switchWords key one.SmallDimension one.Ring one.KeySwitch.Levels

        // spectra are doubles
        let switchBytes =
            if one.Ring = 0 && isNarrow key.Curve one.SmallDimension one.KeySwitch then
                4.0
            else
                8.0

        let stored = bodies * (if one.BodyBits = 0 then 8.0 else float one.BodyBits / 8.0)

        struct (bootstrapWords * 8.0 + switchWords * switchBytes, stored, (bootstrapWords + switchWords) * KernelTimes.keyWord)

    /// Variance at a decision from key switch and modulus switch.
    let private decisionVariance (key: BigKey) (one: ClassParameters) tables =
        let small = one.SmallDimension

        let switchNoise =
            NoiseFormulas.keySwitchPerDimension key.Model (SecurityCurve.variance key.Curve small) one.KeySwitch

        float key.Dimension * switchNoise
        + NoiseFormulas.modulusSwitch key.Model small (steps key one.Extension tables)
          * ConcreteMl.Tfhe.ModulusSwitchGrade.ErrorFactor(one.Extension, one.Grade)

    let private outputVariance (key: BigKey) (one: ClassParameters) =
        let noise = key.FreshVariance + NoiseFormulas.bodyRounding one.BodyBits

        float one.SmallDimension
        * NoiseFormulas.perWord key.Model one.WordsPerStep noise key.Rank key.Size one.Bootstrap

    let private rotationSeconds (key: BigKey) (one: ClassParameters) atOnce =
        let word =
            RotationWork.word key.Rank key.Size one.Bootstrap.Levels one.Extension one.Grade one.WordsPerStep atOnce

        float one.SmallDimension * RotationWork.seconds word

    /// All figures of given parameters; `tables` is the most that one bootstrap looks up.
    let figures (key: BigKey) (one: ClassParameters) tables atOnce : ClassChoice =
        let rotation = rotationSeconds key one atOnce
        let struct (keyBytes, storedBytes, keySeconds) = keys key one

        {
            Parameters = one
            OutputVariance = outputVariance key one
            DecisionVariance = decisionVariance key one tables
            Seconds =
                keySwitchSeconds key.Dimension one.SmallDimension one.Ring one.KeySwitch.Levels
                + rotation
            Rotation = rotation
            KeyBytes = keyBytes
            StoredBytes = storedBytes
            KeyOf = None
            KeySeconds = keySeconds
            Wide = None
        }
