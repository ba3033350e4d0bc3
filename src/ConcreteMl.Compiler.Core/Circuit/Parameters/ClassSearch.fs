namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent

/// The fastest parameters of one class, the others being fixed.
[<RequireQualifiedAccess>]
module ClassSearch =

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

        if load.LogSize + ClassFigures.logSpread load.Tables <= log2 then
            0
        else
            max (if load.Tables > 1 then 1 else 0) (load.LogSize - log2)

    /// Seconds of a mask word for each grade, its share of fetched key elements included.
    let private words = ConcurrentDictionary<struct (int * int * int * int), float[]>()

    let private wordSeconds (key: BigKey) levels extension =
        words.GetOrAdd(
            struct (key.Rank, key.Size, levels, extension),
            fun _ ->
                let product = ClassFigures.secondsPerProduct key levels
                let element = ClassFigures.secondsPerElement key levels

                ClassFigures.grades[extension].Value
                |> Array.map (fun struct (grade, products, _) ->
                    products * product + ClassFigures.fetches key levels extension grade * element)
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

    /// Seconds of a mask word for each grade of an extension, with a decomposition and so many words a step.
    let private gradesOf (key: BigKey) load extension (struct (d: Decomposition, _: float, words)) =
        if words = 1 then
            wordSeconds key d.Levels extension
        // two words a step have kernels at ν = 0, which has one grade
        elif extension = 0 then
            [|
                RotationWork.word key.Rank key.Size d.Levels 0 0 words load.AtOnce
                |> RotationWork.seconds
            |]
        else
            ClassFigures.grades[extension].Value
            |> Array.map (fun _ -> Double.PositiveInfinity)

    let private extended (key: BigKey) load (front: struct (Decomposition * float * int)[]) extension =
        let words = front |> Array.map (gradesOf key load extension)

        {
            Steps = ClassFigures.steps key extension load.Tables
            Rotations = if extension = 0 then 1.0 else load.MeanTables
            Grades = ClassFigures.grades[extension].Value
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
        let made = Array.zeroCreate<Extended voption>(ClassFigures.MostExtension + 1)

        fun extension ->
            match made[extension] with
            | ValueSome known -> known
            | ValueNone ->
                let one = extended key load front extension
                made[extension] <- ValueSome one
                one

    /// What a search has found.
    [<Sealed>]
    type private Best(below: float) =
        member val Seconds = below with get, set

        member val Parameters: ClassParameters voption = ValueNone with get, set

    /// Where two words a step were measured, noise and time: N of 2048 at most, one level or bases to 2^18. (At N = 4096 their noise is the
    /// predicted one since coefficients of odd index are held negated: 1.1 times its variance with two levels of base 2^22, 1.4 of 2^25.)
    let private maySpan (key: BigKey) words (d: Decomposition) =
        words = 1 || (key.Size <= 2048 && (d.Levels = 1 || d.LogBase <= 18))

    /// Decompositions of bootstraps, with their noise for each mask word and the words that a step takes.
    let private bootstraps (space: ClassSpace) (key: BigKey) least =
        space.Words
        |> Array.filter (fun words -> words = 1 || least = 0)
        |> Array.collect (fun words ->
            (if Array.isEmpty space.Bootstraps then
                 ClassFigures.bootstrapFront key words
             else
                 ClassFigures.noises key words space.Bootstraps)
            |> Array.filter (fun struct (d, _) -> maySpan key words d)
            |> Array.map (fun struct (d, noise) -> struct (d, noise, words)))

    /// A search on its way.
    [<NoComparison; NoEquality>]
    type private Searching =
        {
            Key: BigKey
            Front: struct (Decomposition * float * int)[]
            Extended: int -> Extended
            /// Seconds of making and sending a body of a bootstrapping key, shared by all bootstraps.
            PerBody: float
            /// The same for a word of a key-switching key.
            PerSwitchWord: float
            Best: Best
        }

    /// Key switches to a small dimension, by falling noise.
    [<Struct; NoComparison; NoEquality>]
    type private Switches =
        {
            Small: int
            Ring: int
            Front: struct (Decomposition * float)[]
            Finest: float
        }

    let private switchesTo (key: BigKey) small : Switches =
        let front = ClassFigures.keySwitchFront key.Model key.Curve small
        let struct (_, finest) = front[front.Length - 1]

        {
            Small = small
            Ring = KeySwitchKind.ring key.Switch small
            Front = front
            Finest = finest
        }

    /// Seconds with those of the key switch, its key's making and sending included.
    let private withSwitch (search: Searching) (switches: Switches) (keySwitch: Decomposition) seconds =
        seconds
        + ClassFigures.keySwitchSeconds search.Key.Dimension switches.Small switches.Ring keySwitch.Levels
        + ClassFigures.switchWords search.Key switches.Small switches.Ring keySwitch.Levels
          * search.PerSwitchWord

    let private parameters (search: Searching) (switches: Switches) index keySwitch extension grade : ClassParameters =
        let struct (bootstrap, _, words) = search.Front[index]

        {
            SmallDimension = switches.Small
            KeySwitch = keySwitch
            Ring = switches.Ring
            Bootstrap = bootstrap
            BodyBits = search.Key.BodyBits
            Extension = extension
            Grade = grade
            WordsPerStep = words
        }

    /// Tries the grades of an extension: `rest` is what key switch and modulus switch may bring.
    let private tryGrades (search: Searching) (switches: Switches) index keySeconds extension rest =
        let key = search.Key
        let one = search.Extended extension
        let switching = NoiseFormulas.modulusSwitch key.Model switches.Small one.Steps

        for position in 0 .. one.Grades.Length - 1 do
            let struct (grade, _, factor) = one.Grades[position]
            let word = one.Words[index].[position]
            let seconds = keySeconds + float switches.Small * word * one.Rotations
            let limit = (rest - factor * switching) / float key.Dimension

            if seconds < search.Best.Seconds && switches.Finest <= limit then
                let struct (keySwitch, _) = switches.Front[firstWithin switches.Front limit]
                let total = withSwitch search switches keySwitch seconds

                if total < search.Best.Seconds then
                    search.Best.Seconds <- total
                    search.Best.Parameters <- ValueSome(parameters search switches index keySwitch extension grade)

    /// Tries a bootstrap's decomposition under extensions from the least on.
    let private tryBootstrap (search: Searching) (switches: Switches) index least cap (bounds: ClassBound[]) =
        let struct (bootstrap, product, words) = search.Front[index]

        let keySeconds =
            ClassFigures.bootstrapBodies search.Key switches.Small bootstrap.Levels words
            * search.PerBody

        let variance = float switches.Small * product

        let mayWin extension =
            extension <= ClassFigures.MostExtension
            && (let one = search.Extended extension
                keySeconds + float switches.Small * one.LeastWords[index] * one.Rotations < search.Best.Seconds)

        if variance <= cap && mayWin least then
            let rest = slack bounds variance

            if rest > float search.Key.Dimension * switches.Finest then
                let mutable extension = least

                while mayWin extension do
                    tryGrades search switches index keySeconds extension rest
                    extension <- extension + 1

    let private searching (space: ClassSpace) (key: BigKey) least (load: ClassLoad) below =
        let front = bootstraps space key least
        let runs = float (max 1L load.Bootstraps)

        {
            Key = key
            Front = front
            Extended = extensions key load front
            PerBody = bodySeconds space key / runs
            PerSwitchWord = KernelTimes.keyGenerationWeight * KernelTimes.keyWord / runs
            Best = Best(below)
        }

    /// Minimizes seconds per bootstrap, with its share of the keys' making and sending, over small dimensions in steps of `step`; `cap`
    /// bounds the output variance. What costs more than the best so far is not looked at, nor what does not stay below `below`.
    let solve
        (space: ClassSpace)
        (key: BigKey)
        (step: int)
        (load: ClassLoad)
        below
        (cap: float)
        (bounds: ClassBound[])
        : ClassChoice option =
        let least = leastExtension key load
        // blind rotations without noise would leave so much
        let room = slack bounds 0.0
        let search = lazy (searching space key least load below)

        for small in space.Least .. step .. space.Most do
            let switches = switchesTo key small

            if room > float key.Dimension * switches.Finest then
                for index in 0 .. search.Value.Front.Length - 1 do
                    tryBootstrap search.Value switches index least cap bounds

        if search.IsValueCreated then
            search.Value.Best.Parameters
            |> ValueOption.toOption
            |> Option.map (fun found -> ClassFigures.figures key found load.Tables load.AtOnce)
        else
            None
