namespace ConcreteMl.Compiler.Core.Planned

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Checked calibration samples, and what a planned graph computes on them.
[<RequireQualifiedAccess>]
module Calibration =

    /// More samples than this are thinned evenly.
    let private most = 1000

    /// Samples that are computed side by side: enough that the steps of a long function cost little each, few enough that
    /// all values of a large network for all of them are small beside the reals that are kept.
    let private together = 16

    /// Fewer samples than this give a warning.
    let private few = 20

    let private thin (samples: 'T[]) =
        if samples.Length <= most then
            samples
        else
            Array.init most (fun index -> samples[int (int64 index * int64 samples.Length / int64 most)])

    let private shapeFinding (graph: PlanGraph) number (port: Port) (tensor: Tensor) =
        let input = graph.TypeOf port.Value
        let shape, element = input.Shape, input.Real

        if tensor.Count <> Shape.count shape || tensor.Element <> element then
            Some(
                Diagnostic.error
                    "CML3003"
                    port.Name
                    $"calibration sample {number} is {Shape.print tensor.Shape} {element}"
                    $"{Shape.print shape} {element}"
                    "give samples of the input's shape and element type"
            )
        else
            None

    let private shapeFindings (graph: PlanGraph) (samples: Tensor list[]) =
        let ports = List.ofArray graph.Inputs

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
                    yield! List.map2 (shapeFinding graph number) ports sample |> List.choose id
        ]

    let private valueFindings (graph: PlanGraph) (samples: Tensor list[]) =
        [
            for number, sample in Array.indexed samples do
                for port, tensor in Seq.zip graph.Inputs sample do
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

    let private warnOfFew (context: Context) (graph: PlanGraph) count =
        if count < few then
            Diagnostic.warning
                "CML3005"
                graph.Name
                $"{count} calibration samples"
                $"{few} or more"
                "ranges seen in few samples may be exceeded in use; give more samples"
            |> context.Warn

    let private noSamples (graph: PlanGraph) =
        Diagnostic.error
            "CML3002"
            graph.Name
            "no calibration samples"
            "some inputs as they occur in use"
            "give --calibration with 100 or more samples"

    /// A sample with its inputs in the shapes that the graph has for them.
    let private shaped (graph: PlanGraph) (sample: Tensor list) =
        List.map2 (fun (tensor: Tensor) (port: Port) -> tensor.Reshape (graph.TypeOf port.Value).Shape) sample (List.ofArray graph.Inputs)

    /// The samples to use, shaped as the inputs are; refuses missing, misshapen and non-finite ones (CML3002 to CML3004), warns of few (CML3005).
    let check (context: Context) (graph: PlanGraph) (samples: Tensor list list) : Result<Tensor list[], Diagnostic list> =
        let samples = Array.ofList samples
        let misshapen = lazy (shapeFindings graph samples)

        if samples.Length = 0 then
            Error [ noSamples graph ]
        elif not misshapen.Value.IsEmpty then
            Error(List.truncate 10 misshapen.Value)
        else
            match valueFindings graph samples with
            | [] ->
                warnOfFew context graph samples.Length
                Ok(thin samples |> Array.map (shaped graph))
            | findings -> Error(List.truncate 10 findings)

    /// Writes the elements of one sample's value into those of all samples.
    let private write lanes (into: float[]) lane (value: Tensor) =
        Tensor.toFloat64s value
        |> Array.iteri (fun element real -> into[element * lanes + lane] <- real)

    /// What `references` gives, computed.
    let private evaluated (context: Context) (graph: PlanGraph) (samples: Tensor list[]) : float[][] =
        let lanes = samples.Length

        let found =
            graph.Types
            |> Array.map (fun planned -> Array.zeroCreate<float>(Shape.count planned.Shape * lanes))

        samples
        |> Array.chunkBySize together
        |> Array.iteri (fun chunk own ->
            context.Cancellation.ThrowIfCancellationRequested()

            RealEval.traces graph own
            |> Array.iter2
                (fun into values ->
                    values
                    |> Array.iteri (fun at value -> write lanes into (chunk * together + at) value))
                found)

        found

    /// Lowest and highest of finite values; None where there are none.
    let internal range (values: float[]) : (float * float) option =
        let seen = values |> Array.filter System.Double.IsFinite

        if seen.Length = 0 then
            None
        else
            Some(Array.min seen, Array.max seen)

    /// What finite values span; 0 where there are none.
    let internal span (values: float[]) : float =
        match range values with
        | Some(low, high) -> high - low
        | None -> 0.0

    /// The values of some elements of a reference, element by element.
    let internal samplesOf lanes (reference: float[]) (elements: int[]) : float[] =
        elements
        |> Array.collect (fun element -> reference[element * lanes .. (element + 1) * lanes - 1])

    /// By the nodes of a graph: the samples that it was last evaluated on, and its reals.
    let private known =
        ConditionalWeakTable<Node<PlanOp>[], Tensor list[] * float[][]>()

    /// The real value of every planned value over the samples: element e of sample l at [e · lanes + l]. Nobody changes them: graphs of
    /// the same nodes, as those that only decide other roundings, get the same arrays.
    let references (context: Context) (graph: PlanGraph) (samples: Tensor list[]) : float[][] =
        match known.TryGetValue graph.Nodes with
        | true, (same, found) when same = samples -> found
        | _ ->
            let found = evaluated context graph samples
            known.AddOrUpdate(graph.Nodes, (samples, found))
            found
