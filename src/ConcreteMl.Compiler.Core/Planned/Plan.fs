namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// One planned value: what defines it, and of which others. A view of a graph before codes are chosen.
type PlanNode =
    {
        /// None for an input.
        Op: PlanOp option
        /// Indices of earlier values.
        Operands: int[]
        Shape: int[]
        /// Element type of the real value.
        Real: Element
        Origin: Origin
    }

    /// A lookup whose results leave the circuit.
    member this.AtOutput =
        match this.Op with
        | Some(PlanOp.Lookup(_, atOutput)) -> atOutput
        | _ -> false

/// The integer skeleton of a float graph. Node i defines planned value i; inputs come first.
type Plan =
    {
        Name: string
        Nodes: PlanNode[]
        Inputs: string[]
        /// Port name and planned value.
        Outputs: (string * int)[]
        /// What the graph says about itself.
        Attributes: Map<string, Attribute>
    }

/// Collects plan nodes; equal requests share one node.
type PlanBuilder(sources: Sources) =
    let nodes = List<PlanNode>()
    let materialized = Dictionary<struct (int * bool), int>()
    let anchors = Dictionary<int, int>()
    let findings = List<Diagnostic>()
    let accumulators = List<bool>()

    // The result of a weighted operation, or of sums, plain ones too, and movements of one.
    let isAccumulator op operands =
        match op with
        | _ when PlainSums.isWide op -> true
        | None
        | Some(PlanOp.Lookup _)
        | Some(PlanOp.Constant _) -> false
        | Some _ -> operands |> List.exists (fun operand -> accumulators[operand])

    let add op operands shape real origin =
        accumulators.Add(isAccumulator op operands)

        nodes.Add
            {
                Op = op
                Operands = Array.ofList operands
                Shape = shape
                Real = real
                Origin = origin
            }

        nodes.Count - 1

    /// The float graph, analysed.
    member _.Sources = sources
    /// The planned values so far.
    member _.Nodes = nodes
    /// What cannot be planned.
    member _.Findings = findings
    /// A planned value.
    member _.Node index = nodes[index]

    /// Whether a planned value holds a wide accumulator.
    member _.IsAccumulator planned = accumulators[planned]

    /// The planned value of an anchor.
    member _.Anchor
        with get value = anchors[value]
        and set value (planned: int) = anchors[value] <- planned

    /// Whether an anchor has a planned value.
    member _.IsPlanned value = anchors.ContainsKey value

    /// Lookups by the float value that they compute, and by whether they are read at outputs.
    member _.Materialized = materialized

    /// Plans an input; its number.
    member _.Input(name: string, shape, real) = add None [] shape real [ name ]

    /// Plans an operation on planned values; its number.
    member _.Add(op: PlanOp, operands: int list, shape, real, origin) =
        add (Some op) operands shape real origin

    /// Reports a node that cannot be carried out; planning goes on to find more.
    member _.Refuse(code, origin: Origin, message, expected, cure) =
        findings.Add(Diagnostic.error code (origin |> List.tryLast |> Option.defaultValue "the model") message expected cure)

