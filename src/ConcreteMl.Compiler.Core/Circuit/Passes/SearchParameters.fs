namespace ConcreteMl.Compiler.Core.Circuit.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Searches the cheapest keys and classes that meet the failure bound, for groups and digits as they are in the graph.
[<RequireQualifiedAccess>]
module SearchParameters =

    /// What the pass is called.
    let Name = "search-parameters"

    let private search (options: ParameterOptions) (context: Context) bound (requirements: Requirements) =
        if Infeasible.hasTooWide requirements then
            None
        else
            Assignment.search context options.Curve options.Switch NoiseFormulas.ours bound [ requirements ]

    /// The graph with the bound and the parameters in its attributes; warnings say why there are none (CML5001, CML5002).
    let run (options: ParameterOptions) (context: Context) (graph: Graph) : Result<Graph, Diagnostic list> =
        match Requirements.tryCollect graph with
        | Error missing -> Candidates.unready Name missing
        | Ok(analysis, requirements) ->
            let bound = ParameterOptions.boundOf options graph
            let bounded = ParameterText.withBound bound graph

            match search options context bound requirements with
            | Some(_, found) ->
                OutputPackingSearch.choose bound graph requirements found
                |> ChosenParameters.ofAssignment found.Key found.Classes found.ClassOf
                |> fun chosen -> ParameterText.withParameters chosen bounded
                |> Ok
            | None ->
                Infeasible.explain context options.Curve options.Switch bound graph analysis requirements
                |> List.iter context.Warn

                Ok bounded
