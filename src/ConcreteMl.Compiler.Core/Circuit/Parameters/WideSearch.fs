namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent

/// The fastest parameters of one class that reads its operands bit by bit, the others being fixed.
[<RequireQualifiedAccess>]
module WideSearch =

    /// What selection may take of the variance at which a selected entry is read; key switch and modulus switch have the rest, whose price
    /// rises faster as it gets less.
    [<Literal>]
    let private SelectionShare = 0.25

    /// Products that select an entry among those of a width.
    let private products (key: BigKey) bits =
        Math.Pow(2.0, float (max 0 (bits - WideGadgets.logSize key))) - 1.0
        + float (min bits (WideGadgets.logSize key))

    /// Phase steps that the results of a bit leave.
    let private bitSteps (key: BigKey) (selector: Decomposition) =
        2.0 * float key.Size
        / float (1 <<< ClassFigures.logSpread (selector.Levels + 1))

    /// Seconds of reading an operand's bits and making their encryptions.
    let private readingSeconds (key: BigKey) bits (small: int) switching (bootstrap: Decomposition) (gadgets: WideGadgets) =
        let rotation =
            float small
            * (ClassFigures.secondsPerProduct key bootstrap.Levels
               + ClassFigures.secondsPerElement key bootstrap.Levels
                 * ClassFigures.fetches key bootstrap.Levels 0 0)

        // the padding bit is read too, and selects nothing
        float (bits + 1) * (switching + rotation) + float bits * gadgets.BitSeconds

    /// Variance of a bit at its decision. Each is raised to the top; those below were taken away with the noise of their blind rotations.
    let private bitVariance (key: BigKey) (one: ClassParameters) selector (reading: ClassChoice) leastBits =
        let switching =
            float key.Dimension
            * NoiseFormulas.keySwitchPerDimension key.Model (SecurityCurve.variance key.Curve one.SmallDimension) one.KeySwitch

        let bit =
            switching
            + NoiseFormulas.modulusSwitch key.Model one.SmallDimension (bitSteps key selector)

        bit / Math.Pow(4.0, float leastBits) + reading.OutputVariance / 4.0

    /// Seconds of selecting an entry among those of a width and reading it.
    let private selectingSeconds (key: BigKey) bits (gadgets: WideGadgets) (reading: ClassChoice) =
        products key bits * gadgets.ProductSeconds + reading.Seconds

    /// Words of the key that makes bits' encryptions.
    let private keyWords (key: BigKey) (switch: Decomposition) =
        float (ConcreteMl.Tfhe.WideLookup.ElementCount(WideGadgets.bigKey key))
        * float (key.Rank + 1) ** 2.0
        * float switch.Levels
        * float key.Size

    let private choice (load: ClassLoad) (gadgets: WideGadgets) (reading: ClassChoice) =
        {
            Selector = gadgets.Selector
            Switch = gadgets.Switch
            SelectedVariance =
                float load.Bits * (gadgets.Own + gadgets.PerRotation * reading.OutputVariance)
                // the padding bit
                + reading.OutputVariance
                + reading.DecisionVariance
        }

    /// All figures of given parameters. Extension and grade are those of the bootstrap that reads the entry.
    let figures (key: BigKey) (one: ClassParameters) (selector: Decomposition) (switch: Decomposition) (load: ClassLoad) : ClassChoice =
        let reading = ClassFigures.figures key { one with WordsPerStep = 1 } 1 load.AtOnce
        let gadgets = WideGadgets.ofDecompositions key selector switch
        let selecting = selectingSeconds key load.Bits gadgets reading
        let words = keyWords key switch

        let switching =
            ClassFigures.keySwitchSeconds key.Dimension one.SmallDimension one.Ring one.KeySwitch.Levels

        { reading with
            DecisionVariance = bitVariance key one selector reading load.LeastBits
            Seconds =
                readingSeconds key load.Bits one.SmallDimension switching one.Bootstrap gadgets
                + selecting
            Rotation = selecting
            KeyBytes = reading.KeyBytes + 8.0 * words
            KeySeconds = reading.KeySeconds + words * KernelTimes.keyWord
            Wide = Some(choice load gadgets reading)
        }

    /// The fastest way to read an entry of limited variance: key switch, extension, grade and seconds.
    let private reading (key: BigKey) (small: int) (bootstrap: Decomposition) bits ring least limit entryLimit =
        let switches = ClassFigures.keySwitchFront key.Model key.Curve small
        let product = ClassFigures.secondsPerProduct key bootstrap.Levels
        // entries are read one by one
        let fetching = ClassFigures.secondsPerElement key bootstrap.Levels
        let dimension = float key.Dimension
        let mutable best = Double.PositiveInfinity
        let mutable chosen = ValueNone
        let mutable extension = least

        while extension <= ClassFigures.MostExtension do
            let switching =
                NoiseFormulas.modulusSwitch key.Model small (2.0 * float key.Size * Math.Pow(2.0, float extension))

            let mutable fastest = Double.PositiveInfinity

            for struct (grade, products, factor) in ClassFigures.grades[extension].Value do
                let seconds = float small * (products * product + fetching)
                fastest <- min fastest seconds

                if seconds < best then
                    let j =
                        ClassSearch.firstWithin switches ((min limit (entryLimit - factor * switching)) / dimension)

                    if j >= 0 then
                        let struct (keySwitch: Decomposition, _) = switches[j]

                        let total =
                            seconds
                            + float (bits + 2)
                              * ClassFigures.keySwitchSeconds key.Dimension small ring keySwitch.Levels

                        if total < best then
                            best <- total
                            chosen <- ValueSome struct (keySwitch, extension, grade, total)

            extension <-
                if fastest >= best then
                    ClassFigures.MostExtension + 1
                else
                    extension + 1

        chosen

    /// What a search holds fixed: `Entry` is the variance at which a selected entry is read, `Least` the least extension that reads it.
    [<NoComparison; NoEquality>]
    type private Searching =
        {
            Key: BigKey
            Load: ClassLoad
            Gadgets: WideGadgets[]
            Least: int
            Entry: float
        }

    /// The fastest gadgets whose selection leaves enough of the variance at which an entry is read.
    let private tryGadgets (search: Searching) variance =
        let bits = float search.Load.Bits
        let share = SelectionShare * search.Entry / bits

        search.Gadgets
        |> Array.tryFind (fun one -> one.Own + (one.PerRotation + 1.0 / bits) * variance <= share)

    let private parameters (key: BigKey) small bootstrap keySwitch extension grade : ClassParameters =
        {
            SmallDimension = small
            KeySwitch = keySwitch
            Ring = KeySwitchKind.ring key.Switch small
            Bootstrap = bootstrap
            BodyBits = key.BodyBits
            Extension = extension
            Grade = grade
            WordsPerStep = 1
        }

    /// Parameters with given gadgets that take fewer seconds than `best`, with their seconds.
    let private attemptWith (search: Searching) small (bootstrap: Decomposition) rest best (one: WideGadgets) =
        let key, load = search.Key, search.Load
        let ring = KeySwitchKind.ring key.Switch small

        let limit =
            Math.Pow(4.0, float load.LeastBits) * rest
            - NoiseFormulas.modulusSwitch key.Model small (bitSteps key one.Selector)

        let bits =
            readingSeconds key load.Bits small 0.0 bootstrap one
            + products key load.Bits * one.ProductSeconds

        if limit <= 0.0 || bits >= best then
            ValueNone
        else
            match reading key small bootstrap load.Bits ring search.Least limit ((1.0 - SelectionShare) * search.Entry) with
            | ValueSome struct (keySwitch, extension, grade, seconds) when bits + seconds < best ->
                ValueSome struct (parameters key small bootstrap keySwitch extension grade, one, bits + seconds)
            | _ -> ValueNone

    /// No gadgets read an operand's bits faster, and select among entries.
    let private leastSeconds (search: Searching) small bootstrap =
        let bits = search.Load.Bits
        let gadgets = search.Gadgets[0]

        readingSeconds search.Key bits small 0.0 bootstrap gadgets
        + products search.Key bits * gadgets.ProductSeconds

    /// Parameters of a small dimension and a decomposition that take fewer seconds than `best`, with their seconds.
    let private attempt (search: Searching) small bootstrap variance rest best =
        if leastSeconds search small bootstrap >= (1.0 + 1e-9) * best then
            ValueNone
        else
            match tryGadgets search variance with
            | Some one -> attemptWith search small bootstrap rest best one
            | None -> ValueNone

    let private sorted =
        ConcurrentDictionary<struct (string * TransformError * int * int * int), WideGadgets[]>()

    /// The gadgets of a key from those that read and select fastest among the entries of a width on.
    let private byTime (key: BigKey) bits =
        sorted.GetOrAdd(
            struct (key.Curve.Name, key.Model.Transform, key.Rank, key.Size, bits),
            fun _ ->
                WideGadgets.front key
                |> Array.sortBy (fun one -> float bits * one.BitSeconds + products key bits * one.ProductSeconds)
        )

    let private searching (key: BigKey) (load: ClassLoad) entry =
        let reading =
            { load with
                Bits = load.ResultBits
                LogSize = load.ResultBits + 1
                Tables = 1
            }

        {
            Key = key
            Load = load
            Gadgets = byTime key load.Bits
            Least = ClassSearch.leastExtension key reading
            Entry = entry
        }

    /// Minimizes seconds per lookup over small dimensions in steps of `step`; `cap` bounds the output variance, `entry` that at which a
    /// selected entry is read. What does not stay below `below` is not looked at.
    let solve (key: BigKey) (step: int) (load: ClassLoad) below (cap: float) (bounds: ClassBound[]) (entry: float) : ClassChoice option =
        let search = searching key load entry
        let front = ClassFigures.bootstrapFront key 1
        let mutable best = below
        let mutable chosen = None

        for small in ClassSpace.whole.Least .. step .. ClassSpace.whole.Most do
            for struct (bootstrap, product) in front do
                let variance = float small * product
                let rest = ClassSearch.slack bounds variance - variance / 4.0

                if variance <= cap && rest > 0.0 then
                    match attempt search small bootstrap variance rest best with
                    | ValueSome struct (found, gadgets, seconds) ->
                        best <- seconds
                        chosen <- Some(found, gadgets)
                    | ValueNone -> ()

        chosen
        |> Option.map (fun (found, gadgets) -> figures key found gadgets.Selector gadgets.Switch load)
