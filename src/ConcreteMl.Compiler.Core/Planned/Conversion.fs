namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A plan on its way to a quantized graph: what has been emitted so far, over the calibration samples.
type Conversion =
    {
        Plan: Plan
        /// By planned value: which elements share scales, ranges and tables.
        Groupings: Grouping[]
        /// By planned value: whether an exact code for real 0 is wanted.
        Zeros: bool[]
        /// By planned value: whether it is a whole number whatever the input.
        Whole: bool[]
        /// By planned value: whether results of lookups are in it.
        BehindLookups: bool[]
        /// By planned value: the sum that it meets another value in.
        Meetings: Meeting option[]
        /// By planned value: how many bits lookups read of it at most, and how the others are dropped; None: all.
        Roundings: (int * RoundingMethod) option[]
        /// How many times as large as possible the mean squared bin of a value's rounding may be.
        BinLosses: float[]
        /// By planned value: whether it, or a sum that it flows into, meets itself.
        SelfMeetings: bool[]
        /// The planned values that are sums, in order.
        Sums: int[]
        /// Differences of what maxima are taken of, where both sides are selected from one value, and that value.
        Selections: Map<int, int>
        /// The lookups that only make codes of factors.
        FactorCodes: HashSet<int>
        /// The lookups whose results are factors in sums of such codes.
        Factors: HashSet<int>
        Options: QuantOptions
        Emitter: Emitter
        /// By planned value.
        Emitted: Emitted option[]
        /// By planned value: operands made ready for lookups, whose results add up.
        Ready: Dictionary<int, Prepared list>
        /// The float value of a planned value over the samples, where known.
        Reference: int -> float[] option
        Consumers: int list[]
        /// By planned value: the room that its accumulator needs.
        Room: int -> AccumulatorRoom option
        /// The fraction of a calibrated range by which unseen values may exceed it.
        Margin: float
        /// What cannot be carried out; more is found after the first.
        Findings: List<Diagnostic>
    }

