namespace ConcreteMl.Compiler.Core.Quant.Planning

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Checked calibration samples and the float values that a plan refers to.
[<RequireQualifiedAccess>]
module Calibration =

    /// More samples than this are thinned evenly.
    let private most = 1000

    /// Fewer samples than this give a warning.
    let private few = 20

    let private thin (samples: 'T[]) =
        if samples.Length <= most then
            samples
        else
            Array.init most (fun index -> samples[int (int64 index * int64 samples.Length / int64 most)])

    let private shapeFindings (sources: Sources) (samples: Tensor list[]) =
        let ports = sources.Graph.Inputs

        [
            for number, sample in Array.indexed samples do
                if sample.Length <> ports.Length then
                    Diagnostic.error
                        "CML3003"
                        $"calibration sample {number}"
                        $"{sample.Length} inputs"
                        $"{ports.Length}"
                        "give x0, x1, … one array per model input"
                else
                    for port, tensor in Seq.zip ports sample do
                        let (ValueId value) = port.Value
                        let shape, element = sources.Shapes[value], sources.Graph.Types[value].Element

                        if tensor.Count <> Shape.count shape || tensor.Element <> element then
                            Diagnostic.error
                                "CML3003"
                                port.Name
                                $"calibration sample {number} is {Shape.print tensor.Shape} {element}"
                                $"{Shape.print shape} {element}"
                                "give samples of the input's shape and element type"
        ]

    let private valueFindings (sources: Sources) (samples: Tensor list[]) =
        [
            for number, sample in Array.indexed samples do
                for port, tensor in Seq.zip sources.Graph.Inputs sample do
                    if
                        Element.isFloat tensor.Element
                        && Array.exists (Double.IsFinite >> not) (Tensor.toFloat64s tensor)
                    then
                        Diagnostic.error
                            "CML3004"
                            port.Name
                            $"calibration sample {number} holds a NaN or an infinity"
                            "finite numbers"
                            "clean the calibration data"
        ]

    /// The samples to use, shaped as the inputs are; refuses missing, misshapen and non-finite ones (CML3002 to CML3004), warns of few (CML3005).
    let check (context: Context) (sources: Sources) (samples: Tensor list list) : Result<Tensor list[], Diagnostic list> =
        let samples = Array.ofList samples
        let misshapen = lazy (shapeFindings sources samples)

        if samples.Length = 0 then
            Error
                [
                    Diagnostic.error
                        "CML3002"
                        sources.Graph.Name
                        "no calibration samples"
                        "some inputs as they occur in use"
                        "give --calibration with 100 or more samples"
                ]
        elif not misshapen.Value.IsEmpty then
            Error(List.truncate 10 misshapen.Value)
        else
            match valueFindings sources samples with
            | [] ->
                if samples.Length < few then
                    Diagnostic.warning
                        "CML3005"
                        sources.Graph.Name
                        $"{samples.Length} calibration samples"
                        $"{few} or more"
                        "ranges seen in few samples may be exceeded in use; give more samples"
                    |> context.Warn

                let shaped (sample: Tensor list) =
                    List.map2
                        (fun (tensor: Tensor) (port: Port) -> let (ValueId value) = port.Value in tensor.Reshape sources.Shapes[value])
                        sample
                        (List.ofArray sources.Graph.Inputs)

                Ok(thin samples |> Array.map shaped)
            | findings -> Error(List.truncate 10 findings)

    /// The float values of a plan's references over the samples: element e of sample l at [e · lanes + l].
    let references (plan: Plan) (samples: Tensor list[]) : IReadOnlyDictionary<int, float[]> =
        let lanes = samples.Length

        let wanted =
            plan.Nodes
            |> Array.choose _.Reference
            |> Array.map _.FloatValue
            |> Array.distinct

        let found = Dictionary<int, float[]>()

        for value in wanted do
            if plan.Sources.Constants[value].IsNone then
                found[value] <- Array.zeroCreate (Shape.count plan.Sources.Shapes[value] * lanes)

        samples
        |> Array.iteri (fun lane sample ->
            let values = ConcreteMl.Compiler.Core.Float.Eval.trace plan.Sources.Graph sample

            for entry in found do
                let data = Tensor.toFloat64s values[entry.Key]

                data
                |> Array.iteri (fun element value -> entry.Value[element * lanes + lane] <- value))

        found

    /// The reference of one planned value, in its own element order.
    let reference (references: IReadOnlyDictionary<int, float[]>) lanes (node: PlanNode) : float[] option =
        match node.Reference with
        | Some { FloatValue = value; Order = order } when references.ContainsKey value ->
            match order with
            | None -> Some references[value]
            | Some order ->
                Some(Array.init (order.Length * lanes) (fun index -> references[value].[order[index / lanes] * lanes + index % lanes]))
        | _ -> None
