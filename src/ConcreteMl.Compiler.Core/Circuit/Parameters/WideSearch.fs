namespace ConcreteMl.Compiler.Core.Circuit

open System

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

    /// All figures of given parameters.
    let figures
        (key: BigKey)
        small
        (keySwitch: Decomposition)
        ring
        (bootstrap: Decomposition)
        bodyBits
        extension
        grade
        (selector: Decomposition)
        (switch: Decomposition)
        (load: ClassLoad)
        : ClassChoice =
        let reading =
            ClassFigures.figures key small keySwitch ring bootstrap bodyBits extension grade 1 1 load.AtOnce

        let gadgets = WideGadgets.ofDecompositions key selector switch
        let dimension = float key.Dimension

        let switchNoise =
            dimension
            * NoiseFormulas.keySwitchPerDimension key.Model (SecurityCurve.variance key.Curve small) keySwitch

        let bitVariance =
            switchNoise
            + NoiseFormulas.modulusSwitch key.Model small (bitSteps key selector)

        let switching =
            ClassFigures.keySwitchSeconds key.Dimension small ring keySwitch.Levels

        let selecting = products key load.Bits * gadgets.ProductSeconds + reading.Seconds

        let words =
            float (ConcreteMl.Tfhe.WideLookup.ElementCount(WideGadgets.bigKey key))
            * float (key.Rank + 1) ** 2.0
            * float switch.Levels
            * float key.Size

        { reading with
            // each bit is raised to the top; those below were taken away with the noise of their blind rotations
            DecisionVariance = bitVariance / Math.Pow(4.0, float load.LeastBits) + reading.OutputVariance / 4.0
            Seconds = readingSeconds key load.Bits small switching bootstrap gadgets + selecting
            Rotation = selecting
            KeyBytes = reading.KeyBytes + 8.0 * words
            KeySeconds = reading.KeySeconds + words * KernelTimes.keyWord
            Wide =
                Some
                    {
                        Selector = selector
                        Switch = switch
                        SelectedVariance =
                            float load.Bits * (gadgets.Own + gadgets.PerRotation * reading.OutputVariance)
                            // the padding bit
                            + reading.OutputVariance
                            + reading.DecisionVariance
                    }
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

    /// Minimizes seconds per lookup over small dimensions in steps of `step`; `cap` bounds the output variance, `entry` that at which a
    /// selected entry is read.
    let solve (key: BigKey) (step: int) (load: ClassLoad) (cap: float) (bounds: ClassBound[]) (entry: float) : ClassChoice option =
        let front = ClassFigures.bootstrapFront key 1

        let gadgets =
            WideGadgets.front key
            |> Array.sortBy (fun one -> float load.Bits * one.BitSeconds + products key load.Bits * one.ProductSeconds)

        let least =
            ClassSearch.leastExtension
                key
                { load with
                    Bits = load.ResultBits
                    Tables = 1
                }

        let selectionLimit = SelectionShare * entry / float load.Bits
        let raised = Math.Pow(4.0, float load.LeastBits)
        let mutable best = Double.PositiveInfinity
        let mutable chosen = ValueNone

        let attempt small (bootstrap: Decomposition) variance rest =
            match
                gadgets
                |> Array.tryFind (fun one -> one.Own + (one.PerRotation + 1.0 / float load.Bits) * variance <= selectionLimit)
            with
            | None -> ()
            | Some one ->
                let ring = KeySwitchKind.ring key.Switch small

                let limit =
                    raised * rest
                    - NoiseFormulas.modulusSwitch key.Model small (bitSteps key one.Selector)

                let bits =
                    readingSeconds key load.Bits small 0.0 bootstrap one
                    + products key load.Bits * one.ProductSeconds

                if limit > 0.0 && bits < best then
                    match reading key small bootstrap load.Bits ring least limit ((1.0 - SelectionShare) * entry) with
                    | ValueSome struct (keySwitch, extension, grade, seconds) when bits + seconds < best ->
                        best <- bits + seconds
                        chosen <- ValueSome struct (small, keySwitch, bootstrap, extension, grade, one)
                    | _ -> ()

        for small in ClassSpace.whole.Least .. step .. ClassSpace.whole.Most do
            for struct (bootstrap, product) in front do
                let variance = float small * product

                if variance <= cap then
                    let rest = ClassSearch.slack bounds variance - variance / 4.0

                    if rest > 0.0 then
                        attempt small bootstrap variance rest

        match chosen with
        | ValueSome struct (small, keySwitch, bootstrap, extension, grade, one) ->
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
                    one.Selector
                    one.Switch
                    load
            )
        | ValueNone -> None
