namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// What bounds the choice of parameters.
type ParameterOptions =
    {
        Curve: SecurityCurve
        /// Failure probability of each bootstrap, and of the decoding of each output element.
        PError: float option
        /// Failure probability of a whole run; both hold when both are given.
        GlobalPError: float option
    }

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

/// A circuit with its parameters, or with the reasons why there are none.
type ParameterizedCircuit =
    {
        /// With norms; with keys and plans too when parameters were found.
        Graph: Graph
        Assignment: Assignment option
        /// What the run time takes; None: the circuit runs in clear only.
        Parameters: ConcreteMl.Tfhe.ParameterSet option
        Failures: NodeFailure[]
        /// The bound that each bootstrap was held to.
        PErrorBound: float
        /// Worst failure probability of one bootstrap; 0 without parameters.
        WorstPError: float
        /// Failure probability of a whole run, all bootstraps and outputs united.
        RunPError: float
        /// Why there are no parameters; empty when there are.
        Findings: Diagnostic list
    }

[<RequireQualifiedAccess>]
module ParameterOptions =

    /// Each bootstrap fails with probability 2^-40 at most; the usual level of security.
    let standard =
        {
            Curve = SecurityCurve.standard
            PError = None
            GlobalPError = None
        }

    let defaultPError = Math.Pow(2.0, -40.0)

    /// The bound for one bootstrap of a circuit with `decisions` bootstraps and decoded elements.
    let bound (options: ParameterOptions) (decisions: int64) =
        let each =
            options.GlobalPError
            |> Option.map (fun all -> -(Math.Exp(Math.Log(1.0 - all) / float (max 1L decisions)) - 1.0))
            // exp(x) − 1 loses all digits for tiny probabilities; the union bound is as good there.
            |> Option.map (fun p ->
                if p < 1e-9 then
                    Option.get options.GlobalPError / float (max 1L decisions)
                else
                    p)

        match options.PError, each with
        | Some p, Some q -> min p q
        | Some p, None
        | None, Some p -> p
        | None, None -> defaultPError

