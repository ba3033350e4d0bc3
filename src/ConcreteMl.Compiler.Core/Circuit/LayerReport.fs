namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// One lookup, rounding, or linear operation with weights.
type LayerReport =
    {
        /// The ONNX nodes that it comes from.
        Nodes: Origin
        /// "lookup relu", "lookup relu, sigmoid" (two tables at one operand), "round exact", "matmul", "conv".
        Operation: string
        Shape: int[]
        /// Width of the encoding of what is read (lookups, roundings) or made (linear operations).
        Bits: int
        /// Signed width of the codes seen in calibration; of all possible codes where those need no more bits.
        MeasuredBits: int
        /// Signed width that no input exceeds.
        WorstBits: int
        /// Elements that are looked up, once for each table.
        Lookups: int64
        Bootstraps: int64
        /// "bootstrap", "one bootstrap for 2 tables", "extended bootstrap (ν = 2)", "bit extraction", "digit extraction (1 + 4 + 4 bits)", "absorbed by the next
        /// lookup", "levelled".
        Strategy: string
        /// Lookup classes of its bootstraps.
        Classes: int list
        /// log2 of the 2-norm of the weights before it.
        Log2Norm: float
        /// Of each bootstrap.
        PError: float option
        /// log2 of the allowed over the present deviation of the noise.
        MarginBits: float option
        /// Seconds on one core; 0 without parameters.
        Seconds: float
    }

