namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// A class of lookups as a graph's attributes hold it.
type ChosenClass =
    {
        /// The groups that belong to it.
        Groups: int list
        Parameters: ClassParameters
        /// The earlier class whose bootstrapping key serves this one; None: its own.
        KeyOf: int option
        /// Selector and switch of a class that reads its operands bit by bit.
        Wide: (Decomposition * Decomposition) option
    }

    member this.SmallDimension = this.Parameters.SmallDimension

    member this.KeySwitch = this.Parameters.KeySwitch

    member this.Ring = this.Parameters.Ring

    member this.Bootstrap = this.Parameters.Bootstrap

    member this.BodyBits = this.Parameters.BodyBits

    member this.Extension = this.Parameters.Extension

    member this.Grade = this.Parameters.Grade

    member this.WordsPerStep = this.Parameters.WordsPerStep

/// The parameters that a graph's attributes hold.
type ChosenParameters =
    {
        Key: BigKey
        Classes: ChosenClass[]
        /// None: outputs are sent under the big key.
        Outputs: OutputPacking option
    }

/// Parameters between the search, the text and the run time.
[<RequireQualifiedAccess>]
module ChosenParameters =

    let private line (curve: SecurityCurve) =
        if curve.Level = SecurityCurve.bits128.Level then
            ConcreteMl.Tfhe.SecurityCurve.Bits128
        else
            ConcreteMl.Tfhe.SecurityCurve.Bits132

    let private gadget (d: Decomposition) =
        ConcreteMl.Tfhe.GadgetDecomposition(d.LogBase, d.Levels)

    let private lookupClass (line: ConcreteMl.Tfhe.SecurityCurve) (one: ChosenClass) =
        ConcreteMl.Tfhe.LookupClassParameters(
            one.SmallDimension,
            line.StandardDeviation one.SmallDimension,
            gadget one.KeySwitch,
            gadget one.Bootstrap,
            one.Extension,
            one.Grade,
            one.Ring,
            one.BodyBits,
            one.Wide
            |> Option.map (fun (selector, switch) -> ConcreteMl.Tfhe.WideLookup(gadget selector, gadget switch))
            |> Option.toObj,
            Option.toNullable one.KeyOf,
            one.WordsPerStep
        )

    let private compression (line: ConcreteMl.Tfhe.SecurityCurve) (packing: OutputPacking) =
        ConcreteMl.Tfhe.OutputCompression(
            packing.Rank,
            packing.Size,
            line.StandardDeviation packing.Dimension,
            gadget packing.KeySwitch,
            packing.ModulusBits,
            packing.BodyBits
        )

    /// What the run time takes.
    let parameterSet (chosen: ChosenParameters) : ConcreteMl.Tfhe.ParameterSet =
        let line = line chosen.Key.Curve

        ConcreteMl.Tfhe.ParameterSet(
            line,
            ConcreteMl.Tfhe.BigKeyParameters(chosen.Key.Rank, chosen.Key.Size, line.StandardDeviation chosen.Key.Dimension),
            chosen.Classes |> Array.map (lookupClass line),
            chosen.Outputs |> Option.map (compression line) |> Option.toObj
        )

    /// The parameters that an assignment of groups to classes is.
    let ofAssignment (key: BigKey) (classes: ClassChoice[]) (classOf: int[]) (outputs: OutputPacking option) : ChosenParameters =
        {
            Key = key
            Outputs = outputs
            Classes =
                classes
                |> Array.mapi (fun index choice ->
                    {
                        Groups =
                            [
                                for group in 0 .. classOf.Length - 1 do
                                    if classOf[group] = index then
                                        group
                            ]
                        Parameters = choice.Parameters
                        KeyOf = choice.KeyOf
                        Wide = choice.Wide |> Option.map (fun wide -> wide.Selector, wide.Switch)
                    })
        }
