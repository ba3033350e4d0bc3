module ConcreteMl.Compiler.Core.Tests.Text.OnnxTextTests

open System
open System.IO
open FsCheck
open FsCheck.FSharp
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

// ---- random models

let private word = Gen.elements [ "a"; "b"; "x1"; "_h"; "float"; "nan"; "seq" ]

let private name = Gen.oneof [ word; Generators.name ]

/// Numbers that are none keep only their sign in this syntax: their other bits are made canonical.
let private canonical (tensor: Tensor) =
    match tensor.Element with
    | Element.Float32 ->
        tensor.Values<float32>()
        |> Array.map (fun value ->
            if Single.IsNaN value then
                BitConverter.UInt32BitsToSingle(if Single.IsNegative value then 0xFFC00000u else 0x7FC00000u)
            else
                value)
        |> Tensor.ofFloat32 tensor.Shape
    | Element.Float64 ->
        tensor.Values<float>()
        |> Array.map (fun value ->
            if Double.IsNaN value then
                BitConverter.UInt64BitsToDouble(
                    if Double.IsNegative value then
                        0xFFF8000000000000UL
                    else
                        0x7FF8000000000000UL
                )
            else
                value)
        |> Tensor.ofFloat64 tensor.Shape
    | _ -> tensor

let private namedTensor: Gen<NamedTensor> =
    gen {
        let! name = name
        let! tensor = Generators.tensor |> Gen.map canonical

        let! value =
            Gen.frequency
                [
                    12, Gen.constant (Ok tensor)
                    1, Gen.elements [ Error "string"; Error "complex64"; Error "sparse_tensor" ]
                ]

        let! texts =
            Gen.elements [ [||]; [| "a" |]; [| "with \"quotes\", commas and {braces}"; "back\\slash" |] ]

        return
            {
                Name = name
                Value = value
                Texts =
                    if value = Error "string" && texts.Length > 0 then
                        Some
                            {
                                Shape = [| texts.Length |]
                                Items = texts
                            }
                    else
                        None
            }
    }

let private valueInfo: Gen<ValueInfo> =
    let dimension =
        Gen.frequency
            [
                4, Gen.choose (0, 99) |> Gen.map (int64 >> Dimension.Known)
                1, Gen.constant Dimension.Unknown
                1, name |> Gen.map Dimension.Named
            ]

    let element = Gen.choose (1, 26) |> Gen.map ElementType.ofNumber

    let tensor =
        Gen.map2 (fun element dims -> ValueType.Tensor(element, dims)) element (Gen.optionOf (Gen.arrayOf dimension |> Gen.resize 3))

    let other =
        Gen.elements [ "sequence"; "map"; "optional"; "sparse_tensor"; "opaque" ]
        |> Gen.map ValueType.Other

    Gen.map2
        (fun name valueType -> { Name = name; Type = valueType })
        name
        (Gen.frequency [ 8, tensor; 1, other; 1, Gen.constant ValueType.Missing ])

let private float32 =
    Gen.choose (-1000, 1000) |> Gen.map (fun value -> float32 value / 7e4f)