/// Chooses parameters for encrypted execution and writes norms, keys and plans into the graph.
[<RequireQualifiedAccess>]
module ChooseParameters =

    let private curve (curve: SecurityCurve) =
        match curve.Level with
        | 132 -> ConcreteMl.Tfhe.SecurityCurve.Bits132
        | 128 -> ConcreteMl.Tfhe.SecurityCurve.Bits128
        | other -> invalidArg (nameof curve) $"there are no keys of {other} bits of security"

    let private gadget (d: Decomposition) =
        ConcreteMl.Tfhe.GadgetDecomposition(d.LogBase, d.Levels)

    let private parameterSet (assignment: Assignment) =
        let line = curve assignment.Key.Curve
        let key = assignment.Key

        let classes =
            assignment.Classes
            |> Array.map (fun choice ->
                ConcreteMl.Tfhe.LookupClassParameters(
                    choice.SmallDimension,
                    line.StandardDeviation choice.SmallDimension,
                    gadget choice.KeySwitch,
                    gadget choice.Bootstrap,
                    choice.Extension,
                    choice.Grade
                ))

        ConcreteMl.Tfhe.ParameterSet(
            line,
            ConcreteMl.Tfhe.BigKeyParameters(key.Rank, key.Size, line.StandardDeviation key.Dimension),
            classes
        )

    let private bootstrapsOf (graph: Graph) (requirements: Requirements) index =
        if index < 0 then
            0L
        else
            let node = graph.Nodes[index]
            let elements = int64 (Shape.count (graph.TypeOf node.Results[0]).Shape)

            match node.Op with
            | Op.Round(drop, _, _) -> elements * int64 (Schedule.bootstrapsOf requirements.Schedule drop)
            | _ -> elements

    /// Failure of every decision under given parameters.
    let failures (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) (assignment: Assignment) bound =
        let choice group =
            assignment.Classes[assignment.ClassOf[group]]

        let variances =
            requirements.Groups |> Array.mapi (fun group _ -> (choice group).OutputVariance)

        let deviations = Erfc.deviations bound

        let variance (decision: Decision) =
            let input = decision.Input * assignment.Key.FreshVariance

            let lookups =
                Array.fold2 (fun sum c v -> sum + c * v) 0.0 decision.Coefficients variances

            input
            + lookups
            + (if decision.Group < 0 then
                   0.0
               else
                   (choice decision.Group).DecisionVariance)

        let margin (decision: Decision) variance =
            Math.Log2(NoiseFormulas.halfBox decision.Bits / deviations / sqrt variance)

        let nodeFailure node value (decisions: Decision list) =
            let variances = decisions |> List.map (fun decision -> decision, variance decision)

            {
                Node = node
                Value = value
                Bootstraps = bootstrapsOf graph requirements node
                PError = variances |> Seq.map (fun (d, v) -> NoiseFormulas.failure d.Bits v) |> Seq.max
                MarginBits = variances |> Seq.map (fun (d, v) -> margin d v) |> Seq.min
            }

        let inner =
            Requirements.decisions graph analysis requirements
            |> List.filter (fun decision -> decision.Node >= 0)

        [|
            for node, decisions in inner |> List.groupBy _.Node do
                nodeFailure node graph.Nodes[node].Operands[0] decisions

            for port in graph.Outputs do
                nodeFailure -1 port.Value (Requirements.outputDecisions graph analysis requirements port)
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

    let private withNorms (analysis: NoiseAnalysis) (graph: Graph) : Graph =
        { graph with
            Types =
                graph.Types
                |> Array.mapi (fun value t ->
                    { t with
                        Norm2 = Some analysis.Norms[value].Total
                    })
        }

    let private withPlans (requirements: Requirements) (assignment: Assignment) (failures: NodeFailure[]) (graph: Graph) : Graph =
        let classOf =
            [
                for group in 0 .. requirements.Groups.Length - 1 do
                    for site in requirements.Groups[group].Sites do
                        site, assignment.ClassOf[group]
            ]
            |> dict

        let pErrors =
            failures |> Seq.map (fun failure -> failure.Node, failure.PError) |> dict

        let digits node drop =
            Schedule.digits requirements.Schedule drop
            |> Array.mapi (fun digit bits ->
                {
                    Bits = bits
                    Class = classOf[{ Node = node; Digit = digit }]
                })

        let lookupPlan index =
            Some
                {
                    Class = classOf[{ Node = index; Digit = 0 }]
                    PError = pErrors[index]
                }

        let planned index (node: Node<Op>) =
            match node.Op with
            | Op.Lookup(table, _) ->
                { node with
                    Op = Op.Lookup(table, lookupPlan index)
                }
            | Op.LookupMany(tables, _) ->
                { node with
                    Op = Op.LookupMany(tables, lookupPlan index)
                }
            | Op.Round(drop, RoundingMethod.Exact, _) ->
                let plan =
                    {
                        Digits = digits index drop
                        PError = pErrors[index]
                    }

                { node with
                    Op = Op.Round(drop, RoundingMethod.Exact, Some plan)
                }
            | Op.Round _
            | Op.Linear _
            | Op.Reencode
            | Op.Constant _ -> node

        { graph with
            Nodes = Array.mapi planned graph.Nodes
            Types = graph.Types |> Array.map (fun t -> { t with Key = Some 0 })
        }

    let private decisionCount (graph: Graph) (requirements: Requirements) =
        requirements.Bootstraps
        + (graph.Outputs
           |> Array.sumBy (fun port -> int64 (Shape.count (graph.TypeOf port.Value).Shape)))

    let private one (options: ParameterOptions) (graph: Graph) : ParameterizedCircuit =
        let analysis = Noise.analyse graph
        let candidates = Requirements.candidates graph analysis
        let bitByBit = List.head candidates
        // bit by bit there are the most bootstraps
        let bound = ParameterOptions.bound options (decisionCount graph bitByBit)
        let graph = withNorms analysis graph

        let found =
            if Infeasible.hasTooWide bitByBit then
                None
            else
                Assignment.search options.Curve NoiseFormulas.ours bound candidates

        match found with
        | None ->
            {
                Graph = graph
                Assignment = None
                Parameters = None
                Failures = [||]
                PErrorBound = bound
                WorstPError = 0.0
                RunPError = 0.0
                Findings = Infeasible.explain options.Curve bound graph analysis bitByBit
            }
        | Some(requirements, assignment) ->
            let failures = failures graph analysis requirements assignment bound

            {
                Graph = withPlans requirements assignment failures graph
                Assignment = Some assignment
                Parameters = Some(parameterSet assignment)
                Failures = failures
                PErrorBound = bound
                WorstPError = failures |> Seq.map _.PError |> Seq.fold max 0.0
                RunPError = united graph failures
                Findings = []
            }

    /// Analyses the noise of a circuit and searches its parameters; without any, the findings say why. Lookups of one value stay
    /// together as far as that is fastest; of equally fast ways the one that joins the least is taken.
    let run (options: ParameterOptions) (graph: Graph) : ParameterizedCircuit =
        let seconds (chosen: ParameterizedCircuit) =
            chosen.Assignment
            |> Option.map _.Objective
            |> Option.defaultValue Double.PositiveInfinity

        match SplitLookups.candidates graph with
        | [ only ] -> one options only
        | ways -> ways |> List.map (one options) |> List.minBy seconds
