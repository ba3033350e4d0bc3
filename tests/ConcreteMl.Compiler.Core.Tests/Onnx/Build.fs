/// Builds ONNX files in memory.
module ConcreteMl.Compiler.Core.Tests.Onnx.Build

open System
open System.IO
open Google.Protobuf
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto

type Kind = AttributeProto.Types.AttributeType

let int name (value: int64) =
    AttributeProto(Name = name, Type = Kind.Int, I = value)

let float name (value: float32) =
    AttributeProto(Name = name, Type = Kind.Float, F = value)

let text name (value: string) =
    AttributeProto(Name = name, Type = Kind.String, S = ByteString.CopyFromUtf8 value)

let ints name (values: int64 list) =
    let attribute = AttributeProto(Name = name, Type = Kind.Ints)
    attribute.Ints.AddRange values
    attribute

let tensorAttribute name (value: TensorProto) =
    AttributeProto(Name = name, Type = Kind.Tensor, T = value)

let graphAttribute name (value: GraphProto) =
    AttributeProto(Name = name, Type = Kind.Graph, G = value)

let reference name kind target =
    AttributeProto(Name = name, Type = kind, RefAttrName = target)

let node (opType: string) (inputs: string list) (outputs: string list) (attributes: AttributeProto list) =
    let node = NodeProto(OpType = opType)
    node.Input.AddRange inputs
    node.Output.AddRange outputs
    node.Attribute.AddRange attributes
    node

let inDomain domain (node: NodeProto) =
    node.Domain <- domain
    node

let named name (node: NodeProto) =
    node.Name <- name
    node

/// A value of an element type's number. `dims` is like "batch 3 ?": names, sizes and unknown ones; "" is a scalar.
let typed (name: string) (element: int32) (dims: string) =
    let shape = TensorShapeProto()

    for dim in dims.Split(' ', StringSplitOptions.RemoveEmptyEntries) do
        shape.Dim.Add(
            match Int64.TryParse dim with
            | true, size -> TensorShapeProto.Types.Dimension(DimValue = size)
            | false, _ when dim = "?" -> TensorShapeProto.Types.Dimension()
            | false, _ -> TensorShapeProto.Types.Dimension(DimParam = dim)
        )

    ValueInfoProto(Name = name, Type = TypeProto(TensorType = TypeProto.Types.Tensor(ElemType = element, Shape = shape)))

let real name dims = typed name 1 dims
let untyped name = ValueInfoProto(Name = name)

let raw (name: string) (element: int32) (dims: int64 list) (bytes: byte[]) =
    let tensor =
        TensorProto(Name = name, DataType = element, RawData = ByteString.CopyFrom bytes)

    tensor.Dims.AddRange dims
    tensor

let floats (name: string) (dims: int64 list) (values: float32 list) =
    let tensor = TensorProto(Name = name, DataType = 1)
    tensor.Dims.AddRange dims
    tensor.FloatData.AddRange values
    tensor

let int64s (name: string) (values: int64 list) =
    let tensor = TensorProto(Name = name, DataType = 7)
    tensor.Dims.Add(int64 values.Length)
    tensor.Int64Data.AddRange values
    tensor

let graph (inputs: ValueInfoProto list) (initializers: TensorProto list) (nodes: NodeProto list) (outputs: ValueInfoProto list) =
    let graph = GraphProto(Name = "g")
    graph.Input.AddRange inputs
    graph.Initializer.AddRange initializers
    graph.Node.AddRange nodes
    graph.Output.AddRange outputs
    graph

let import domain version =
    OperatorSetIdProto(Domain = domain, Version = version)

let model (opset: int64) (graph: GraphProto) =
    let model = ModelProto(IrVersion = 8L, Graph = graph)
    model.OpsetImport.Add(import "" opset)
    model

let func domain name inputs outputs (opset: int64) (nodes: NodeProto list) =
    let func = FunctionProto(Domain = domain, Name = name)
    func.Input.AddRange(inputs: string list)
    func.Output.AddRange(outputs: string list)
    func.OpsetImport.Add(import "" opset)
    func.OpsetImport.Add(import domain 1L)
    func.Node.AddRange nodes
    func

let withFunctions domain (functions: FunctionProto list) (model: ModelProto) =
    model.OpsetImport.Add(import domain 1L)
    model.Functions.AddRange functions
    model

let bytes (message: IMessage) = message.ToByteArray()

/// Decodes and fails the test where that fails.
let decode (model: ModelProto) : Model =
    match Decode.bytes "test.onnx" None (bytes model) with
    | Ok model -> model
    | Error found -> failwith (found |> List.map Diagnostic.render |> String.concat "\n")

let codes (found: Diagnostic list) =
    found |> List.map (fun diagnostic -> diagnostic.Code)

/// The folder of real models in the source tree.
let models =
    let rec up (folder: string) =
        let candidate = Path.Combine(folder, "tests", "models")

        if Directory.Exists candidate then
            candidate
        else
            match Path.GetDirectoryName folder with
            | null -> failwith "tests/models is missing"
            | parent -> up parent

    up AppContext.BaseDirectory

let same (expected: 'T) (actual: 'T) =
    if actual <> expected then
        failtest $"expected %A{expected}, met %A{actual}"