/// Plans: graphs of planned values, numbered from the inputs on.
module Plan =

    /// Codes are chosen already: a step stands where it does not belong.
    let chosen () =
        invalidOp "the codes of this graph are chosen already"

    /// Codes are not chosen yet: a step stands where it does not belong.
    let unchosen () =
        invalidOp "the codes of this graph are not chosen yet"

    /// The view of a graph in which no codes are chosen.
    let ofGraph (graph: PlanGraph) : Plan =
        let value (ValueId index) = index

        let defined op operands result origin =
            {
                Op = op
                Operands = Array.map value operands
                Shape = (graph.TypeOf result).Shape
                Real = (graph.TypeOf result).Real
                Origin = origin
            }

        let inputs =
            graph.Inputs
            |> Array.map (fun port -> defined None [||] port.Value [ port.Name ])

        let nodes =
            graph.Nodes
            |> Array.map (fun node -> defined (Some node.Op) node.Operands node.Results[0] node.Origin)

        {
            Name = graph.Name
            Nodes = Array.append inputs nodes
            Inputs = graph.Inputs |> Array.map _.Name
            Outputs = graph.Outputs |> Array.map (fun port -> port.Name, value port.Value)
            Attributes = graph.Attributes
        }

    /// The values that read each value, in order.
    let consumers (plan: Plan) : int list[] =
        let found = Array.create plan.Nodes.Length []

        for index in plan.Nodes.Length - 1 .. -1 .. 0 do
            for operand in Array.distinct plan.Nodes[index].Operands do
                found[operand] <- index :: found[operand]

        found

    /// The values that are sums of encrypted values, in order.
    let sums (plan: Plan) : int[] =
        [|
            for index in 0 .. plan.Nodes.Length - 1 do
                match plan.Nodes[index].Op with
                | Some(PlanOp.Combine _) -> index
                | _ -> ()
        |]

    /// Which values have results of lookups in them.
    let behindLookups (plan: Plan) : bool[] =
        let found = Array.create plan.Nodes.Length false

        plan.Nodes
        |> Array.iteri (fun index node ->
            found[index] <-
                match node.Op with
                | Some(PlanOp.Lookup _) -> true
                | _ -> node.Operands |> Array.exists (fun operand -> found[operand]))

        found

    let private pads (geometry: Geometry) =
        Array.exists (fun pad -> pad > 0) (Array.append geometry.PadsBegin geometry.PadsEnd)

    /// Whether an operation reads code 0 where it pads.
    let padding (op: PlanOp) =
        match op with
        | PlanOp.Conv(_, geometry, _) -> pads geometry
        | PlanOp.Move move -> Moves.fills move
        | _ -> false

    /// The graph of a plan.
    let toGraph (plan: Plan) : PlanGraph =
        let builder = GraphBuilder<PlanOp, Type>(plan.Name)

        plan.Nodes
        |> Array.iteri (fun index node ->
            let valueType = Type.real node.Shape node.Real

            match node.Op with
            | None -> builder.Input(plan.Inputs[index], valueType)
            | Some op -> builder.Value(op, Array.map ValueId node.Operands, valueType, node.Origin)
            |> ignore)

        plan.Outputs
        |> Array.map (fun (name, planned) ->
            {
                Name = name
                Value = ValueId planned
                Coding = None
            })
        |> fun outputs -> builder.Build(outputs, plan.Attributes)

    /// A movement of codes; the identity adds nothing.
    let move (builder: PlanBuilder) (move: Move) operand real origin : int =
        let from = (builder.Node operand).Shape

        match LinearShape.ofMove move from with
        | Error reason ->
            builder.Refuse("CML3011", origin, reason, "shapes that fit", "check the model's shapes")
            operand
        | Ok shape when shape = from ->
            match move with
            | Move.Reshape _
            | Move.Broadcast _ -> operand
            | _ -> builder.Add(PlanOp.Move move, [ operand ], shape, real, origin)
        | Ok shape -> builder.Add(PlanOp.Move move, [ operand ], shape, real, origin)

    /// The operand of a region, in the shape that the region has.
    let private entering (builder: PlanBuilder) (region: Region) origin planned =
        if (builder.Node planned).Shape = region.Shape then
            planned
        else
            move builder (Move.Broadcast region.Shape) planned region.Real origin

    let private lookup (builder: PlanBuilder) (region: Region) origin planned value atOutput =
        let operand = entering builder region origin planned
        let real = builder.Sources.Graph.Types[value].Element
        builder.Add(PlanOp.Lookup(region, atOutput), [ operand ], region.Shape, real, origin)

    let private affine (builder: PlanBuilder) (region: Region) origin planned value (factor, offset) =
        let operand = entering builder region origin planned
        let real = builder.Sources.Graph.Types[value].Element

        if
            Array.forall ((=) 1.0) factor
            && Array.forall ((=) 0.0) offset
            && (Element.isFloat region.Real || region.Real = real)
        then
            operand
        else
            builder.Add(PlanOp.Affine region, [ operand ], region.Shape, real, origin)

    /// Where the codes of a value are needed: at a weighted operation, which wants narrow ones, elsewhere inside, or at an output.
    [<RequireQualifiedAccess>]
    type Need =
        | Weighted
        | Inside
        | Output

    let private quantizes (region: Region) =
        region.Steps
        |> Array.exists (fun (op, _) ->
            match op with
            | FloatOp.Quant _ -> true
            | _ -> false)

    /// The lookup of a value, one for all that read it at outputs, and one for the others.
    let private shared (builder: PlanBuilder) (region: Region) origin planned value atOutput =
        let key = struct (value, atOutput)

        match builder.Materialized.TryGetValue key with
        | true, planned -> planned
        | false, _ ->
            let result = lookup builder region origin planned value atOutput
            builder.Materialized[key] <- result
            result

    /// The planned value that holds a float value's codes: its anchor where the function between is affine, otherwise a lookup.
    let integers (builder: PlanBuilder) need value : int =
        let sources = builder.Sources

        match sources.Constants[value] with
        | Some constant ->
            let reals = Tensor.ofFloat64 constant.Shape (Tensor.toFloat64s constant)
            builder.Add(PlanOp.Constant reals, [], constant.Shape, constant.Element, [])
        | None ->
            let anchor = sources.Anchors[value]
            let planned = builder.Anchor anchor
            let region, origin = Region.between sources anchor value
            let form = if quantizes region then None else Affine.tryOf region

            match form with
            | Some form when need <> Need.Weighted || not (builder.IsAccumulator planned) -> affine builder region origin planned value form
            | _ -> shared builder region origin planned value (need = Need.Output)