/// The parts of a conversion that post-training quantization and imported networks share.
[<RequireQualifiedAccess>]
module Conversion =

    let private roundingOf (options: QuantOptions) (planned: Type) =
        match planned.Reading with
        | Some(Reading.Rounded(bits, method, _)) -> Some(bits, method)
        | Some Reading.Unrounded -> None
        // What no lookup of the plan reads may be rescaled by one.
        | None -> options.Rounding

    let private binLossOf (options: QuantOptions) (planned: Type) =
        match planned.Reading with
        | Some(Reading.Rounded(_, _, loss)) -> loss
        | Some Reading.Unrounded
        | None -> options.BinLoss

    /// A conversion that has emitted nothing yet. `margin` is the fraction of a calibrated range by which unseen values may exceed it;
    /// `reference` gives a value's reals over `lanes` samples.
    let create (graph: PlanGraph) (options: QuantOptions) margin lanes reference =
        let plan = Plan.ofGraph graph
        let consumers = Plan.consumers plan
        let roundings = graph.Types |> Array.map (roundingOf options)
        let factors = Factors.codes plan consumers

        {
            Plan = plan
            Groupings = graph.Types |> Array.map (_.Grouping >> Option.get)
            Zeros = graph.Types |> Array.map _.Zero
            Whole = WholeNumbers.within (reference >> Option.exists (WholeNumbers.areWhole options.ModelInputs)) plan
            BehindLookups = Plan.behindLookups plan
            Meetings = graph.Types |> Array.map _.Meeting
            Roundings = roundings
            BinLosses = graph.Types |> Array.map (binLossOf options)
            SelfMeetings = SelfMeetings.ofPlan plan
            Sums = Plan.sums plan
            Selections = Extreme.ofOneValue plan
            FactorCodes = fst factors
            Factors = snd factors
            Options = options
            Emitter = Emitter(plan.Name, lanes)
            Emitted = Array.create plan.Nodes.Length None
            Ready = Dictionary()
            Reference = reference
            Consumers = consumers
            Room = AccumulatorRoom.ofPlan plan consumers (fun index -> roundings[index].IsSome) lanes reference
            Margin = margin
            Findings = List()
        }

    /// An operand that has been emitted.
    let operand (conversion: Conversion) (node: PlanNode) position =
        Option.get conversion.Emitted[node.Operands[position]]

    /// A movement of codes and meanings.
    let move (conversion: Conversion) (node: PlanNode) (move: Move) : Emitted =
        let x = operand conversion node 0
        let linear = Linear.Move move
        let id, batch = conversion.Emitter.Linear(linear, [ x.Id, x.Batch ], node.Origin)
        let sources = Moves.nearest move x.Batch.Shape batch.Shape

        {
            Id = id
            Batch = batch
            Scale = sources |> Array.map (fun source -> x.Scale[source])
            Offset = sources |> Array.map (fun source -> x.Offset[source])
            Worst = LinearRange.worst linear [ x.Batch.Shape ] [ x.Worst ]
        }

    /// A new meaning for the same codes.
    let affine (conversion: Conversion) (node: PlanNode) (factor: float[]) (offset: float[]) : Emitted =
        let x = operand conversion node 0

        { x with
            Scale = Array.map2 (*) factor x.Scale
            Offset = Array.map3 (fun factor real offset -> factor * real + offset) factor x.Offset offset
        }

    /// Operands side by side; each keeps its meaning.
    let concat (conversion: Conversion) (node: PlanNode) axis : Emitted =
        let operands = Array.init node.Operands.Length (operand conversion node)
        let pairs = operands |> Array.map (fun x -> x.Id, x.Batch) |> List.ofArray
        let id, batch = conversion.Emitter.Linear(Linear.Concat axis, pairs, node.Origin)
        let sources = Moves.concat axis (operands |> Array.map _.Batch.Shape) batch.Shape
        let ranges = operands |> Array.map _.Worst |> List.ofArray

        {
            Id = id
            Batch = batch
            Scale = sources |> Array.map (fun (own, element) -> operands[own].Scale[element])
            Offset = sources |> Array.map (fun (own, element) -> operands[own].Offset[element])
            Worst = LinearRange.worst (Linear.Concat axis) [] ranges
        }

    /// Real numbers known at compile time, as codes 0 whose meaning is the number.
    let constant (conversion: Conversion) (node: PlanNode) (values: float[]) : Emitted =
        let tensor = Tensor.ofIntegers node.Shape (Array.zeroCreate values.Length)

        let id, batch =
            conversion.Emitter.Measured(QuantOp.Constant tensor, [], node.Shape, node.Origin)

        {
            Id = id
            Batch = batch
            Scale = Array.zeroCreate values.Length
            Offset = values
            Worst = 0L, 0L
        }

    /// What is missing before codes can be chosen (CML3032).
    let missing (graph: PlanGraph) : Diagnostic list =
        if graph.Types |> Array.exists _.Grouping.IsNone then
            [
                Diagnostic.error
                    "CML3032"
                    graph.Name
                    "no groups of elements are known"
                    "a planned graph that group-scales has seen"
                    "run group-scales, centre-padding and find-meetings first"
            ]
        else
            []

    /// A linear operation on one value, whose results have these scales and offsets.
    let internal linear (conversion: Conversion) (x: Emitted) linear scale offset origin : Emitted =
        let id, batch = conversion.Emitter.Linear(linear, [ x.Id, x.Batch ], origin)

        {
            Id = id
            Batch = batch
            Scale = scale
            Offset = offset
            Worst = LinearRange.worst linear [ x.Batch.Shape ] [ x.Worst ]
        }

    /// The nearest number of steps to an offset.
    let private stepsTo (scale: float) offset =
        if scale = 0.0 then
            0L
        else
            int64 (System.Math.Round(offset / scale: float))

    /// Shifts codes so that code 0 stands for real 0 (to the nearest code): what padding with code 0 needs.
    let zeroCentred (conversion: Conversion) (x: Emitted) origin : Emitted =
        let shift = Array.map2 stepsTo x.Scale x.Offset

        if Array.forall ((=) 0L) shift then
            x
        else
            let offset =
                Array.map3 (fun offset scale shift -> offset - scale * float (shift: int64)) x.Offset x.Scale shift

            linear conversion x (Linear.Shift(Constants.integers x.Batch.Shape shift)) x.Scale offset origin

    /// Scale and zero point of a port: scale · (code − zero). A scale of 0 becomes one so small that every code means the offset.
    let coding (x: Emitted) low high real : Coding =
        let tiny offset =
            if offset = 0.0 then
                1e-300
            else
                abs offset * System.Math.ScaleB(1.0, -70)

        let scale =
            Array.map2 (fun scale offset -> if scale = 0.0 then tiny offset else scale) x.Scale x.Offset

        let zero = Array.map2 (fun scale offset -> -offset / scale) scale x.Offset

        {
            Scale = Constants.reals x.Batch.Shape scale
            Zero = Constants.reals x.Batch.Shape zero
            Low = low
            High = high
            Real = real
            Rounding = Rounding.HalfEven
            Beyond = None
        }

    /// The type of a planned value's codes, with what these mean.
    let private meant real (x: Emitted) (own: Type) : Type =
        let meaning: Meaning =
            {
                Scale = Constants.reals x.Batch.Shape x.Scale
                Offset = Constants.reals x.Batch.Shape x.Offset
            }

        { own with
            Real = real
            Codes = own.Codes |> Option.map (fun codes -> { codes with Meaning = Some meaning })
        }

    /// The types of a graph, with what the codes of planned values mean; a value that stands for several keeps what it was made for.
    let private withMeanings (conversion: Conversion) (graph: PlanGraph) : PlanGraph =
        let types = Array.copy graph.Types
        let known = HashSet<ValueId>()

        for node, emitted in Array.zip conversion.Plan.Nodes conversion.Emitted do
            match emitted with
            | Some x when known.Add x.Id ->
                let (ValueId index) = x.Id
                types[index] <- meant node.Real x types[index]
            | _ -> ()

        { graph with Types = types }

    /// Declares the outputs and builds the graph.
    let private finish (conversion: Conversion) : PlanGraph =
        conversion.Plan.Outputs
        |> Array.map (fun (name, planned) ->
            let x = Option.get conversion.Emitted[planned]
            let bits = conversion.Emitter.BitsOf x.Id
            let real = conversion.Plan.Nodes[planned].Real

            {
                Name = name
                Value = x.Id
                Coding = Some(coding x -(1L <<< (bits - 1)) ((1L <<< (bits - 1)) - 1L) real)
            })
        |> fun outputs -> conversion.Emitter.Builder.Build(outputs, conversion.Plan.Attributes)
        |> withMeanings conversion
        |> Rewrite.removeDead

    /// The calibration samples of a graph for which codes can be chosen.
    let internal samples (context: Context) (graph: PlanGraph) : Result<Tensor list[], Diagnostic list> =
        match missing graph with
        // What is odd about the samples has been told when they were measured.
        | [] -> Calibration.check { context with Warn = ignore } graph context.Samples
        | findings -> Error findings

    /// The graph in codes: `convert` emits a value whose operands have been emitted, or gives None for what it reports. `step` is what
    /// progress is told of.
    let internal run
        (context: Context)
        step
        (conversion: Conversion)
        (convert: int -> PlanNode -> Emitted option)
        : Result<PlanGraph, Diagnostic list> =
        let nodes = conversion.Plan.Nodes

        for index, node in Array.indexed nodes do
            context.Cancellation.ThrowIfCancellationRequested()

            if
                node.Operands
                |> Array.forall (fun operand -> conversion.Emitted[operand].IsSome)
            then
                conversion.Emitted[index] <- convert index node

            context.Progress step (float (index + 1) / float nodes.Length)

        if conversion.Findings.Count > 0 then
            Error(List.ofSeq conversion.Findings)
        else
            Ok(finish conversion)
