namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// How likely one node's bootstraps (or the decoding of an output, Node −1) fail under the chosen parameters.
type NodeFailure =
    {
        Node: int
        /// The value that is decided on.
        Value: ValueId
        Bootstraps: int64
        /// Worst over its bootstraps.
        PError: float
        /// log2 of the ratio of the deviation that the bound allows to the deviation that is there.
        MarginBits: float
    }

/// What a graph's noise, groups and parameters amount to. All of it follows from the graph.
type CircuitFigures =
    {
        Graph: Graph
        /// None: the circuit has no parameters and runs in clear only.
        Assignment: Assignment option
        /// What the run time takes.
        Parameters: ConcreteMl.Tfhe.ParameterSet option
        Failures: NodeFailure[]
        /// The bound that each bootstrap was held to; 0 before parameters were searched.
        PErrorBound: float
        /// Worst failure probability of one bootstrap; 0 without parameters.
        WorstPError: float
        /// Failure probability of a whole run, all bootstraps and outputs united.
        RunPError: float
    }

/// Computes the figures of circuits.
[<RequireQualifiedAccess>]
module CircuitFigures =

    /// Variance of what a decision reads; its key switch and modulus switch included, where it has a group.
    let private varianceOf (assignment: Assignment) (variances: float[]) (decision: Decision) =
        let input = decision.Input * assignment.Key.FreshVariance

        let own =
            if decision.Group < 0 then
                0.0
            else
                assignment.Classes[assignment.ClassOf[decision.Group]].DecisionVariance

        input + decision.OfLookups variances + own

    /// A wide lookup decides on each bit, the padding too, as its lowest, whose bound the others keep, and once more on the entry.
    let private failureOf (requirements: Requirements) (assignment: Assignment) (decision: Decision) variance =
        let one =
            NoiseFormulas.failure decision.Bits (variance / (decision.Widening * decision.Widening))

        let wide =
            if decision.Group < 0 then
                None
            else
                assignment.Classes[assignment.ClassOf[decision.Group]].Wide

        match wide with
        | None -> one
        | Some wide ->
            float (decision.Bits + 1) * one
            + NoiseFormulas.failure requirements.Groups[decision.Group].ResultBits wide.SelectedVariance

    /// Variance that packing adds to an output.
    let private packingVariance (graph: Graph) (assignment: Assignment) (outputs: OutputPacking option) port =
        outputs
        |> Option.map (fun packing -> OutputPacking.variance assignment.Key packing (OutputPacking.packed packing graph port))
        |> Option.defaultValue 0.0

    /// The worst of decisions with their variances that a node makes, or an output where `node` is -1.
    let private failure (graph: Graph) requirements assignment bound node value (decisions: (Decision * float) list) =
        let deviations = Erfc.deviations bound

        let margin (decision: Decision) variance =
            Math.Log2(decision.HalfBox / deviations / sqrt variance)

        {
            Node = node
            Value = value
            Bootstraps = if node < 0 then 0L else Sites.bootstrapsOf graph node
            PError =
                decisions
                |> Seq.map (fun (d, v) -> failureOf requirements assignment d v)
                |> Seq.max
            MarginBits = decisions |> Seq.map (fun (d, v) -> margin d v) |> Seq.min
        }

    let private failures (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) (assignment: Assignment) outputs bound =
        let variances = Assignment.outputVariances requirements assignment

        let worst node value added (decisions: Decision list) =
            decisions
            |> List.map (fun decision -> decision, added + varianceOf assignment variances decision)
            |> failure graph requirements assignment bound node value

        let inner =
            Requirements.decisions graph analysis requirements
            |> List.filter (fun decision -> decision.Node >= 0)

        [|
            for node, decisions in inner |> List.groupBy _.Node do
                worst node graph.Nodes[node].Operands[0] 0.0 decisions

            for port in graph.Outputs do
                let added = packingVariance graph assignment outputs port
                worst -1 port.Value added (Requirements.outputDecisions graph analysis requirements port)
        |]

    let private united (graph: Graph) (failures: NodeFailure[]) =
        let log =
            failures
            |> Array.sumBy (fun failure ->
                let times =
                    if failure.Node < 0 then
                        int64 (Shape.count (graph.TypeOf failure.Value).Shape)
                    else
                        failure.Bootstraps

                float times
                * (if failure.PError > 1e-9 then
                       Math.Log(1.0 - failure.PError)
                   else
                       -failure.PError))

        if log > -1e-9 then -log else 1.0 - Math.Exp log

    let private assignmentOf (requirements: Requirements) (chosen: ChosenParameters) =
        let choice (one: ChosenClass) =
            let load = ClassState.load requirements one.Groups

            let figures =
                match one.Wide with
                | None -> ClassFigures.figures chosen.Key one.Parameters load.Tables load.AtOnce
                | Some(selector, switch) -> WideSearch.figures chosen.Key one.Parameters selector switch load

            one.Groups,
            { figures with
                KeyOf = one.KeyOf
                StoredBytes = if one.KeyOf.IsSome then 0.0 else figures.StoredBytes
            }

        Assignment.ofClasses requirements chosen.Key (Array.map choice chosen.Classes)

    let private withoutParameters (graph: Graph) =
        {
            Graph = graph
            Assignment = None
            Parameters = None
            Failures = [||]
            PErrorBound = ParameterText.tryBound graph |> Option.defaultValue 0.0
            WorstPError = 0.0
            RunPError = 0.0
        }

    let private withParameters (graph: Graph) (chosen: ChosenParameters) analysis requirements =
        let assignment = assignmentOf requirements chosen

        let bound =
            ParameterText.tryBound graph
            |> Option.defaultValue ParameterOptions.defaultPError

        let failures = failures graph analysis requirements assignment chosen.Outputs bound

        {
            Graph = graph
            Assignment = Some assignment
            Parameters = Some(ChosenParameters.parameterSet chosen)
            Failures = failures
            PErrorBound = bound
            WorstPError = failures |> Seq.map _.PError |> Seq.fold max 0.0
            RunPError = united graph failures
        }

    /// The figures of a verified graph. ArgumentException when it has parameters but no noise or groups.
    let ofGraph (graph: Graph) : CircuitFigures =
        match ParameterText.tryRead graph with
        | None -> withoutParameters graph
        | Some chosen ->
            match Requirements.tryCollect graph with
            | Error missing -> invalidArg (nameof graph) missing
            | Ok(analysis, requirements) -> withParameters graph chosen analysis requirements
