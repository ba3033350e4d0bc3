namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Decides how many tables one operation looks up together, by the price of the whole circuit. Of equally fast ways the one that
/// joins the least is taken.
[<RequireQualifiedAccess>]
module SplitLookups =

    /// What the pass is called.
    let Name = "split-lookups"

    /// The graph with its lookups in the pieces that are fastest; the graph itself where there is one way only.
    let run (options: ParameterOptions) (context: Context) (graph: Graph) : Graph =
        let seconds way =
            Noise.annotate way
            |> Candidates.bestSchedule context GroupLookups.tryRun options
            |> Option.map (fun (_, assignment) -> assignment.Objective)
            |> Option.defaultValue Double.PositiveInfinity

        match LookupPieces.candidates graph with
        | [ _ ] -> graph
        | ways -> ways |> List.minBy seconds