let private few (item: Gen<'T>) = Gen.arrayOf item |> Gen.resize 3

let rec private attribute depth : Gen<Attribute> =
    let plain =
        [
            Gen.choose (-99, 99) |> Gen.map (int64 >> Attribute.Int)
            float32 |> Gen.map Attribute.Float
            Generators.name |> Gen.map Attribute.Text
            namedTensor |> Gen.map Attribute.Tensor
            few (Gen.choose (-99, 99) |> Gen.map int64) |> Gen.map Attribute.Ints
            few float32 |> Gen.map Attribute.Floats
            few Generators.name |> Gen.map Attribute.Texts
            few namedTensor |> Gen.map Attribute.Tensors
            name |> Gen.map Attribute.Reference
            Gen.elements [ "sparse_tensor"; "type_proto" ] |> Gen.map Attribute.Other
        ]

    if depth = 0 then
        Gen.oneof plain
    else
        Gen.oneof (
            plain
            @ [
                graph (depth - 1) |> Gen.map Attribute.Graph
                few (graph (depth - 1)) |> Gen.map Attribute.Graphs
            ]
        )

and private node depth index : Gen<Node> =
    gen {
        let! label = name
        let! operator = Gen.elements [ "Relu"; "Gemm"; "If"; "odd op"; "float" ]
        let! domain = Gen.elements [ ""; "ai.onnx.ml"; "com.microsoft"; "pkg.2.0-x" ]
        let! overload = Gen.elements [ ""; ""; ""; "v1"; "o o" ]
        let! inputs = few name
        let! outputs = few name
        let! attributes = few (Gen.zip name (attribute depth))

        return
            {
                Name = $"{label}{index}"
                OpType = operator
                Domain = domain
                Overload = overload
                Opset = None
                Inputs = inputs
                Outputs = outputs
                Attributes = List.ofArray attributes
            }
    }

and private nodes depth : Gen<Node[]> =
    Gen.choose (0, 4)
    |> Gen.bind (fun count -> Gen.sequenceToArray [ for index in 1..count -> node depth index ])

and private graph depth : Gen<Graph> =
    gen {
        let! graphName = name
        let! inputs = few valueInfo
        let! outputs = few valueInfo
        let! infos = few valueInfo
        let! initializers = few namedTensor
        let! nodes = nodes depth

        return
            {
                Name = graphName
                Inputs = inputs
                Outputs = outputs
                ValueInfos = infos
                Initializers = initializers
                Nodes = nodes
            }
    }

let private opsets = Gen.elements [ []; [ "", 14L ]; [ "", 21L; "ai.onnx.ml", 3L ] ]

let private func: Gen<Function> =
    gen {
        let! functionName = name
        let! inputs = few name
        let! outputs = few name
        let! attributes = few name
        let! defaults = few (Gen.zip name (attribute 0))
        let! opsets = opsets
        let! nodes = nodes 0

        return
            {
                Domain = "local"
                Name = functionName
                Overload = ""
                Inputs = inputs
                Outputs = outputs
                Attributes = attributes
                Defaults = List.ofArray defaults
                Opsets = opsets
                Nodes = nodes
            }
    }

let private model: Gen<Model> =
    gen {
        let! producer = Generators.name
        let! opsets = opsets
        let! graph = graph 1
        let! functions = few func
        let! metadata = Gen.listOf (Gen.zip Generators.name Generators.name) |> Gen.resize 2

        return
            {
                IrVersion = 8L
                Producer = producer
                Opsets = opsets
                Graph = graph
                Functions = functions
                Metadata = metadata
                Hash = ""
            }
    }

// ---- properties

let private render (errors: Diagnostic list) =
    errors |> List.map Diagnostic.render |> String.concat "\n"

let private returns (model: Model) =
    let text = Text.print false model

    match Text.parse text with
    | Ok again when { again with Hash = model.Hash } = model -> true
    | Ok again -> failwith $"met\n{Text.print false again}\nexpected\n{text}"
    | Error errors -> failwith $"{render errors}\n{text}"

let private many =
    Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(20).WithQuietOnSuccess true

let private survives (text: string) =
    match Text.parse text with
    | Ok _ -> true
    | Error errors ->
        not errors.IsEmpty
        && errors |> List.forall (fun error -> error.Code = "CML9001" && error.Node.IsSome)

// ---- real models

let private modelFiles () = Models.files ()

let private script =
    "import sys, onnx.parser; [onnx.parser.parse_model(text) for text in sys.stdin.read().split('\\n# ----\\n')]"

[<Tests>]
let tests =
    testList
        "Text.OnnxText"
        [
            testCase "reading a printed model gives the model"
            <| fun () -> Check.One(many, Prop.forAll (Arb.fromGen model) returns)

            testCase "a damaged model text is read or refused with line and column"
            <| fun () ->
                let texts = model |> Gen.bind (Text.print false >> Generators.damaged)
                Check.One(many, Prop.forAll (Arb.fromGen texts) survives)

            testCase "every bad line of a model text is reported"
            <| fun () ->
                let text =
                    "<ir_version: 8, opset_import: [\"\" : 14]>\n\
         agraph (float[N] x) => (float[N] y)\n\
         <\n  float[2] a = {1.0},\n  float[2] b = {1.0, 2.0}\n>\n\
         {\n  h = Relu (x\n  i = Add <axis: int = 1.5> (h, x)\n  y = Relu (h)\n}\n"

                match Text.parse text with
                | Ok _ -> failtest "a bad text was read"
                | Error errors ->
                    let lines = errors |> List.map (fun error -> (Option.get error.Node).Split(':')[0])

                    Expect.equal (String.concat " " lines) "4 8 9" (render errors)

            testCase "nested graphs without end are refused, not a crash"
            <| fun () ->
                let text = String.replicate 20000 "g (x) => (y) { y = If <then_branch: graph = "
                Expect.isTrue (survives text) "survives text"

            testTheory "real models read as they were printed" (modelFiles ())
            <| fun (path: string) ->
                match Decode.file path with
                | Ok model -> Expect.isTrue (returns model) "returns model"
                | Error errors -> failtest (render errors)

            testCase "onnx's own parser accepts plain texts of real models"
            <| fun () ->
                let hasOnnx python =
                    let code, _, _ = Tools.run python [ "-c"; "import onnx.parser" ] ""
                    code = 0

                let python = Tools.paths "python3" |> List.tryFind hasOnnx

                if python.IsNone then
                    skiptest "the Python package onnx is not installed here; the round trip tests cover our own reader"

                let texts =
                    Models.files ()
                    |> List.map (fun path ->
                        match Decode.file path with
                        | Ok model -> Text.print true model
                        | Error errors -> failwith (render errors))

                let code, _, errors =
                    Tools.run python.Value [ "-c"; script ] (String.concat "\n# ----\n" texts)

                Expect.equal code 0 errors
        ]
