namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe.Programs

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
        /// Seconds of one sample on the given number of cores, packing included.
        PredictedSeconds: float
        /// Of these, packing the results small.
        PackingSeconds: float
        /// Key generation, on the given number of cores.
        KeySeconds: float
        EvaluationKeyBytes: int64
        InputBytesPerSample: int64
        OutputBytesPerSample: int64
        PeakBytes: int64
    }

/// Makes reports of circuits.
[<RequireQualifiedAccess>]
module Report =

    /// The report of a circuit whose program is `program`, for a machine with `threads` cores.
    let create (threads: int) (chosen: CircuitFigures) (program: TfheProgram) : CircuitReport =
        let worst = BitWidth.worst (QuantizedView.ofCircuit chosen.Graph)
        let cost = ProgramCost.Of program
        let classes = chosen.Assignment |> Option.map _.Classes |> Option.defaultValue [||]
        let cores = float (max 1 threads)

        let packing =
            ParameterText.tryRead chosen.Graph
            |> Option.bind (fun parameters ->
                parameters.Outputs
                |> Option.map (OutputPacking.seconds parameters.Key chosen.Graph))
            |> Option.defaultValue 0.0

        {
            Layers =
                chosen.Graph.Nodes
                |> Seq.mapi (LayerReports.tryOf chosen worst)
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
                ((chosen.Assignment |> Option.map _.Seconds |> Option.defaultValue 0.0) + packing)
                / cores
            PackingSeconds = packing / cores
            KeySeconds = (classes |> Array.sumBy _.KeySeconds) / cores
            EvaluationKeyBytes = classes |> Array.sumBy _.KeyBytes |> int64
            InputBytesPerSample = cost.InputBytes
            OutputBytesPerSample = cost.OutputBytes
            PeakBytes = cost.PeakBytes
        }
