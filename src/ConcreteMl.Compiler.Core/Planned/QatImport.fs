namespace ConcreteMl.Compiler.Core.Planned

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Imports networks that bring their own quantizers: the integers compute exactly what the file says; calibration decides only widths.
[<RequireQualifiedAccess>]
module QatImport =

    /// An overflow would break the promise to compute what the file says.
    let private margin = 0.4

    let private place (node: PlanNode) =
        node.Origin |> List.tryLast |> Option.defaultValue "the model"

    /// Bits of what the file leaves without a quantizer between its quantizers: those of its other activations, as a rule.
    let private chosenBits = 8

    let private chosen (context: Context) node bits =
        Diagnostic.warning
            "CML3022"
            (place node)
            $"an activation without a quantizer: its codes, of {bits} bits, are chosen over calibration"
            "a quantizer behind every function"
            "put a quantizer behind this operation where results must be the file's own"
        |> context.Warn

    let private disagree (findings: List<Diagnostic>) node =
        findings.Add(
            Diagnostic.error
                "CML3024"
                (place node)
                "values that are summed have scales in no whole ratio"
                "one quantizer for both"
                "share one quantizer between the summed values"
        )

        None

    let private badQuantizer (findings: List<Diagnostic>) node reason =
        findings.Add(
            Diagnostic.error "CML3025" (place node) $"the quantizer has {reason}" "" "export the model again with a supported quantizer"
        )

        None

    /// The quantizers that read an input (through movements) first, where nothing else does.
    let rec private readers (conversion: Conversion) index : FileQuantizer option list =
        conversion.Consumers[index]
        |> List.collect (fun consumer ->
            let node = conversion.Plan.Nodes[consumer]

            match node.Op with
            | Some(PlanOp.Lookup(region, _)) ->
                match FileQuantizers.leading region with
                | Some(quantizer, _) when FileQuantizers.isForClient quantizer -> [ Some quantizer ]
                | _ -> [ None ]
            | Some(PlanOp.Move _) -> readers conversion consumer
            | _ -> [ None ])

    let private clientQuantizer (conversion: Conversion) index : FileQuantizer option =
        match readers conversion index |> List.distinct with
        | [ Some single ] -> Some single
        | _ -> None

    let private input (conversion: Conversion) index (node: PlanNode) port : Emitted =
        let emit = ClientInput.emit conversion index node port

        match clientQuantizer conversion index with
        | Some quantizer ->
            let centre = FileQuantizers.centre quantizer
            let steps = FileQuantizers.steps quantizer node.Shape
            emit quantizer.Rounding steps (quantizer.Low - centre, quantizer.High - centre)
        | None ->
            let bits = max chosenBits conversion.Options.ModelInputs

            let step =
                ScaleSearch.best bits false None (conversion.Reference index |> Option.defaultValue [||])

            emit Rounding.HalfEven (Array.create (Shape.count node.Shape) step) (ScaleSearch.codes bits)

    /// What is left of a region whose operand the client has quantized; the whole region otherwise.
    let private remaining (conversion: Conversion) (node: PlanNode) (region: Region) : Region =
        let rec root index =
            match conversion.Plan.Nodes[index].Op with
            | None -> clientQuantizer conversion index |> Option.isSome
            | Some(PlanOp.Move _) -> root conversion.Plan.Nodes[index].Operands[0]
            | _ -> false

        match FileQuantizers.leading region with
        | Some(_, rest) when root node.Operands[0] -> rest
        | _ -> region

    /// Elements share the file's codes and use a part of them each: a rounded code beyond an element's window has to read its nearer
    /// end, not the opposite of the other.
    let private isRounded (conversion: Conversion) (node: PlanNode) =
        conversion.Roundings[node.Operands[0]].IsSome

    /// The step nearest below a wish that is a whole multiple or fraction of what the value is summed with.
    let private meeting (encounter: Encounter) element (wish: float) =
        let factor, other = abs encounter.Factor[element], encounter.Other[element]

        if not encounter.Known || factor = 0.0 || other = 0.0 then
            wish
        elif factor * wish >= other then
            other * Math.Floor(factor * wish / other) / factor
        else
            other / Math.Ceiling(other / (factor * wish)) / factor

    /// Steps that meet those of what a value is summed with, and codes that reach as far with them as codes of `bits` do with one step.
    let private met (conversion: Conversion) index (node: PlanNode) bits (step: Step) : Step[] * (int64 * int64) =
        let wanted =
            match Meet.encounter conversion index with
            | Some encounter -> fun element -> meeting encounter element step.Scale
            | None -> fun _ -> step.Scale

        let scales = Array.init (Shape.count node.Shape) wanted
        let low, high = ScaleSearch.codes bits

        let reach (code: int64) =
            int64 (Math.Round(float code * step.Scale / Array.min scales))

        scales |> Array.map (fun scale -> { step with Scale = scale }), (reach low, reach high)

    /// A lookup that ends in no quantizer: one step for all elements, by least squared error on the codes' own values.
    let private calibrated bits (conversion: Conversion) index (node: PlanNode) (region: Region) (x: Emitted) : Emitted =
        let lanes = x.Batch.Lanes
        let elements = [| 0 .. x.Scale.Length - 1 |]

        let values =
            Array.init x.Batch.Data.Length (fun position ->
                let lane, element = position / x.Scale.Length, position % x.Scale.Length

                x.Scale[element] * float x.Batch.Data[element * lanes + lane]
                + x.Offset[element])
            |> Region.apply region elements lanes
            |> Array.filter Double.IsFinite

        let steps, range =
            ScaleSearch.best bits false None values |> met conversion index node bits

        Lookups.emit conversion (isRounded conversion node) node.Operands[0] region steps range node.Origin

    /// What a maximum or a minimum adds, relu(a − b) or its negation, needs no quantizer of its own: it counts in the steps of the
    /// difference, and their sum is the code of one of both.
    let private excess (conversion: Conversion) (node: PlanNode) (region: Region) (x: Emitted) : Emitted =
        let low, high = x.Worst
        let reach = max (abs low) (abs high)

        let isNegated =
            match Array.last region.Steps with
            | FloatOp.Unary FloatUnary.Neg, _ -> true
            | _ -> false

        let steps =
            x.Scale |> Array.map (fun scale -> { Step.Scale = abs scale; Offset = 0.0 })

        Lookups.emit conversion false node.Operands[0] region steps (if isNegated then -reach, 0L else 0L, reach) node.Origin

    let private lookup
        (context: Context)
        (conversion: Conversion)
        (extremes: HashSet<int>)
        index
        (node: PlanNode)
        (region: Region)
        findings
        : Emitted option =
        let x = Conversion.operand conversion node 0
        let region = remaining conversion node region

        if Region.isIdentity region then
            Some x
        else
            match FileQuantizers.ofRegion region with
            | Some(Ok quantizer) ->
                let steps = FileQuantizers.steps quantizer node.Shape

                let centre = FileQuantizers.centre quantizer
                let range = quantizer.Low - centre, quantizer.High - centre
                Some(Lookups.emit conversion (isRounded conversion node) node.Operands[0] region steps range node.Origin)
            | Some(Error reason) -> badQuantizer findings node reason
            | None when extremes.Contains index && Array.forall ((=) 0.0) x.Offset -> Some(excess conversion node region x)
            | None when node.AtOutput -> Some(calibrated conversion.Options.ModelOutputs conversion index node region x)
            | None ->
                let bits = chosenBits + FactorCodes.moreBits conversion.Plan index
                chosen context node bits
                Some(calibrated bits conversion index node region x)

    /// The file's codes, or, of an operand whose elements have scales in no whole ratio, what a lookup that only rescales makes of it.
    let private weighted context (conversion: Conversion) (node: PlanNode) findings =
        match QatWeights.emit context conversion node (Conversion.operand conversion node 0) (List()) with
        | Some found -> Some found
        | None ->
            chosen context node chosenBits
            QatWeights.emit context conversion node (Rescales.uniform conversion node.Operands[0] true) findings

    /// Scales whose ratio is only nearly whole are taken as whole up to this relative difference.
    let private nearly = 4e-3

    let private combine (context: Context) (conversion: Conversion) (node: PlanNode) signs =
        let left, right =
            Conversion.operand conversion node 0, Conversion.operand conversion node 1

        match Sums.combineAll Meet.exact conversion node signs left right with
        | Some found -> Some found
        | None ->
            let warn what =
                Diagnostic.warning
                    "CML3026"
                    (place node)
                    $"values that are summed have scales in no whole ratio; {what}"
                    "one quantizer for both"
                    "share one quantizer between the summed values for exact results"
                |> context.Warn

            match Sums.combineAll nearly conversion node signs left right with
            | Some found ->
                warn "the nearest one is used"
                Some found
            | None ->
                warn "a lookup rescales one of them"
                Rescales.combine conversion node signs

    let private convert context (conversion: Conversion) extremes findings index (node: PlanNode) : Emitted option =
        let agreed found =
            match found with
            | Some _ -> found
            | None -> disagree findings node

        match node.Op with
        | Some(PlanOp.Integers _)
        | Some(PlanOp.Coded _) -> Plan.chosen ()
        | None -> Some(input conversion index node index)
        | Some(PlanOp.Constant values) -> Some(Conversion.constant conversion node (Tensor.toFloat64s values))
        | Some(PlanOp.Lookup(region, _)) -> lookup context conversion extremes index node region findings
        | Some(PlanOp.MatMul _)
        | Some(PlanOp.Conv _) -> weighted context conversion node findings
        | Some(PlanOp.SumPool(kernel, geometry, divisors)) ->
            Rescales.orUniform conversion node (fun x -> Sums.pool conversion node x kernel geometry divisors)
            |> agreed
        | Some(PlanOp.ReduceSum(axes, keep)) ->
            Rescales.orUniform conversion node (fun x -> Sums.reduce conversion node x axes keep)
            |> agreed
        | Some(PlanOp.Combine signs) -> agreed (combine context conversion node signs)
        | Some(PlanOp.Concat axis) -> Some(Conversion.concat conversion node axis)
        | Some(PlanOp.Affine region) -> Affine.form region ||> Conversion.affine conversion node |> Some
        | Some(PlanOp.Move move) -> Some(Conversion.move conversion node move)
        | Some(PlanOp.Centre) -> Some(Conversion.zeroCentred conversion (Conversion.operand conversion node 0) node.Origin)

    /// Input values over the samples; nothing else is run on reals.
    let private inputValues (plan: Plan) (samples: Tensor list[]) index : float[] option =
        match plan.Nodes[index].Op with
        | None ->
            let lanes = samples.Length
            let result = Array.zeroCreate (Shape.count plan.Nodes[index].Shape * lanes)

            samples
            |> Array.iteri (fun lane sample ->
                Tensor.toFloat64s sample[index]
                |> Array.iteri (fun element value -> result[element * lanes + lane] <- value))

            Some result
        | Some _ -> None

    /// A context that tells each finding once: a node is several planned ones, as a rule.
    let private tellingOnce (context: Context) : Context =
        let said = HashSet<Diagnostic>()

        { context with
            Warn =
                fun finding ->
                    if said.Add finding then
                        context.Warn finding
        }

    /// Reads the codes of a graph whose lookups hold quantizers (batch 1, static shapes). Calibration samples decide the widths of
    /// accumulators. What has no quantizer of its own is given codes (CML3022, CML3026, CML3027). Refuses with codes CML3002 to CML3004,
    /// CML3024, CML3025 (unfit quantizers) and CML3030.
    let readCodes (context: Context) (options: QuantOptions) (graph: PlanGraph) : Result<PlanGraph, Diagnostic list> =
        Conversion.samples context graph
        |> Result.bind (fun samples ->
            let plan = Plan.ofGraph graph

            let options =
                { options with
                    OpInputs = max chosenBits options.OpInputs
                }

            let conversion =
                Conversion.create graph options margin samples.Length (inputValues plan samples)

            let extremes = Extreme.ofPlan plan |> Seq.map _.Excess |> HashSet

            convert (tellingOnce context) conversion extremes conversion.Findings
            |> Conversion.run context "read-file-codes" conversion)
