namespace ConcreteMl.Compiler.Core.Circuit

open System

/// One lookup pattern to find parameters for: a dot product of 2-norm 2^Log2Norm over bootstrap outputs, then a lookup of Bits bits.
type LookupProblem =
    {
        Bits: int
        Log2Norm: float
        /// Failure probability allowed.
        PError: float
        Curve: SecurityCurve
        Model: NoiseModel
        /// The largest extension exponent ν tried.
        MostExtension: int
        /// Multiplications of the dot product.
        LevelledTerms: float
    }

/// Cheapest parameters of a lookup pattern.
type LookupSolution =
    {
        Rank: int
        Log2Poly: int
        Extension: int
        SmallDimension: int
        Bootstrap: Decomposition
        KeySwitch: Decomposition
        /// Elementary operations.
        Cost: float
        /// Variance on the torus at the lookup's decision.
        Variance: float
        PError: float
    }

/// The exhaustive search behind the published tables: ranks 1..6, polynomial sizes 2^8..2^17, small dimensions 512..2047.
/// Least cost first, least noise among equals.
[<RequireQualifiedAccess>]
module PublishedTables =

    [<Literal>]
    let private LeastSmallDimension = 512

    [<Literal>]
    let private MostSmallDimension = 2047

    /// The first entry of a front whose noise is at most `limit`, or −1: fronts descend in noise.
    let private firstWithin (front: struct (Decomposition * float)[]) limit =
        let mutable low = 0
        let mutable high = front.Length

        while low < high do
            let middle = (low + high) / 2
            let struct (_, noise) = front[middle]
            if noise <= limit then high <- middle else low <- middle + 1

        if low < front.Length then low else -1

    /// One (k, N, ν), and what does not change within it.
    type private Place =
        {
            Problem: LookupProblem
            Budget: float
            Rank: int
            Log2Poly: int
            Extension: int
            /// Dimension of the big key.
            Dimension: int
            SquaredNorm: float
            /// Cost of the linear operations before one lookup.
            Levelled: float
            /// Decompositions of the bootstrap with the noise of each product, cheapest first.
            Bootstraps: struct (Decomposition * float)[]
            /// Cost of one product for each of them.
            ProductCosts: float[]
        }

    let private place problem budget k log2Poly extension : Place =
        let size = 1 <<< log2Poly
        let products = CostModel.productsPerWord extension
        let bootstraps = Decompositions.bootstrap problem.Model problem.Curve k size 0 1

        {
            Problem = problem
            Budget = budget
            Rank = k
            Log2Poly = log2Poly
            Extension = extension
            Dimension = k * size
            SquaredNorm = Math.Pow(2.0, 2.0 * problem.Log2Norm)
            Levelled = CostModel.levelled problem.LevelledTerms (k * size)
            Bootstraps = bootstraps
            ProductCosts =
                bootstraps
                |> Array.map (fun struct (d, _) -> products * CostModel.externalProduct k size d.Levels)
        }

    let private beats (best: LookupSolution voption) cost noise =
        match best with
        | ValueSome known -> cost < known.Cost || cost = known.Cost && noise < known.Variance
        | ValueNone -> true

    let private costOf (best: LookupSolution voption) =
        match best with
        | ValueSome known -> known.Cost
        | ValueNone -> Double.PositiveInfinity

    /// The best key switch for small dimension n and the i-th bootstrap, if that beats `best`.
    let private withKeySwitch place n switching keySwitches i (best: LookupSolution voption) : LookupSolution voption =
        let struct (bootstrap, product) = place.Bootstraps[i]
        let incoming = float n * product * place.SquaredNorm
        let rest = place.Budget - switching - incoming

        let j =
            if rest > 0.0 then
                firstWithin keySwitches (rest / float place.Dimension)
            else
                -1

        if j < 0 then
            best
        else
            let struct (keySwitch, perDimension) = keySwitches[j]
            let noise = incoming + switching + float place.Dimension * perDimension

            let cost =
                float n * place.ProductCosts[i]
                + place.Levelled
                + CostModel.keySwitch place.Dimension n keySwitch.Levels

            if beats best cost noise then
                ValueSome
                    {
                        Rank = place.Rank
                        Log2Poly = place.Log2Poly
                        Extension = place.Extension
                        SmallDimension = n
                        Bootstrap = bootstrap
                        KeySwitch = keySwitch
                        Cost = cost
                        Variance = noise
                        PError = NoiseFormulas.failure place.Problem.Bits noise
                    }
            else
                best

    /// The best solution within one (k, N, ν), if any beats `best`.
    let private within place (best: LookupSolution voption) =
        let steps =
            2.0 * Math.Pow(2.0, float place.Log2Poly) * Math.Pow(2.0, float place.Extension)

        let cost n i =
            float n * place.ProductCosts[i] + place.Levelled

        let mutable best = best
        let mutable n = LeastSmallDimension
        let mutable go = true

        while go && n <= MostSmallDimension do
            let switching = NoiseFormulas.modulusSwitch place.Problem.Model n steps

            if switching > place.Budget || cost n 0 > costOf best then
                go <- false
            else
                let keySwitches = Decompositions.keySwitch place.Problem.Model place.Problem.Curve n
                let mutable i = 0

                while i < place.Bootstraps.Length && cost n i <= costOf best do
                    best <- withKeySwitch place n switching keySwitches i best
                    i <- i + 1

                n <- n + 1

        best

    /// The cheapest parameters that meet the failure bound; None when there are none.
    let solve (problem: LookupProblem) : LookupSolution option =
        let budget = NoiseFormulas.budget problem.Bits problem.PError
        let mutable best = ValueNone

        for extension in 0 .. problem.MostExtension do
            for k in 1..6 do
                for log2Poly in 8..17 do
                    let boxes = log2Poly + extension >= problem.Bits + 1
                    let defined = (k <<< log2Poly) >= problem.Curve.LeastDimension

                    if boxes && defined then
                        best <- within (place problem budget k log2Poly extension) best

        ValueOption.toOption best
