namespace ConcreteMl.Compiler.Core.Onnx

open System
open System.IO
open Google.Protobuf
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto

/// A value of a test data file.
[<RequireQualifiedAccess>]
type TestValue =
    | Tensor of Tensor
    /// What we cannot compute in: an element type, or "sequence" and the like.
    | Unsupported of string

/// One set of inputs and the outputs that they must give.
type TestSet =
    {
        Name: string
        Inputs: TestValue list
        Outputs: TestValue list
    }

/// Reads test data in the layout of ONNX's backend tests: beside `model.onnx`, folders `test_data_set_N` with files
/// `input_K.pb` and `output_K.pb`, each one tensor.
[<RequireQualifiedAccess>]
module TestData =

    let private damaged path message =
        Diagnostic.error
            "CML1007"
            path
            $"the test data cannot be read: {message}"
            "a tensor in ONNX's protobuf format"
            "Copy the file again."

    let private decode (path: string) (proto: TensorProto) =
        match TensorData.decode None proto with
        | Ok tensor -> Ok(TestValue.Tensor tensor)
        | Error(TensorProblem.Unsupported name) -> Ok(TestValue.Unsupported name)
        | Error(TensorProblem.Malformed message)
        | Error(TensorProblem.External message) -> Error [ damaged path message ]

    /// ONNX's own data sets store bfloat16 as the bits in uint16.
    let private asDeclared (expected: ValueType) (value: TestValue) =
        match expected, value with
        | ValueType.Tensor(Ok Element.BFloat16, _), TestValue.Tensor tensor when tensor.Element = Element.UInt16 ->
            TestValue.Tensor(Tensor.create Element.BFloat16 tensor.Shape tensor.Data)
        | _ -> value

    /// Reads one file. `expected` is the declared type of the value: the file itself does not tell tensors from sequences.
    /// Error: CML1007.
    let value (expected: ValueType) (path: string) : Result<TestValue, Diagnostic list> =
        match expected with
        | ValueType.Other kind -> Ok(TestValue.Unsupported kind)
        | ValueType.Tensor _
        | ValueType.Missing ->
            try
                TensorProto.Parser.ParseFrom(File.ReadAllBytes path)
                |> decode path
                |> Result.map (asDeclared expected)
            with
            | :? InvalidProtocolBufferException
            | :? IOException
            | :? UnauthorizedAccessException
            | :? OutOfMemoryException as problem -> Error [ damaged path problem.Message ]

    /// The files `prefix_0.pb`, `prefix_1.pb`, … of a folder, up to the first that is missing.
    let private files (folder: string) (prefix: string) =
        Seq.initInfinite (fun index -> Path.Combine(folder, $"{prefix}_{index}.pb"))
        |> Seq.takeWhile File.Exists
        |> List.ofSeq

    let private values (infos: ValueInfo[]) (paths: string list) =
        let read index path =
            let expected =
                if index < infos.Length then
                    infos[index].Type
                else
                    ValueType.Missing

            value expected path

        let results = List.mapi read paths

        let errors =
            results
            |> List.collect (function
                | Error found -> found
                | Ok _ -> [])

        if errors.IsEmpty then
            Ok(List.choose Result.toOption results)
        else
            Error errors

    /// All data sets beside a model, by name. Errors: CML1007, all at once.
    let sets (folder: string) (model: Model) : Result<TestSet list, Diagnostic list> =
        let inputs = Inputs.real model.Graph

        let read (path: string) =
            match values inputs (files path "input"), values model.Graph.Outputs (files path "output") with
            | Ok inputs, Ok outputs ->
                Ok
                    {
                        Name = string (Path.GetFileName path)
                        Inputs = inputs
                        Outputs = outputs
                    }
            | Error left, Error right -> Error(left @ right)
            | Error found, _
            | _, Error found -> Error found

        let results =
            Directory.GetDirectories(folder, "test_data_set_*")
            |> Array.sortWith (fun left right -> String.CompareOrdinal(left, right))
            |> Array.map read
            |> List.ofArray

        let errors =
            results
            |> List.collect (function
                | Error found -> found
                | Ok _ -> [])

        if errors.IsEmpty then
            Ok(List.choose Result.toOption results)
        else
            Error errors
