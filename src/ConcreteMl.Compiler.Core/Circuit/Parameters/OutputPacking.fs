namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// How outputs are made small before they are sent: up to Size values in one ciphertext of Rank mask polynomials, whose words keep
/// their highest ModulusBits bits.
type OutputPacking =
    {
        Rank: int
        Size: int
        KeySwitch: Decomposition
        ModulusBits: int
        /// Bits that the packing key's bodies keep as they are stored; 0: all.
        BodyBits: int
    }

    /// Words of a mask under the packing key.
    member this.Dimension = this.Rank * this.Size

/// What follows from a compression of outputs.
[<RequireQualifiedAccess>]
module OutputPacking =

    /// How many values of an output share a ciphertext.
    let packed (packing: OutputPacking) (graph: Graph) (port: Port) =
        min packing.Size (int (Shape.count (graph.TypeOf port.Value).Shape))

    /// Variance that `values` values of one ciphertext get.
    let variance (key: BigKey) (packing: OutputPacking) (values: int) =
        let noise =
            SecurityCurve.variance key.Curve packing.Dimension
            + NoiseFormulas.bodyRounding packing.BodyBits

        NoiseFormulas.compression key.Model key.Dimension noise packing.KeySwitch values packing.Dimension packing.ModulusBits

    /// The run time packs so many values by one pass over the packing key.
    let private valuesAPass = 16

    /// Seconds on one core in which the outputs of a sample are packed: each value meets every word of the packing key, which is too large for
    /// a cache and is fetched for each pass.
    let seconds (key: BigKey) (graph: Graph) (packing: OutputPacking) : float =
        let words =
            float key.Dimension
            * float packing.KeySwitch.Levels
            * float (packing.Dimension + packing.Size)

        graph.Outputs
        |> Array.sumBy (fun port ->
            let count = int (Shape.count (graph.TypeOf port.Value).Shape)
            let passes = (count + valuesAPass - 1) / valuesAPass

            words
            * (float count * KernelTimes.keySwitchOperation
               + float passes * KernelTimes.keyWordFetched))

    /// Bytes of all outputs of a sample.
    let bytes (graph: Graph) (packing: OutputPacking) =
        graph.Outputs
        |> Array.sumBy (fun port ->
            let count = int64 (Shape.count (graph.TypeOf port.Value).Shape)
            let groups = (count + int64 packing.Size - 1L) / int64 packing.Size

            ((groups * int64 packing.Dimension + count) * int64 packing.ModulusBits + 7L)
            / 8L)