/// Rows of a report.
[<RequireQualifiedAccess>]
module internal LayerReports =

    let private linearName (linear: Linear) =
        if Linear.copies linear then
            None
        else
            Some(LinearSyntax.mnemonic linear)

    /// The class of a lookup; None before classes are assigned.
    let private classOf (assignment: Assignment option) (plan: LookupPlan option) =
        match assignment, plan |> Option.bind _.Class with
        | Some found, Some own -> Some found.Classes[own]
        | _ -> None

    let private lookupStrategy (assignment: Assignment option) (plan: LookupPlan option) =
        match classOf assignment plan with
        | Some own when own.Wide.IsSome -> "bit by bit"
        | Some own when own.Extension > 0 -> $"extended bootstrap (ν = {own.Extension})"
        | Some _ -> "bootstrap"
        | None -> "no parameters"

    let private roundingStrategy (digits: Digit[]) =
        if digits |> Array.forall (fun digit -> digit.Bits = 1) then
            "bit extraction"
        else
            let sizes =
                digits |> Seq.map (fun digit -> string digit.Bits) |> String.concat " + "

            $"digit extraction ({sizes} bits)"

    /// How lookups of several tables are carried out, with the bootstraps of each element.
    let private manyStrategy (assignment: Assignment option) (plan: LookupPlan option) tables =
        match classOf assignment plan with
        | Some own when own.Wide.IsSome -> $"bit by bit, {tables} tables", 1
        | Some own when own.Extension > 0 -> $"{tables} {lookupStrategy assignment plan}s after one key switch", tables
        | Some _ -> $"one bootstrap for {tables} tables", 1
        | None -> lookupStrategy assignment plan, 1

    /// Seconds of looking up several tables at one element.
    let private secondsOf (assignment: Assignment option) (plan: LookupPlan option) tables =
        match classOf assignment plan with
        | Some own -> own.SecondsOf(float tables)
        | None -> 0.0

    /// What a row says beside what follows from its node's value.
    type private Row =
        {
            Operation: string
            /// The value whose width and noise count: what is read, or the result.
            Value: int
            /// Bootstraps of one element by class.
            Each: (int * int) list
            Lookups: int64
            Strategy: string
            /// Products of the operation, where it has no bootstrap.
            Levelled: float
        }

    let private seconds (chosen: CircuitFigures) elements (row: Row) =
        match chosen.Assignment with
        | None -> 0.0
        | Some found ->
            let one =
                row.Each
                |> Seq.sumBy (fun (own, count) -> float count * found.Classes[own].Seconds)

            float (elements: int64) * one
            + row.Levelled * float (found.Key.Dimension + 1) * KernelTimes.levelledWord

    let private layerOf (chosen: CircuitFigures) (worst: (int64 * int64)[]) index (node: Node<Op>) (row: Row) : LayerReport =
        let graph = chosen.Graph
        let (ValueId result) = node.Results[0]
        let elements = int64 (Shape.count graph.Types[result].Shape)
        let read = graph.Types[row.Value]
        let failure = chosen.Failures |> Array.tryFind (fun failure -> failure.Node = index)

        {
            Nodes = node.Origin
            Operation = row.Operation
            Shape = graph.Types[result].Shape
            Bits = read.Bits
            MeasuredBits = LinearRange.bits read.Range
            WorstBits = LinearRange.bits worst[row.Value]
            Lookups = row.Lookups
            Bootstraps = elements * int64 (Seq.sumBy snd row.Each)
            Strategy = row.Strategy
            Classes =
                if chosen.Assignment.IsSome then
                    row.Each |> List.map fst |> List.distinct
                else
                    []
            Log2Norm =
                System.Math.Log2(max 1.0 (read.Noise |> Option.map _.Total |> Option.defaultValue 1.0))
                / 2.0
            PError = failure |> Option.map _.PError
            MarginBits = failure |> Option.map _.MarginBits
            Seconds = seconds chosen elements row
        }

    let private classIndex (plan: LookupPlan option) =
        plan |> Option.bind _.Class |> Option.defaultValue 0

    let private lookupRow (chosen: CircuitFigures) (table: Table) plan value elements =
        {
            Operation = $"lookup {table.Function}"
            Value = value
            Each = [ classIndex plan, 1 ]
            Lookups = elements
            Strategy = lookupStrategy chosen.Assignment plan
            Levelled = 0.0
        }

    let private manyRow (chosen: CircuitFigures) (tables: Table[]) plan value elements =
        let names = tables |> Array.map _.Function |> String.concat ", "
        let strategy, each = manyStrategy chosen.Assignment plan tables.Length

        {
            Operation = $"lookup {names}"
            Value = value
            Each = [ classIndex plan, each ]
            Lookups = elements * int64 tables.Length
            Strategy = strategy
            Levelled = 0.0
        }

    let private roundingRow drop plan value =
        let digits = Digits.ofPlan drop plan

        {
            Operation = $"round exact, {drop} bits dropped"
            Value = value
            Each =
                digits
                |> Seq.map (fun digit -> Option.defaultValue 0 digit.Class, Schedule.bootstraps digit.Bits)
                |> List.ofSeq
            Lookups = 0L
            Strategy = roundingStrategy digits
            Levelled = 0.0
        }

    /// A row without bootstraps.
    let private levelledRow operation value strategy products =
        {
            Operation = operation
            Value = value
            Each = []
            Lookups = 0L
            Strategy = strategy
            Levelled = products
        }

    /// The row of a node, given the worst ranges of values; None where a node costs nothing.
    let tryOf (chosen: CircuitFigures) (worst: (int64 * int64)[]) index (node: Node<Op>) : LayerReport option =
        let graph = chosen.Graph
        let (ValueId result) = node.Results[0]
        let elements = int64 (Shape.count graph.Types[result].Shape)

        let operand () =
            let (ValueId value) = node.Operands[0]
            value

        let reported = layerOf chosen worst index node

        match node.Op with
        | Op.Lookup(table, plan) -> Some(reported (lookupRow chosen table plan (operand ()) elements))
        | Op.LookupMany(tables, plan) ->
            Some
                { reported (manyRow chosen tables plan (operand ()) elements) with
                    Seconds = float elements * secondsOf chosen.Assignment plan tables.Length
                }
        | Op.Round(drop, RoundingMethod.Exact, plan) -> Some(reported (roundingRow drop plan (operand ())))
        | Op.Round(drop, RoundingMethod.Approximate, _) ->
            Some(reported (levelledRow $"round approximate, {drop} bits dropped" (operand ()) "absorbed by the next lookup" 0.0))
        | Op.Linear linear ->
            linearName linear
            |> Option.map (fun name ->
                let shapes = node.Operands |> Array.map (fun value -> (graph.TypeOf value).Shape)
                let terms = float (Terms.count linear shapes graph.Types[result].Shape)
                reported (levelledRow name result "levelled" terms))
        | Op.Reencode
        | Op.Constant _ -> None
