namespace ConcreteMl.Compiler.Core.Float

open System
open System.IO
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// How a model fared against recorded inputs and outputs.
[<RequireQualifiedAccess>]
type ConformanceResult =
    | Passed
    /// The largest absolute difference (NaN where outputs cannot be compared), and what differs.
    | Failed of Largest: float * Detail: string
    /// The operators, attributes or element types that are not supported.
    | Unsupported of Reason: string

/// Runs folders in the layout of ONNX's own backend tests: `model.onnx` beside `test_data_set_*/input_*.pb, output_*.pb`.
[<RequireQualifiedAccess>]
module Conformance =

    /// What any two values may differ by. Recorded float32 values that are differences of large sums, as a transform's zeros are, are known
    /// to half a unit in the last place of the largest value only.
    let private absolute element (expected: float[]) =
        let largest =
            expected |> Seq.filter Double.IsFinite |> Seq.map abs |> Seq.fold max 0.0

        match element with
        | Element.Float32 -> max 1e-7 (Math.ScaleB(largest, -24))
        | _ -> 1e-7

    /// bfloat16 may differ by two units in the last place: recorded data truncates where casts round, and adds up in 8 bits.
    let private relative element =
        match element with
        | Element.BFloat16 -> Math.ScaleB(1.0, -6)
        | _ -> 1e-3

    /// Import findings that tell of something unsupported; all others are failures.
    let private unsupportedCodes =
        set [ "CML1100"; "CML1101"; "CML1102"; "CML1104"; "CML1106"; "CML1107" ]

    /// The tensors of a data set, or what one of them is that we cannot compute in.
    let private tensors (values: Onnx.TestValue list) : Result<Tensor list, string> =
        let add (value: Onnx.TestValue) (rest: Result<Tensor list, string>) =
            match value with
            | Onnx.TestValue.Tensor tensor -> rest |> Result.map (fun rest -> tensor :: rest)
            | Onnx.TestValue.Unsupported name -> Error $"element type {name}"

        List.foldBack add values (Ok [])

    let private close absolute tolerance (expected: float) (actual: float) =
        expected = actual
        || Double.IsNaN expected && Double.IsNaN actual
        || abs (expected - actual) <= absolute + tolerance * abs expected

    /// Test data often stores bfloat16 as the uint16 of its bits.
    let private restored (element: Element) (tensor: Tensor) =
        if element = Element.BFloat16 && tensor.Element = Element.UInt16 then
            Tensor.create Element.BFloat16 tensor.Shape tensor.Data
        else
            tensor

    let private compareTensors (recorded: Tensor) (actual: Tensor) : ConformanceResult =
        let expected = restored actual.Element recorded

        if actual.Element <> expected.Element || actual.Shape <> expected.Shape then
            ConformanceResult.Failed(nan, $"{actual} instead of {expected}")
        else
            let values = Tensor.toFloat64s expected
            let pairs = Array.zip values (Tensor.toFloat64s actual)

            let same =
                if Element.isFloat expected.Element then
                    let close = close (absolute expected.Element values) (relative expected.Element)
                    pairs |> Array.forall (fun (e, a) -> close e a)
                else
                    expected = actual

            if same then
                ConformanceResult.Passed
            else
                let largest = pairs |> Array.map (fun (e, a) -> abs (e - a)) |> Array.max
                ConformanceResult.Failed(largest, $"values of {actual} differ")

    let private worst results =
        results
        |> List.tryFind (fun result -> result <> ConformanceResult.Passed)
        |> Option.defaultValue ConformanceResult.Passed

    let private evaluated (graph: Graph) (inputs: Tensor list) (outputs: Tensor list) : ConformanceResult =
        try
            let actual =
                inputs
                |> List.mapi (fun at input ->
                    match Array.tryItem at graph.Inputs with
                    | Some port -> restored (graph.TypeOf port.Value).Element input
                    | None -> input)
                |> Eval.graph graph

            if actual.Length <> outputs.Length then
                ConformanceResult.Failed(nan, $"{actual.Length} outputs instead of {outputs.Length}")
            else
                List.map2 compareTensors outputs actual |> worst
        with :? EvalException as problem ->
            ConformanceResult.Failed(nan, problem.Message)

    let private refused (diagnostics: Diagnostic list) =
        let text =
            diagnostics
            |> List.map (fun diagnostic -> diagnostic.Message)
            |> List.distinct
            |> String.concat "; "

        if
            diagnostics
            |> List.exists (fun diagnostic -> unsupportedCodes.Contains diagnostic.Code)
        then
            ConformanceResult.Unsupported text
        else
            ConformanceResult.Failed(nan, text)

    let private options = { BindBatch = false; Sizes = Map.empty }

    /// The model's graph, and the recorded inputs that it still has: those that must be known when a model is read (axes,
    /// sizes and the like, which the tests record as inputs) become constants.
    let rec private imported (model: Onnx.Model) (inputs: (Onnx.ValueInfo * Tensor) list) (known: Map<string, Tensor>) =
        match Import.knowing known Context.quiet options model with
        | Ok graph ->
            Ok(
                graph,
                inputs
                |> List.filter (fun (port, _) -> not (known.ContainsKey port.Name))
                |> List.map snd
            )
        | Error diagnostics ->
            let wanted = Import.wanted known options model

            let isWanted (port: Onnx.ValueInfo, tensor: Tensor) =
                not (known.ContainsKey port.Name)
                && (List.contains port.Name wanted
                    || (wanted <> [] && not (Element.isFloat tensor.Element)))

            match List.filter isWanted inputs with
            | [] -> Error diagnostics
            | found ->
                found
                |> List.fold (fun known (port, tensor) -> Map.add port.Name tensor known) known
                |> imported model inputs

    let private runSet (model: Onnx.Model) (set: Onnx.TestSet) : ConformanceResult =
        match tensors set.Inputs, tensors set.Outputs with
        | Error problem, _
        | _, Error problem -> ConformanceResult.Unsupported problem
        | Ok inputs, Ok outputs ->
            let ports = Onnx.Inputs.real model.Graph |> List.ofSeq

            let named =
                List.zip (List.truncate inputs.Length ports) (List.truncate ports.Length inputs)

            match imported model named Map.empty with
            | Error diagnostics -> refused diagnostics
            | Ok(graph, kept) -> evaluated graph kept outputs

    /// Runs one folder: shapes as they are, all its data sets.
    let folder (path: string) : ConformanceResult =
        let check (model: Onnx.Model) =
            match Onnx.Check.run model |> List.filter Diagnostic.isError with
            | [] -> Ok model
            | errors -> Error errors

        match
            Onnx.Decode.file (Path.Combine(path, "model.onnx"))
            |> Result.bind check
            |> Result.bind Onnx.Inline.functions
            |> Result.bind (fun model -> Onnx.TestData.sets path model |> Result.map (fun sets -> model, sets))
        with
        | Error diagnostics -> refused diagnostics
        | Ok(model, sets) -> sets |> List.map (runSet model) |> worst

    /// All folders at or below a path that hold a model with recorded data, sorted by name.
    let folders (path: string) : string list =
        Directory.GetFiles(path, "model.onnx", SearchOption.AllDirectories)
        |> Array.map (fun file -> nonNull (Path.GetDirectoryName file))
        |> Array.filter (fun folder -> Directory.GetDirectories(folder, "test_data_set_*").Length > 0)
        |> Array.sortWith (fun left right -> String.CompareOrdinal(left, right))
        |> List.ofArray
