namespace ConcreteMl.Compiler.Core.Circuit

open System
open System.Numerics
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Outputs that keep to the failure bound and are soonest with the client: packed in little time, and small.
[<RequireQualifiedAccess>]
module OutputPackingSearch =

    /// Values that share a mask at most. Bytes of a value fall with their number, the packing key and the time of a value grow with it:
    /// at 16 a value of 14 bits takes a few hundred bytes instead of 16 kB, and the key 1 MB at most, a few percent of an evaluation key.
    [<Literal>]
    let MostPacked = 16

    /// Dimensions that are tried, up to where noise and words are as wide as those of the widest output that decodes.
    [<Literal>]
    let private MostDimension = 2048

    /// Seconds in which a byte of an output reaches the client: a line of 100 megabits a second. Each level of decomposition saves bytes and
    /// costs a part of the packing key's time: with fewest bytes alone, ten scores of 3 kB took eight levels, a key of 109 MB and 30 ms.
    let private outputByte = 80e-9

    /// Values of the output that has most of them.
    let private most (graph: Graph) =
        graph.Outputs
        |> Array.map (fun port -> Shape.count (graph.TypeOf port.Value).Shape)
        |> Array.fold max 1

    /// What the output decisions leave for compression: the least budget that their own noise does not use.
    let private slack bound (requirements: Requirements) (assignment: Assignment) =
        let variances = Assignment.outputVariances requirements assignment

        requirements.Decisions
        |> Seq.filter (fun decision -> decision.Group < 0)
        |> Seq.map (fun decision ->
            decision.Widening * decision.Widening * NoiseFormulas.budget decision.Bits bound
            - decision.Input * assignment.Key.FreshVariance
            - decision.OfLookups variances)
        |> Seq.fold min Double.PositiveInfinity

    /// Bits that bodies keep. Words have 32 bits only where the noise is at least 2^-30; what the rounding adds is counted.
    let private bodyBits log2Sigma =
        if log2Sigma >= -30.0 then
            min 31 (NoiseFormulas.bodyBits log2Sigma 64)
        else
            NoiseFormulas.bodyBits log2Sigma 64

    /// For one dimension and number of levels the fewest bits of a word that meet the slack.
    let private candidates (key: BigKey) size values slack rank : OutputPacking list =
        let dimension = rank * size
        let bodyBits = bodyBits (SecurityCurve.log2Sigma key.Curve dimension)

        let noise =
            SecurityCurve.variance key.Curve dimension + NoiseFormulas.bodyRounding bodyBits

        let fewestBits decomposition =
            seq { 2..63 }
            |> Seq.tryFind (fun bits ->
                NoiseFormulas.compression key.Model key.Dimension noise decomposition values dimension bits
                <= slack)

        Decompositions.pareto (NoiseFormulas.keySwitchPerDimension key.Model (float values * noise))
        |> Seq.filter (fun struct (d, _) -> d.LogBase <= 30 && d.LogBase * d.Levels <= 62)
        |> Seq.choose (fun struct (d, _) ->
            fewestBits d
            |> Option.map (fun bits ->
                {
                    Rank = rank
                    Size = size
                    KeySwitch = d
                    ModulusBits = bits
                    BodyBits = bodyBits
                }))
        |> List.ofSeq

    /// The compression of a circuit's outputs under an assignment; None where the bound leaves no room for its noise.
    let choose bound (graph: Graph) (requirements: Requirements) (assignment: Assignment) : OutputPacking option =
        let most = most graph

        let size =
            min MostPacked (int (BitOperations.RoundUpToPowerOf2(uint (min most MostPacked))))

        let slack = slack bound requirements assignment
        let key = assignment.Key
        let least = (key.Curve.LeastDimension + size - 1) / size
        let step = max 1 (8 / size)

        let cost packing =
            OutputPacking.seconds key graph packing
            + outputByte * float (OutputPacking.bytes graph packing)

        if slack > 0.0 && Double.IsFinite slack then
            match
                [ least..step .. MostDimension / size ]
                |> List.collect (candidates key size (min size most) slack)
            with
            | [] -> None
            | found -> Some(List.minBy cost found)
        else
            None
