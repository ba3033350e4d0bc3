namespace ConcreteMl.Compiler.Core.Quant.Planning

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// The float value that a planned value stands for: element e of it is element Order[e] of the value (None: e).
type Reference =
    { FloatValue: int; Order: int[] option }

/// Constant weights of a linear operation, as reals.
type Weights =
    {
        /// MatMul: [..., K, O]; Conv: [O, C/group, kernel...].
        Values: Tensor
        /// One per output column or filter, or absent.
        Bias: float[] option
        /// The float value id of the weights as they stand in the file, for imported quantizers; the flag says that they are transposed there.
        Source: int * bool
        Factor: float
    }

/// What has to be done on integers, before any scale is chosen.
[<RequireQualifiedAccess>]
type PlanOp =
    | Input of Index: int
    | MatMul of Weights
    | Conv of Weights * Geometry: Geometry * Group: int
    /// Real result: the window's sum over the divisor of its cell (one per element of the result).
    | SumPool of Kernel: int[] * Geometry: Geometry * Divisors: float[]
    | ReduceSum of Axes: int[] * KeepDims: bool
    /// Σ Signs[i] · operand i.
    | Combine of Signs: int[]
    /// Operations that move codes.
    | Move of Linear
    | Concat of Axis: int
    /// factor · x + offset per element: meaning only.
    | Affine of Factor: float[] * Offset: float[]
    | Lookup of Region
    /// Real numbers known at compile time.
    | Constant of float[]

type PlanNode =
    {
        Op: PlanOp
        /// Indices of earlier nodes.
        Operands: int[]
        Shape: int[]
        Reference: Reference option
        /// Element type of the real value.
        Real: Element
        Origin: Origin
        /// Result of a lookup that leaves the circuit.
        AtOutput: bool
    }

/// The integer skeleton of a float graph. Node i defines planned value i; inputs come first.
type Plan =
    {
        Name: string
        Nodes: PlanNode[]
        Inputs: string[]
        /// Port name and planned value.
        Outputs: (string * int)[]
        Sources: Sources
    }

/// Collects plan nodes; equal requests share one node.
type PlanBuilder(sources: Sources) =
    let nodes = List<PlanNode>()
    let materialized = Dictionary<struct (int * bool), int>()
    let anchors = Dictionary<int, int>()
    let findings = List<Diagnostic>()

    member _.Sources = sources
    member _.Nodes = nodes
    member _.Findings = findings
    member _.Node index = nodes[index]

    /// The planned value of an anchor.
    member _.Anchor
        with get value = anchors[value]
        and set value (planned: int) = anchors[value] <- planned

    member _.IsPlanned value = anchors.ContainsKey value

    member _.Materialized = materialized

    member _.Add(op, operands: int list, shape, real, origin, ?reference, ?atOutput) =
        nodes.Add
            {
                Op = op
                Operands = Array.ofList operands
                Shape = shape
                Reference = reference
                Real = real
                Origin = origin
                AtOutput = defaultArg atOutput false
            }

        nodes.Count - 1

    /// Reports a node that cannot be carried out; planning goes on to find more.
    member _.Refuse(code, origin: Origin, message, expected, cure) =
        findings.Add(Diagnostic.error code (origin |> List.tryLast |> Option.defaultValue "the model") message expected cure)

module Plan =

    /// A movement of codes; the identity adds nothing.
    let move (builder: PlanBuilder) (linear: Linear) operand real origin reference : int =
        let from = (builder.Node operand).Shape

        match LinearShape.infer linear [ from ] with
        | Error reason ->
            builder.Refuse("CML3011", origin, reason, "shapes that fit", "check the model's shapes")
            operand
        | Ok shape when shape = from ->
            match linear with
            | Linear.Reshape _
            | Linear.Broadcast _ -> operand
            | _ -> builder.Add(PlanOp.Move linear, [ operand ], shape, real, origin, ?reference = reference)
        | Ok shape -> builder.Add(PlanOp.Move linear, [ operand ], shape, real, origin, ?reference = reference)

    /// Whether a planned value holds a wide accumulator: the result of a weighted operation, or of sums and movements of one.
    let rec private isAccumulator (builder: PlanBuilder) planned =
        let node = builder.Node planned

        match node.Op with
        | PlanOp.MatMul _
        | PlanOp.Conv _ -> true
        | PlanOp.Input _
        | PlanOp.Lookup _
        | PlanOp.Constant _ -> false
        | _ -> node.Operands |> Array.exists (isAccumulator builder)

    let private lookup (builder: PlanBuilder) (region: Region) planned value atOutput =
        let origin = region.Origin

        let operand =
            if (builder.Node planned).Shape = region.Shape then
                planned
            else
                move builder (Linear.Broadcast region.Shape) planned region.Real origin None

        let reference = { FloatValue = value; Order = None }
        let real = builder.Sources.Graph.Types[value].Element
        builder.Add(PlanOp.Lookup region, [ operand ], region.Shape, real, origin, reference, atOutput)

    let private affine (builder: PlanBuilder) (region: Region) planned value (factor, offset) =
        let operand =
            if (builder.Node planned).Shape = region.Shape then
                planned
            else
                move builder (Linear.Broadcast region.Shape) planned region.Real region.Origin None

        if Array.forall ((=) 1.0) factor && Array.forall ((=) 0.0) offset then
            operand
        else
            builder.Add(
                PlanOp.Affine(factor, offset),
                [ operand ],
                region.Shape,
                builder.Sources.Graph.Types[value].Element,
                region.Origin,
                { FloatValue = value; Order = None }
            )

    /// Where the codes of a value are needed: at a weighted operation, which wants narrow ones, elsewhere inside, or at an output.
    [<RequireQualifiedAccess>]
    type Need =
        | Weighted
        | Inside
        | Output

    /// The planned value that holds a float value's codes: its anchor where the function between is affine, otherwise a lookup.
    let integers (builder: PlanBuilder) need value : int =
        let sources = builder.Sources

        match sources.Constants[value] with
        | Some constant ->
            builder.Add(
                PlanOp.Constant(Tensor.toFloat64s constant),
                [],
                constant.Shape,
                constant.Element,
                [],
                { FloatValue = value; Order = None }
            )
        | None ->
            let anchor = sources.Anchors[value]
            let planned = builder.Anchor anchor
            let region = Region.between sources anchor value

            let quantizes =
                region.Steps
                |> Array.exists (fun (op, _) ->
                    match op with
                    | FloatOp.Quant _ -> true
                    | _ -> false)

            let form = if quantizes then None else Affine.tryOf region

            match form with
            | Some form when need <> Need.Weighted || not (isAccumulator builder planned) -> affine builder region planned value form
            | _ ->
                let key = struct (value, (need = Need.Output))

                match builder.Materialized.TryGetValue key with
                | true, planned -> planned
                | false, _ ->
                    let result = lookup builder region planned value (need = Need.Output)
                    builder.Materialized[key] <- result
                    result
