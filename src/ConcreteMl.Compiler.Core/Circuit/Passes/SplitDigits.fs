namespace ConcreteMl.Compiler.Core.Circuit.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Decides into which digits exact roundings split the bits that they drop, by the price of the whole circuit.
[<RequireQualifiedAccess>]
module SplitDigits =

    /// What the pass is called.
    let Name = "split-digits"

    /// The graph with digits in its roundings; the graph itself when it rounds nothing exactly. Bit by bit where no parameters exist.
    let run (options: ParameterOptions) (context: Context) (graph: Graph) : Result<Graph, Diagnostic list> =
        if graph.Types |> Array.exists _.Noise.IsNone then
            Candidates.unready Name "a value has no `noise`"
        else
            match Candidates.schedules graph with
            | [ _ ] when (Sites.places graph) |> Array.forall (fun place -> place.Size = 0) -> Ok graph
            | [ only ] -> Ok(Candidates.split only graph)
            | _ ->
                let chosen =
                    Candidates.bestSchedule context GroupLookups.tryRun options graph
                    |> Option.map fst
                    |> Option.defaultValue Schedule.bitByBit

                Ok(Candidates.split chosen graph)
