/// The passes that choose a circuit's parameters, as one.
module ConcreteMl.Compiler.Core.Tests.Circuit.Chosen

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Circuit.Passes

/// A circuit behind its last pass, with what the passes warned of.
type Chosen =
    {
        Figures: CircuitFigures
        Findings: Diagnostic list
    }

    member this.Graph = this.Figures.Graph
    member this.Assignment = this.Figures.Assignment
    member this.Parameters = this.Figures.Parameters
    member this.Failures = this.Figures.Failures
    member this.PErrorBound = this.Figures.PErrorBound
    member this.WorstPError = this.Figures.WorstPError
    member this.RunPError = this.Figures.RunPError

let private orFail result =
    match result with
    | Ok graph -> graph
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Every pass from fit-codes on.
let run (options: ParameterOptions) (graph: Graph) : Chosen =
    let findings = List<Diagnostic>()

    let context =
        { Context.quiet with
            Warn = findings.Add
        }

    let graph =
        graph
        |> FitCodes.run options
        |> SplitLookups.run options context
        |> AnalyseNoise.pass.Run context
        |> Result.bind (SplitDigits.run options context)
        |> Result.bind (GroupLookups.pass.Run context)
        |> Result.bind (SearchParameters.run options context)
        |> Result.bind (AssignClasses.pass.Run context)
        |> orFail

    {
        Figures = CircuitFigures.ofGraph graph
        Findings = List.ofSeq findings
    }
