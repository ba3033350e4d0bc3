namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent

/// Decompositions worth considering: for each number of levels the base of least noise, costs ascending, noise descending.
[<RequireQualifiedAccess>]
module Decompositions =

    [<Literal>]
    let private MostLevels = 64

    /// Levels without improvement that end the list once the base is 2.
    [<Literal>]
    let private PatienceAtBaseTwo = 16

    /// The base at which noise stops falling, from this one down: its bits, and the noise there.
    let rec private lowest noise levels logBase least : struct (int * float) =
        if logBase = 1 then
            struct (logBase, least)
        else
            let next =
                noise
                    {
                        Levels = levels
                        LogBase = logBase - 1
                    }

            if next <= least then
                lowest noise levels (logBase - 1) next
            else
                struct (logBase, least)

    /// The Pareto front of a noise function, as (decomposition, noise).
    let pareto (noise: Decomposition -> float) : struct (Decomposition * float)[] =
        let kept = Collections.Generic.List()
        let mutable logBase = 64
        let mutable levels = 1
        let mutable patience = PatienceAtBaseTwo
        let mutable last = Double.PositiveInfinity

        while levels <= MostLevels && patience >= 0 do
            let struct (own, least) =
                lowest noise levels logBase (noise { Levels = levels; LogBase = logBase })

            logBase <- own

            if least <= last then
                kept.Add(struct ({ Levels = levels; LogBase = logBase }, least))
                last <- least
            elif logBase = 1 then
                patience <- patience - 1

            levels <- levels + 1

        kept.ToArray()

    let private keySwitches =
        ConcurrentDictionary<struct (string * bool * int), struct (Decomposition * float)[]>()

    let private bootstraps =
        ConcurrentDictionary<struct (string * TransformError * int * int * int * int), struct (Decomposition * float)[]>()

    /// Key switches to an LWE dimension; noise per dimension of the input.
    let keySwitch model curve (dimension: int) =
        keySwitches.GetOrAdd(
            struct (curve.Name, model.SparseDigits, dimension),
            fun _ ->
                let key = SecurityCurve.variance curve dimension
                pareto (NoiseFormulas.keySwitchPerDimension model key)
        )

    /// External products of rank k and polynomial size N, with a key whose bodies keep `bodyBits` bits (0: all), `words` mask words a step; noise per word.
    let bootstrap model curve (k: int) (n: int) bodyBits words =
        bootstraps.GetOrAdd(
            struct (curve.Name, model.Transform, k, n, bodyBits, words),
            fun _ ->
                let key = SecurityCurve.variance curve (k * n) + NoiseFormulas.bodyRounding bodyBits

                pareto (NoiseFormulas.perWord model words key k n)
        )
