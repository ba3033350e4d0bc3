/// Operators of exporters and of ONNX Runtime's optimizer and quantizer, against the values that ONNX Runtime 1.31.1 gives.
module ConcreteMl.Compiler.Core.Tests.Float.ExporterTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private readAt (opset: int) (graph: string) =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : {opset}, \"ai.onnx.ml\" : 3, \"com.microsoft\" : 1]> g {graph}"

    Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text)
    |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)

let private tensor (element: string, shape: int list, values: float list) =
    let element =
        match element with
        | "float32" -> Element.Float32
        | "int64" -> Element.Int64
        | "int32" -> Element.Int32
        | "uint8" -> Element.UInt8
        | _ -> Element.Bool

    Elements.ofFloat64s element (Array.ofList shape) (Array.ofList values)

let private expectClose tolerance actual expected =
    Expect.floatClose
        {
            absolute = tolerance
            relative = tolerance
        }
        actual
        expected
        "ONNX Runtime's number"

/// Operators that quantize activations while they run compute in float, so they differ by their own activations' steps.
[<Tests>]
let tests =
    testList
        "Exporters"
        [
            for name, tolerance, graph, inputs, outputs in
                ExporterCases.all
                @ RetiredCases.all
                @ AttentionCases.all
                @ GroupedAttentionCases.all do
                testCase name
                <| fun () ->
                    match readAt 19 graph with
                    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
                    | Ok graph ->
                        let actual =
                            inputs
                            |> List.map tensor
                            |> Eval.graph graph
                            |> List.map (Tensor.toFloat64s >> List.ofArray)

                        Expect.equal (List.map List.length actual) (List.map List.length outputs) "as many numbers"

                        for expected, actual in List.zip (List.concat outputs) (List.concat actual) do
                            expectClose tolerance actual expected
        ]

/// ONNX has LayerNormalization from version 17 on, ONNX Runtime in every version: exporters and its optimizer write it into older files.
[<Tests>]
let layerNormalizationTests =
    testList
        "LayerNormalization of older files"
        [
            for opset in [ 9; 11; 16 ] do
                testCase $"opset {opset}"
                <| fun () ->
                    let graph =
                        "(float[1,4] x) => (float[1,4] y) <float[4] s = {1.0, 2.0, 1.0, 0.5}, float[4] b = {0.0, 1.0, 0.0, -1.0}> { y = LayerNormalization <epsilon = 0.00001> (x, s, b) }"

                    match readAt opset graph with
                    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
                    | Ok graph ->
                        let actual =
                            [ tensor ("float32", [ 1; 4 ], [ -2.0; -0.5; 0.0; 1.5 ]) ]
                            |> Eval.graph graph
                            |> List.exactlyOne
                            |> Tensor.toFloat64s
                            |> List.ofArray

                        List.iter2 (expectClose 1e-5) actual [ -1.3999954; 0.6000013; 0.1999993; -0.3000023 ]
        ]
