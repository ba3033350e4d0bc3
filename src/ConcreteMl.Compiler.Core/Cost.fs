namespace ConcreteMl.Compiler.Core

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe.Programs

/// What a circuit costs before any key is made: the circuit stage's report for one core, so that it does not depend on the
/// machine, and what it says of keys and memory.
type Cost =
    {
        Report: CircuitReport
        /// The widest operand of a lookup; 0 without lookups.
        MaxLookupBits: int
        /// The evaluation key as it is stored or sent: seeds in place of masks. None without parameters.
        StoredKeyBytes: int64 option
        /// Keys in memory, and the most ciphertexts alive at once. None without parameters.
        PeakBytes: int64 option
        /// A line for the big key and one for each class of lookups.
        Parameters: string list
    }

[<RequireQualifiedAccess>]
module Cost =

    let private ring (choice: ClassChoice) =
        if choice.Ring = 0 then
            ""
        else
            $" in the Fourier domain (M = {choice.Ring})"

    let private wide (choice: ClassChoice) =
        match choice.Wide with
        | None -> ""
        | Some own ->
            $", bit by bit: selector 2^{own.Selector.LogBase} x {own.Selector.Levels}, switch 2^{own.Switch.LogBase} x {own.Switch.Levels}"

    let private words (choice: ClassChoice) =
        if choice.WordsPerStep = 1 then
            ""
        else
            $", {choice.WordsPerStep} words a step"

    let private parameterLines (assignment: Assignment) =
        let key = assignment.Key

        [
            $"key: k = {key.Rank}, N = {key.Size}, {key.Curve.Level} bits of security"

            for index, choice in Array.indexed assignment.Classes do
                $"class {index}: n = {choice.SmallDimension}, extension {choice.Extension}, grade {choice.Grade}, "
                + $"key switch 2^{choice.KeySwitch.LogBase} x {choice.KeySwitch.Levels}{ring choice}, "
                + $"bootstrap 2^{choice.Bootstrap.LogBase} x {choice.Bootstrap.Levels}{words choice}{wide choice}"
        ]

    let private lookupBits (graph: Circuit.Graph) =
        graph.Nodes
        |> Seq.choose (fun node ->
            match node.Op with
            | Op.Lookup _
            | Op.LookupMany _ -> Some (graph.TypeOf node.Operands[0]).Bits
            | _ -> None)
        |> Seq.fold max 0

    /// The costs of a circuit whose program is at hand.
    let create (graph: Circuit.Graph) (program: TfheProgram) : Cost =
        let circuit = CircuitFigures.ofGraph graph
        let report = Circuit.Report.create 1 circuit program

        {
            Report = report
            MaxLookupBits = lookupBits circuit.Graph
            StoredKeyBytes =
                program.Parameters
                |> Option.ofObj
                |> Option.map ConcreteMl.Tfhe.SeededEvaluationKey.ByteCountOf
            PeakBytes =
                circuit.Assignment
                |> Option.map (fun _ -> report.PeakBytes + report.EvaluationKeyBytes)
            Parameters = circuit.Assignment |> Option.map parameterLines |> Option.defaultValue []
        }
