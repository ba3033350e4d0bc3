namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned

/// Writes the range that every real value takes over the calibration samples. The samples themselves stay beside the graph.
[<RequireQualifiedAccess>]
module Measure =

    /// Refuses samples that do not fit (CML3002 to CML3004), warns of few (CML3005) and of what never varies over them (CML3006, CML3007).
    let pass: Pass<PlanGraph, PlanGraph> =
        {
            Name = "measure"
            Summary = "writes the range of every value over the calibration samples"
            Options = []
            Run =
                fun context graph ->
                    Calibration.check context graph context.Samples
                    |> Result.map (fun samples ->
                        let references = Calibration.references context graph samples

                        CalibrationWarnings.find graph samples.Length references
                        |> List.iter context.Warn

                        let seen = references |> Array.map Calibration.range

                        if Array.forall2 (fun (planned: Type) seen -> planned.Seen = seen) graph.Types seen then
                            graph
                        else
                            { graph with
                                Types = Array.map2 (fun planned seen -> { planned with Seen = seen }: Type) graph.Types seen
                            })
        }
