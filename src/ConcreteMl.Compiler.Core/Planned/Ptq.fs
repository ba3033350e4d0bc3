namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Post-training quantization: a float graph and calibration samples to integers.
[<RequireQualifiedAccess>]
module Ptq =

    /// Lookups of saturating functions read the right entry a little beyond their range too: the torus negates the table there.
    let private margin = 0.03

    /// The classes of an input's elements, and the values of each: a grid that all values lie on is one class.
    let private inputClasses (conversion: Conversion) index (node: PlanNode) bits (values: float[]) =
        let elements = Shape.count node.Shape

        match ScaleSearch.tryGridStep bits values with
        | Some _ -> Array.zeroCreate elements, values
        | None ->
            let classes = LookupCodes.classes conversion index [| 0 .. elements - 1 |]
            classes, ClassSamples.widened conversion.Emitter.Lanes classes values

    let private input (conversion: Conversion) index (node: PlanNode) port zero : Emitted =
        let bits = conversion.Options.ModelInputs
        let values = conversion.Reference index |> Option.defaultValue [||]

        let exact =
            if conversion.Whole[index] && values.Length > 0 then
                WholeNumbers.step bits (Array.min values) (Array.max values)
            else
                None

        let steps, bits =
            match exact with
            | Some(step, own) -> Array.create (Shape.count node.Shape) step, own
            | None ->
                let classes, samples = inputClasses conversion index node bits values

                let free =
                    LookupCodes.steps (Meet.encounter conversion index) bits zero classes (fun _ -> [||]) samples

                (if zero then
                     free
                 else
                     TestCodes.steps conversion index bits classes samples free),
                bits

        ClientInput.emit conversion index node port Rounding.HalfEven steps (ScaleSearch.codes bits)

    let private weighted (conversion: Conversion) index (node: PlanNode) : Emitted option =
        let planned = node.Operands[0]
        let below = conversion.Plan.Nodes[planned]
        let groups = Filters.ofPlan node.Op below.Shape node.Shape
        let x = Conversion.operand conversion node 0
        let scales = groups |> Array.map (Filters.tryPerWeight x.Scale)

        if Array.forall Option.isSome scales then
            PtqWeights.emit conversion node index x (Array.map Option.get scales) groups
        else
            // What a lookup rescales needs no centring before, only behind.
            let x =
                match below.Op with
                | Some PlanOp.Centre -> Conversion.zeroCentred conversion (Rescales.uniform conversion below.Operands[0] true) node.Origin
                | _ -> Rescales.uniform conversion planned true

            let scales =
                groups |> Array.map (Filters.tryPerWeight x.Scale >> Option.defaultValue [||])

            PtqWeights.emit conversion node index x scales groups

    /// Plain sums of codes; whole numbers are multiplied as they are.
    let private plain (conversion: Conversion) index (node: PlanNode) : Emitted option =
        if WeightAgreement.isExact conversion index (Conversion.operand conversion node 0) then
            weighted conversion index node
        else
            Rescales.orUniform conversion node (Sums.plain conversion node)
            |> Option.map (PtqWeights.corrected conversion index node)

    /// A sum with its range; of a maximum, that of its operands.
    let private bounded (conversion: Conversion) index (x: Emitted) : Emitted =
        let emitted planned = Option.get conversion.Emitted[planned]

        match Extreme.tryOf conversion.Plan index with
        | Some one ->
            { x with
                Worst = Sums.ofExtreme (Array.map emitted one.Operands) (emitted one.Excess) x
            }
        | None -> x

    let private convert (conversion: Conversion) index (node: PlanNode) : Emitted option =
        match node.Op with
        | Some(PlanOp.Integers _)
        | Some(PlanOp.Coded _) -> Plan.chosen ()
        | None -> Some(input conversion index node index conversion.Zeros[index])
        | Some(PlanOp.Constant values) -> Some(Conversion.constant conversion node (Tensor.toFloat64s values))
        | Some(PlanOp.Lookup(region, _)) -> Some(LookupCodes.emit conversion index node region conversion.Zeros[index])
        | Some(PlanOp.MatMul _ | PlanOp.Conv _) when PlainSums.isPlain node.Op -> plain conversion index node
        | Some(PlanOp.MatMul _)
        | Some(PlanOp.Conv _) -> weighted conversion index node
        | Some(PlanOp.SumPool(kernel, geometry, divisors)) ->
            Rescales.orUniform conversion node (fun x -> Sums.pool conversion node x kernel geometry divisors)
        | Some(PlanOp.ReduceSum(axes, keep)) -> Rescales.orUniform conversion node (fun x -> Sums.reduce conversion node x axes keep)
        | Some(PlanOp.Combine signs) -> Rescales.combine conversion node signs |> Option.map (bounded conversion index)
        | Some(PlanOp.Concat axis) -> Some(Conversion.concat conversion node axis)
        | Some(PlanOp.Affine region) -> Affine.form region ||> Conversion.affine conversion node |> Some
        | Some(PlanOp.Move move) -> Some(Conversion.move conversion node move)
        | Some(PlanOp.Centre) -> Some(Conversion.zeroCentred conversion (Conversion.operand conversion node 0) node.Origin)

    /// No scale serves all operands of a sum.
    let private unmet (node: PlanNode) =
        Diagnostic.error
            "CML3026"
            (node.Origin |> List.tryHead |> Option.defaultValue "the model")
            "operands whose scales have no common step"
            "operands of a sum that are less than 2^14 apart in scale"
            "scale the operands alike in the model, or calibrate with samples on which both vary"

    let private tooWide (node: PlanNode) bits : Diagnostic =
        Diagnostic.error
            "CML3034"
            (node.Origin |> List.tryHead |> Option.defaultValue "the model")
            $"an accumulator of {bits} bits"
            $"at most {Verify.widest}"
            "use --rounding 6 (or fewer bits), or scale what is added up alike"

    /// The codes of a node; None where they are reported. What reads an accumulator that is too wide is not reached: its codes may not even
    /// fit 64 bits.
    let private tryConvert (conversion: Conversion) index (node: PlanNode) : Emitted option =
        match convert conversion index node with
        | None ->
            conversion.Findings.Add(unmet node)
            None
        | Some emitted when conversion.Emitter.BitsOf emitted.Id > Verify.widest ->
            conversion.Findings.Add(tooWide node (conversion.Emitter.BitsOf emitted.Id))
            None
        | found -> found

    /// Chooses codes for a graph (batch 1, static shapes) by its calibration samples, one list of inputs each.
    /// Refuses with codes CML3002 to CML3004 (calibration), CML3026, CML3030 and CML3034.
    let chooseCodes (context: Context) (options: QuantOptions) (graph: PlanGraph) : Result<PlanGraph, Diagnostic list> =
        Conversion.samples context graph
        |> Result.bind (fun samples ->
            let references = Calibration.references context graph samples

            let conversion =
                Conversion.create graph options margin samples.Length (fun index -> Some references[index])

            Conversion.run context "choose-codes" conversion (tryConvert conversion))
