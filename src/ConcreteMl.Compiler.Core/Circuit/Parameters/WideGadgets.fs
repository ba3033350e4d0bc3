namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Collections.Concurrent

/// Decompositions with which bits select an entry.
type internal WideGadgets =
    {
        Selector: Decomposition
        Switch: Decomposition
        /// Variance of a selected entry, a bit.
        Own: float
        /// The same in variances of a blind rotation.
        PerRotation: float
        /// Seconds in which a bit's digits become its GGSW encryption.
        BitSeconds: float
        /// Seconds of a product with a bit.
        ProductSeconds: float
    }

/// What selectors and key switches of a big key cost and add.
[<RequireQualifiedAccess>]
module internal WideGadgets =

    /// The big key as the run time takes it.
    let bigKey (key: BigKey) =
        ConcreteMl.Tfhe.BigKeyParameters(key.Rank, key.Size, sqrt key.FreshVariance)

    /// The logarithm of the big key's polynomials' size.
    let logSize (key: BigKey) =
        Numerics.BitOperations.Log2(uint32 key.Size)

    let private wide (selector: Decomposition) (switch: Decomposition) =
        ConcreteMl.Tfhe.WideLookup(
            ConcreteMl.Tfhe.GadgetDecomposition(selector.LogBase, selector.Levels),
            ConcreteMl.Tfhe.GadgetDecomposition(switch.LogBase, switch.Levels)
        )

    /// What given decompositions cost and add.
    let ofDecompositions (key: BigKey) selector switch =
        let struct (own, perRotation) =
            ConcreteMl.Tfhe.NoiseModel.Measured.WideSelectionPerBit(bigKey key, wide selector switch)

        let columns, size = float (key.Rank + 1), float key.Size

        // the trace and the product with each polynomial of the key
        let switches =
            float (logSize key + key.Rank)
            * (ClassFigures.secondsPerProduct key switch.Levels
               + columns * size * KernelTimes.digitCoefficient)

        let transforms =
            columns
            * columns
            * size
            * (float (logSize key + 1) * KernelTimes.transformOperation
               + KernelTimes.digitCoefficient)

        {
            Selector = selector
            Switch = switch
            Own = own
            PerRotation = perRotation
            BitSeconds = float selector.Levels * (switches + transforms)
            ProductSeconds = ClassFigures.secondsPerProduct key selector.Levels
        }

    let private dominates (a: WideGadgets) (b: WideGadgets) =
        a.BitSeconds <= b.BitSeconds
        && a.ProductSeconds <= b.ProductSeconds
        && a.Own <= b.Own
        && a.PerRotation <= b.PerRotation

    let private found =
        ConcurrentDictionary<struct (string * TransformError * int * int), WideGadgets[]>()

    /// Every pair of a selector of up to 30 bits, which no result asks more of, and a key switch about as deep as a product with a big
    /// key's polynomial needs.
    let private all (key: BigKey) =
        [|
            for switchLevels in 2..10 do
                for switchBase in max 1 (36 / switchLevels) .. 54 / switchLevels do
                    for selectorLevels in 1..6 do
                        for selectorBase in 2 .. min 12 (30 / selectorLevels) do
                            ofDecompositions
                                key
                                {
                                    Levels = selectorLevels
                                    LogBase = selectorBase
                                }
                                {
                                    Levels = switchLevels
                                    LogBase = switchBase
                                }
        |]

    /// Those that none before them is better than.
    let private undominated (gadgets: WideGadgets[]) =
        let kept = Collections.Generic.List<WideGadgets>()

        for one in gadgets do
            if not (kept.Exists(fun other -> dominates other one)) then
                kept.Add one

        kept.ToArray()

    /// Decompositions that no other is better than, from the fastest on.
    let front (key: BigKey) =
        found.GetOrAdd(
            struct (key.Curve.Name, key.Model.Transform, key.Rank, key.Size),
            fun _ -> all key |> Array.sortBy _.BitSeconds |> undominated
        )
