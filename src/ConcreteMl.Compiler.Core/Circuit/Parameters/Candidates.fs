namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Prices ways of carrying out a circuit by searching the parameters of each.
[<RequireQualifiedAccess>]
module Candidates =

    /// The refusal of a pass that meets a graph before the passes that it builds on.
    let unready pass missing : Result<'T, Diagnostic list> =
        Error
            [
                Diagnostic.error
                    "CML5004"
                    pass
                    $"the pass '{pass}' meets a circuit that is not ready for it: {missing}"
                    "a circuit with noise, digits and groups"
                    "Run analyse-noise, split-digits and group-lookups before."
            ]

    /// The graph with its exact roundings split by a schedule.
    let split (schedule: Schedule) (graph: Graph) : Graph =
        let rounding drop _ : RoundingPlan =
            {
                Digits = Schedule.digits schedule drop |> Array.map Digits.unassigned
                PError = None
            }

        { graph with
            Nodes = graph.Nodes |> Array.map (Plans.change id rounding)
        }

    /// The schedules worth trying for a graph, bit by bit first.
    let schedules (graph: Graph) : Schedule list =
        graph.Nodes
        |> Array.choose (fun node ->
            match node.Op with
            | Op.Round(drop, RoundingMethod.Exact, _) -> Some drop
            | Op.Round(_, RoundingMethod.Approximate, _)
            | Op.Lookup _
            | Op.LookupMany _
            | Op.Linear _
            | Op.Reencode
            | Op.Constant _ -> None)
        |> Array.distinct
        |> Schedule.candidates

    /// What a graph asks for once its roundings are split by a schedule; None while a value has no noise.
    let requirements (group: Graph -> Graph option) (graph: Graph) (schedule: Schedule) : Requirements option =
        split schedule graph
        |> group
        |> Option.bind (fun grouped ->
            match Requirements.tryCollect grouped with
            | Ok(_, requirements) -> Some requirements
            | Error _ -> None)

    /// The schedule that serves best, with the parameters that it does so with. None when no schedule has parameters, or a value
    /// has no noise. A lookup that is too wide to be carried out has none.
    let bestSchedule context (group: Graph -> Graph option) (options: ParameterOptions) (graph: Graph) : (Schedule * Assignment) option =
        let bound = ParameterOptions.boundOf options graph

        let candidates =
            schedules graph
            |> List.choose (fun schedule -> requirements group graph schedule |> Option.map (fun found -> schedule, found))

        if candidates |> List.exists (snd >> Infeasible.hasTooWide) then
            None
        else
            candidates
            |> List.map snd
            |> Assignment.search context options.Curve options.Switch NoiseFormulas.ours bound
            |> Option.map (fun (chosen, assignment) ->
                let schedule =
                    candidates
                    |> List.find (fun (_, candidate) -> obj.ReferenceEquals(candidate, chosen))
                    |> fst

                schedule, assignment)
