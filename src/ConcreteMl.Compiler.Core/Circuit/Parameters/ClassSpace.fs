namespace ConcreteMl.Compiler.Core.Circuit

/// Where the parameters of a class are sought.
type ClassSpace =
    {
        /// Decompositions of the blind rotation; empty: the fastest for each noise.
        Bootstraps: Decomposition[]
        /// Mask words that a step of the rotation may take: 1, 2.
        Words: int[]
        /// Bounds on the small dimension.
        Least: int
        Most: int
        /// Whether the class's bootstrapping key is sent; another class's serves otherwise.
        SendsKey: bool
    }

/// The spaces that are searched.
[<RequireQualifiedAccess>]
module ClassSpace =

    /// No bounds but the search's own: below the first no bootstrap is secure and quiet enough, above the other none is fast.
    let whole =
        {
            Bootstraps = [||]
            Words = [| 1; 2 |]
            Least = 512
            Most = 1535
            SendsKey = true
        }
