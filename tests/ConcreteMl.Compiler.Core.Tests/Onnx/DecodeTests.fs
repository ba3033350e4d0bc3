module ConcreteMl.Compiler.Core.Tests.Onnx.DecodeTests

open System
open System.IO
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

let private reluOf (initializers: TensorProto list) =
    graph [ real "x" "batch 4" ] initializers [ node "Relu" [ "x" ] [ "y" ] [] ] [ real "y" "batch 4" ]
    |> model 14L

let private single (tensor: TensorProto) =
    (decode (reluOf [ tensor ])).Graph.Initializers[0].Value

let private typedField (element: int) (fill: TensorProto -> unit) =
    let tensor = TensorProto(Name = "w", DataType = element)
    tensor.Dims.Add 3L
    fill tensor
    single tensor

[<Tests>]
let tests =
    testList
        "Onnx.Decode"
        [
            testCase "graph, types and imports are read"
            <| fun () ->
                let decoded = decode (reluOf [])
                same 8L decoded.IrVersion
                same [ "", 14L ] decoded.Opsets

                same
                    [|
                        {
                            ValueInfo.Name = "x"
                            Type = ValueType.Tensor(Ok Element.Float32, Some [| Dimension.Named "batch"; Dimension.Known 4L |])
                        }
                    |]
                    decoded.Graph.Inputs

                same [| "x" |] decoded.Graph.Nodes[0].Inputs
                same 64 decoded.Hash.Length

            testCase "the domain ai.onnx is the empty one"
            <| fun () ->
                let proto = reluOf []
                proto.Graph.Node[0].Domain <- "ai.onnx"
                same "" (decode proto).Graph.Nodes[0].Domain

            testCase "typed fields and raw bytes give the same tensors"
            <| fun () ->
                let values = [ 1L; 2L; 3L ]

                let ints (tensor: TensorProto) =
                    tensor.Int32Data.AddRange(values |> List.map int32)

                let cases: (int * (TensorProto -> unit) * Array) list =
                    [
                        1, (fun tensor -> tensor.FloatData.AddRange(values |> List.map float32)), [| 1.0f; 2.0f; 3.0f |]
                        2, ints, [| 1uy; 2uy; 3uy |]
                        3, ints, [| 1y; 2y; 3y |]
                        4, ints, [| 1us; 2us; 3us |]
                        5, ints, [| 1s; 2s; 3s |]
                        6, ints, [| 1; 2; 3 |]
                        7, (fun tensor -> tensor.Int64Data.AddRange values), [| 1L; 2L; 3L |]
                        9, ints, [| true; true; true |]
                        10,
                        ints,
                        [|
                            BitConverter.UInt16BitsToHalf 1us
                            BitConverter.UInt16BitsToHalf 2us
                            BitConverter.UInt16BitsToHalf 3us
                        |]
                        11, (fun tensor -> tensor.DoubleData.AddRange(values |> List.map double)), [| 1.0; 2.0; 3.0 |]
                        12, (fun tensor -> tensor.Uint64Data.AddRange(values |> List.map uint64)), [| 1u; 2u; 3u |]
                        13, (fun tensor -> tensor.Uint64Data.AddRange(values |> List.map uint64)), [| 1UL; 2UL; 3UL |]
                        16, ints, [| 1us; 2us; 3us |]
                    ]

                for number, fill, expected in cases do
                    let element =
                        match ElementType.ofNumber number with
                        | Ok element -> element
                        | Error name -> failwith name

                    let tensor = Tensor.create element [| 3 |] expected
                    same (Ok tensor) (typedField number fill)
                    same (Ok tensor) (single (raw "w" number [ 3L ] (tensor.Bytes.ToArray())))

            testTheory "element types that we cannot compute in keep their name" [ (8, "string"); (14, "complex64"); (15, "complex128") ]
            <| fun (number: int, name: string) -> same (Error name) (single (raw "w" number [ 2L ] [| 1uy |]))

            testCase "numbers of element types and their names agree"
            <| fun () ->
                for number in 1..16 do
                    match ElementType.ofNumber number with
                    | Ok element ->
                        same number (ElementType.number element)
                        same (Ok element) (ElementType.ofName (ElementType.name element))
                    | Error _ -> ()

            testCase "nodes without a name get one from operator and output, and all names are unique"
            <| fun () ->
                let nodes =
                    [
                        node "Relu" [ "x" ] [ "a" ] []
                        node "Relu" [ "a" ] [ "b" ] [] |> named "same"
                        node "Relu" [ "b" ] [ "y" ] [] |> named "same"
                    ]

                let decoded = decode (model 14L (graph [ real "x" "1" ] [] nodes [ real "y" "1" ]))

                same [| "Relu:a"; "same"; "same#1" |] (decoded.Graph.Nodes |> Array.map (fun node -> node.Name))

            testCase "attributes keep kind and value, references and inner graphs"
            <| fun () ->
                let inner = graph [] [] [ node "Relu" [ "x" ] [ "z" ] [] ] [ untyped "z" ]

                let attributes =
                    [
                        int "i" -3L
                        float "f" 0.5f
                        text "s" "NOTSET"
                        ints "is" [ 1L; 2L ]
                        graphAttribute "g" inner
                        reference "r" Kind.Float "alpha"
                    ]

                let decoded =
                    decode (model 14L (graph [ real "x" "1" ] [] [ node "Thing" [ "x" ] [ "y" ] attributes ] [ real "y" "1" ]))

                match decoded.Graph.Nodes[0].Attributes |> List.map snd with
                | [ Attribute.Int -3L
                    Attribute.Float 0.5f
                    Attribute.Text "NOTSET"
                    Attribute.Ints [| 1L; 2L |]
                    Attribute.Graph graph
                    Attribute.Reference "alpha" ] -> same "Relu" graph.Nodes[0].OpType
                | other -> failtest $"%A{other}"

            testCase "attributes without a kind have the kind of their field"
            <| fun () ->
                let bare =
                    [ AttributeProto(Name = "f", F = 0.5f); AttributeProto(Name = "i", I = 2L) ]

                let decoded =
                    decode (model 6L (graph [ real "x" "1" ] [] [ node "Thing" [ "x" ] [ "y" ] bare ] [ real "y" "1" ]))

                same [ "f", Attribute.Float 0.5f; "i", Attribute.Int 2L ] decoded.Graph.Nodes[0].Attributes

            testCase "initializers that are listed as inputs are no real inputs"
            <| fun () ->
                let proto = reluOf [ floats "w" [ 1L ] [ 1.0f ] ]
                proto.Graph.Input.Add(real "w" "1")
                let decoded = decode proto
                same 2 decoded.Graph.Inputs.Length
                same [| "x" |] (Inputs.real decoded.Graph |> Array.map (fun input -> input.Name))

            testCase "tensors that do not fill their shape are reported, all at once"
            <| fun () ->
                let proto =
                    reluOf
                        [
                            raw "a" 1 [ 2L ] [| 0uy; 0uy; 0uy |]
                            floats "b" [ 3L ] [ 1.0f ]
                            raw "c" 1 [ -1L ] [||]
                            raw "d" 1 [ 4000000000L; 4000000000L; 4000000000L ] [||]
                        ]

                match Decode.bytes "m" None (bytes proto) with
                | Ok _ -> failtest "decoded"
                | Error found ->
                    same [ "CML1005"; "CML1005"; "CML1005"; "CML1005" ] (codes found)
                    same [ Some "a"; Some "b"; Some "c"; Some "d" ] (found |> List.map (fun finding -> finding.Node))

            testCase "sparse tensors are read as dense ones, by places and by coordinates"
            <| fun () ->
                let sparse (dims: int64 list) (indices: int64 list) =
                    let proto = reluOf []
                    let tensor = SparseTensorProto(Values = floats "w" [ 2L ] [ 0.5f; -1.5f ])
                    tensor.Indices <- raw "" 7 dims (indices |> List.collect (BitConverter.GetBytes >> List.ofArray) |> Array.ofList)
                    tensor.Dims.AddRange [ 2L; 3L ]
                    proto.Graph.SparseInitializer.Add tensor
                    Decode.bytes "m" None (bytes proto)

                let dense =
                    Ok(Tensor.ofFloat32 [| 2; 3 |] [| 0.0f; 0.5f; 0.0f; 0.0f; 0.0f; -1.5f |])

                for dims, indices in [ [ 2L ], [ 1L; 5L ]; [ 2L; 2L ], [ 0L; 1L; 1L; 2L ] ] do
                    match sparse dims indices with
                    | Ok model ->
                        same dense model.Graph.Initializers[0].Value
                        same "w" model.Graph.Initializers[0].Name
                    | Error found -> failtest $"%A{found}"

                for dims, indices in [ [ 2L ], [ 1L; 6L ]; [ 2L; 2L ], [ 0L; 3L; 1L; 2L ]; [ 1L ], [ 1L ] ] do
                    match sparse dims indices with
                    | Ok _ -> failtest "decoded"
                    | Error found -> same [ "CML1005" ] (codes found)

            testCase "missing files, empty files and other formats are refused with a code"
            <| fun () ->
                let refused expected result =
                    match result with
                    | Ok _ -> failtest "decoded"
                    | Error found -> same [ expected ] (codes found)

                refused "CML1001" (Decode.file (Path.Combine(Path.GetTempPath(), "no-such-model.onnx")))
                refused "CML1002" (Decode.bytes "m" None [||])
                refused "CML1002" (Decode.bytes "m" None (Text.Encoding.UTF8.GetBytes "PK this is no model"))
                refused "CML1002" (Decode.bytes "m" None (bytes (ModelProto(IrVersion = 8L))))

            testCase "the hash is that of the bytes"
            <| fun () ->
                let content = bytes (reluOf [])

                let expected =
                    Convert.ToHexStringLower(Security.Cryptography.SHA256.HashData content)

                same expected (decode (reluOf [])).Hash
        ]
