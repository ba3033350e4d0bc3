namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned

/// Tells of every value which elements must share a scale (asked backwards by its readers), and which have one role (carried forwards
/// from columns, channels and elements of inputs).
[<RequireQualifiedAccess>]
module GroupScales =

    /// The pass under its name in pipelines.
    let pass: Pass<PlanGraph, PlanGraph> =
        {
            Name = "group-scales"
            Summary = "tells which elements of a value share a scale, and which a range and a table"
            Options = []
            Run =
                fun _ graph ->
                    let found = Partition.ofPlan (Plan.ofGraph graph)

                    if Array.forall2 (fun (planned: Type) grouping -> planned.Grouping = Some grouping) graph.Types found then
                        Ok graph
                    else
                        let types =
                            Array.map2
                                (fun planned grouping ->
                                    { planned with
                                        Grouping = Some grouping
                                    }
                                    : Type)
                                graph.Types
                                found

                        Ok { graph with Types = types }
        }
