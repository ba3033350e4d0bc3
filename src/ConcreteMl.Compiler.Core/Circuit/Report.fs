namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe.Programs

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

/// What `report` prints.
type CircuitReport =
    {
        Layers: LayerReport list
        /// The widest encoding.
        MaxBits: int
        Lookups: int64
        Bootstraps: int64
        Executable: bool
        /// Parameters, class by class; empty when not executable.
        Assignment: Assignment option
        PErrorBound: float
        PError: float
        GlobalPError: float
        /// Of the decoding of one element, for each output.
        OutputPErrors: float list
        /// Seconds of one sample on the given number of cores.
        PredictedSeconds: float
        /// Key generation, on the given number of cores.
        KeySeconds: float
        EvaluationKeyBytes: int64
        InputBytesPerSample: int64
        OutputBytesPerSample: int64
        PeakBytes: int64
    }

[<RequireQualifiedAccess>]
module Report =

    /// The circuit as a quantized graph of the same codes, for the analyses of that stage.
    let private codes (graph: Graph) : ConcreteMl.Compiler.Core.Quant.Graph =
        let typed (t: ValueType) : ConcreteMl.Compiler.Core.Quant.ValueType =
            {
                Shape = t.Shape
                Bits = t.Bits
                Range = t.Range
                Uniform = None
            }

        let op (node: Node<Op>) =
            match node.Op with
            | Op.Linear linear -> ConcreteMl.Compiler.Core.Quant.Op.Linear linear
            | Op.Lookup(table, _) -> ConcreteMl.Compiler.Core.Quant.Op.Lookup table
            | Op.LookupMany _ -> invalidArg (nameof node) "lookups are taken apart first"
            | Op.Round(drop, way, _) -> ConcreteMl.Compiler.Core.Quant.Op.Round(drop, way)
            | Op.Reencode -> ConcreteMl.Compiler.Core.Quant.Op.Linear(Linear.Reshape (graph.TypeOf node.Results[0]).Shape)
            | Op.Constant tensor -> ConcreteMl.Compiler.Core.Quant.Op.Constant tensor

        {
            Name = graph.Name
            Inputs = graph.Inputs
            Outputs = graph.Outputs
            Nodes =
                graph.Nodes
                |> Array.collect LookupPieces.apart
                |> Array.map (fun node ->
                    {
                        Op = op node
                        Operands = node.Operands
                        Results = node.Results
                        Origin = node.Origin
                    })
            Types = Array.map typed graph.Types
            Attributes = Map.empty
        }

    let private linearName (linear: Linear) =
        match linear with
        | Linear.MatMul _ -> Some "matmul"
        | Linear.Conv _ -> Some "conv"
        | Linear.SumPool _ -> Some "sum-pool"
        | Linear.ReduceSum _ -> Some "reduce-sum"
        | Linear.Combine _ -> Some "combine"
        | Linear.Scale _ -> Some "scale"
        | Linear.Shift _
        | Linear.Reshape _
        | Linear.Transpose _
        | Linear.Slice _
        | Linear.Concat _
        | Linear.Pad _
        | Linear.Gather _
        | Linear.Broadcast _ -> None

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

    let private layer (chosen: CircuitFigures) (worst: (int64 * int64)[]) index (node: Node<Op>) : LayerReport option =
        let graph = chosen.Graph
        let (ValueId result) = node.Results[0]
        let elements = int64 (Shape.count graph.Types[result].Shape)

        let failure = chosen.Failures |> Array.tryFind (fun failure -> failure.Node = index)

        // `each`: bootstraps of one element by class
        let make operation value (each: (int * int) list) lookups strategy levelled =
            let t = graph.Types[value]

            let seconds =
                chosen.Assignment
                |> Option.map (fun found ->
                    let one =
                        each |> Seq.sumBy (fun (own, count) -> float count * found.Classes[own].Seconds)

                    float elements * one
                    + levelled * float (found.Key.Dimension + 1) * KernelTimes.levelledWord)
                |> Option.defaultValue 0.0

            Some
                {
                    Nodes = node.Origin
                    Operation = operation
                    Shape = graph.Types[result].Shape
                    Bits = t.Bits
                    MeasuredBits = LinearRange.bits t.Range
                    WorstBits = LinearRange.bits worst[value]
                    Lookups = lookups
                    Bootstraps = elements * int64 (Seq.sumBy snd each)
                    Strategy = strategy
                    Classes =
                        if chosen.Assignment.IsSome then
                            each |> List.map fst |> List.distinct
                        else
                            []
                    Log2Norm =
                        System.Math.Log2(max 1.0 (t.Noise |> Option.map _.Total |> Option.defaultValue 1.0))
                        / 2.0
                    PError = failure |> Option.map _.PError
                    MarginBits = failure |> Option.map _.MarginBits
                    Seconds = seconds
                }

        let operand () =
            let (ValueId value) = node.Operands[0]
            value

        match node.Op with
        | Op.Lookup(table, plan) ->
            let own = plan |> Option.bind _.Class |> Option.defaultValue 0
            make $"lookup {table.Function}" (operand ()) [ own, 1 ] elements (lookupStrategy chosen.Assignment plan) 0.0
        | Op.LookupMany(tables, plan) ->
            let names = tables |> Array.map _.Function |> String.concat ", "
            let strategy, each = manyStrategy chosen.Assignment plan tables.Length
            let own = plan |> Option.bind _.Class |> Option.defaultValue 0

            make $"lookup {names}" (operand ()) [ own, each ] (elements * int64 tables.Length) strategy 0.0
            |> Option.map (fun layer ->
                { layer with
                    Seconds = float elements * secondsOf chosen.Assignment plan tables.Length
                })
        | Op.Round(drop, RoundingMethod.Exact, plan) ->
            let digits = Digits.ofPlan drop plan

            let each =
                digits
                |> Seq.map (fun digit -> Option.defaultValue 0 digit.Class, Schedule.bootstraps digit.Bits)
                |> List.ofSeq

            make $"round exact, {drop} bits dropped" (operand ()) each 0L (roundingStrategy digits) 0.0
        | Op.Round(drop, RoundingMethod.Approximate, _) ->
            make $"round approximate, {drop} bits dropped" (operand ()) [] 0L "absorbed by the next lookup" 0.0
        | Op.Linear linear ->
            linearName linear
            |> Option.bind (fun name ->
                let shapes = node.Operands |> Array.map (fun value -> (graph.TypeOf value).Shape)
                let terms = float (Terms.count linear shapes graph.Types[result].Shape)
                make name result [] 0L "levelled" terms)
        | Op.Reencode
        | Op.Constant _ -> None

    /// The report of a circuit whose program is `program`, for a machine with `threads` cores.
    let create (threads: int) (chosen: CircuitFigures) (program: TfheProgram) : CircuitReport =
        let worst = BitWidth.worst (codes chosen.Graph)
        let cost = ProgramCost.Of program
        let classes = chosen.Assignment |> Option.map _.Classes |> Option.defaultValue [||]

        {
            Layers =
                chosen.Graph.Nodes
                |> Seq.mapi (layer chosen worst)
                |> Seq.choose id
                |> List.ofSeq
            MaxBits = chosen.Graph.Types |> Array.map _.Bits |> Array.fold max 0
            Lookups = cost.Lookups
            Bootstraps = cost.Bootstraps
            Executable = chosen.Parameters.IsSome
            Assignment = chosen.Assignment
            PErrorBound = chosen.PErrorBound
            PError = chosen.WorstPError
            GlobalPError = chosen.RunPError
            OutputPErrors =
                chosen.Failures
                |> Seq.filter (fun failure -> failure.Node < 0)
                |> Seq.map _.PError
                |> List.ofSeq
            PredictedSeconds =
                (chosen.Assignment |> Option.map _.Seconds |> Option.defaultValue 0.0)
                / float (max 1 threads)
            KeySeconds = (classes |> Array.sumBy _.KeySeconds) / float (max 1 threads)
            EvaluationKeyBytes = classes |> Array.sumBy _.KeyBytes |> int64
            InputBytesPerSample = cost.InputBytes
            OutputBytesPerSample = cost.OutputBytes
            PeakBytes = cost.PeakBytes
        }
