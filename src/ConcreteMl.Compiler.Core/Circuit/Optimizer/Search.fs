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
module Search =

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

    /// The best solution within one (k, N, ν), if any beats `best`.
    let private within problem budget (k: int) (log2Poly: int) (extension: int) (best: LookupSolution voption) =
        let size = 1 <<< log2Poly
        let dimension = k * size
        let steps = 2.0 * float size * Math.Pow(2.0, float extension)
        let products = CostModel.productsPerWord extension
        let squaredNorm = Math.Pow(2.0, 2.0 * problem.Log2Norm)
        let levelled = CostModel.levelled problem.LevelledTerms dimension
        let bootstraps = Decompositions.bootstrap problem.Model problem.Curve k size

        let externalCosts =
            bootstraps
            |> Array.map (fun struct (d, _) -> products * CostModel.externalProduct k size d.Levels)

        let mutable best = best

        let mutable bestCost, bestNoise =
            match best with
            | ValueSome solution -> solution.Cost, solution.Variance
            | ValueNone -> Double.PositiveInfinity, Double.PositiveInfinity

        let mutable n = LeastSmallDimension
        let mutable go = true

        while go && n <= MostSmallDimension do
            let switching = NoiseFormulas.modulusSwitch problem.Model n steps

            if switching > budget || float n * externalCosts[0] + levelled > bestCost then
                go <- false
            else
                let keySwitches = Decompositions.keySwitch problem.Curve n
                let mutable i = 0

                while i < bootstraps.Length do
                    let struct (bootstrap, product) = bootstraps[i]
                    let incoming = float n * product * squaredNorm
                    let cost = float n * externalCosts[i] + levelled

                    if cost > bestCost then
                        i <- bootstraps.Length
                    else
                        let rest = budget - switching - incoming

                        if rest > 0.0 then
                            let j = firstWithin keySwitches (rest / float dimension)

                            if j >= 0 then
                                let struct (keySwitch, perDimension) = keySwitches[j]
                                let noise = incoming + switching + float dimension * perDimension
                                let total = cost + CostModel.keySwitch dimension n keySwitch.Levels

                                if total < bestCost || total = bestCost && noise < bestNoise then
                                    bestCost <- total
                                    bestNoise <- noise

                                    best <-
                                        ValueSome
                                            {
                                                Rank = k
                                                Log2Poly = log2Poly
                                                Extension = extension
                                                SmallDimension = n
                                                Bootstrap = bootstrap
                                                KeySwitch = keySwitch
                                                Cost = total
                                                Variance = noise
                                                PError = NoiseFormulas.failure problem.Bits noise
                                            }

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
                        best <- within problem budget k log2Poly extension best

        ValueOption.toOption best
