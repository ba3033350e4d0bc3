module ConcreteMl.Compiler.Core.Tests.Float.ConformanceTests

open System.IO
open Google.Protobuf
open Expecto
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Onnx.Proto

let private tensorProto (values: float32 list) =
    let tensor = TensorProto(DataType = 1)
    tensor.Dims.Add(int64 values.Length)
    tensor.FloatData.AddRange values
    tensor

let private valueInfo name =
    let dims = TensorShapeProto()
    dims.Dim.Add(TensorShapeProto.Types.Dimension(DimValue = 2L))
    let tensor = TypeProto.Types.Tensor(ElemType = 1, Shape = dims)
    ValueInfoProto(Name = name, Type = TypeProto(TensorType = tensor))

/// A folder in the layout of ONNX's backend tests: y = operator(x) on two numbers.
let private folder (operator: string) (x: float32 list) (y: float32 list) =
    let graph = GraphProto(Name = "g")
    let node = NodeProto(OpType = operator)
    node.Input.Add "x"
    node.Output.Add "y"
    graph.Node.Add node
    graph.Input.Add(valueInfo "x")
    graph.Output.Add(valueInfo "y")
    let model = ModelProto(IrVersion = 8L, Graph = graph)
    model.OpsetImport.Add(OperatorSetIdProto(Version = 13L))
    let path = Directory.CreateTempSubdirectory("conformance").FullName
    let set = Directory.CreateDirectory(Path.Combine(path, "test_data_set_0")).FullName
    File.WriteAllBytes(Path.Combine(path, "model.onnx"), model.ToByteArray())
    File.WriteAllBytes(Path.Combine(set, "input_0.pb"), (tensorProto x).ToByteArray())
    File.WriteAllBytes(Path.Combine(set, "output_0.pb"), (tensorProto y).ToByteArray())
    path

let private outcome operator x y =
    let path = folder operator x y

    try
        Conformance.folder path
    finally
        Directory.Delete(path, true)

/// Where Debian's libonnx-testdata puts ONNX's own tests.
let private installed = "/usr/share/libonnx-testdata/data"

[<Tests>]
let tests =
    testSequenced
    <| testList
        "Float.Conformance"
        [
            testCase "recorded outputs are met within the tolerance"
            <| fun () -> Expect.isTrue (outcome "Relu" [ -1.0f; 2.0f ] [ 0.0f; 2.0001f ] = ConformanceResult.Passed) "as expected"

            testCase "a difference fails with its size"
            <| fun () ->
                match outcome "Relu" [ -1.0f; 2.0f ] [ 0.0f; 2.5f ] with
                | ConformanceResult.Failed(largest, _) -> Expect.isLessThanOrEqual (abs (largest - (0.5))) (1e-6) "largest"
                | other -> failtest $"%A{other}"

            testCase "an unknown operator is unsupported and named"
            <| fun () ->
                match outcome "Bernoulli" [ -1.0f; 2.0f ] [ 0.0f; 2.5f ] with
                | ConformanceResult.Unsupported reason -> Expect.stringContains reason "Bernoulli" "reason"
                | other -> failtest $"%A{other}"

            testTheory
                "none of ONNX's own tests fails where they are installed"
                [ ("node", 300); ("pytorch-converted", 60); ("pytorch-operator", 25) ]
            <| fun (name: string, atLeast: int) ->
                let path = Path.Combine(installed, name)

                if not (Directory.Exists path) then
                    skiptest $"{path} is not installed (package libonnx-testdata)"

                let results =
                    Conformance.folders path
                    |> List.map (fun folder -> Path.GetFileName folder, Conformance.folder folder)

                let failed =
                    results
                    |> List.choose (fun (name, result) ->
                        match result with
                        | ConformanceResult.Failed(largest, detail) -> Some(name, largest, detail)
                        | ConformanceResult.Passed
                        | ConformanceResult.Unsupported _ -> None)

                let passed =
                    results
                    |> List.filter (fun (_, result) -> result = ConformanceResult.Passed)
                    |> List.length

                if not failed.IsEmpty then
                    failtest $"%A{failed}"

                Expect.isGreaterThanOrEqual passed atLeast "passed"
        ]
