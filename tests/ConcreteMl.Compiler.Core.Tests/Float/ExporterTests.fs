/// Operators of exporters and of ONNX Runtime's optimizer and quantizer, against the values that ONNX Runtime 1.31.1 gives.
module ConcreteMl.Compiler.Core.Tests.Float.ExporterTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private read (graph: string) =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : 19, \"ai.onnx.ml\" : 3, \"com.microsoft\" : 1]> g {graph}"

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
                    match read graph with
                    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
                    | Ok graph ->
                        let actual =
                            inputs
                            |> List.map tensor
                            |> Eval.graph graph
                            |> List.map (Tensor.toFloat64s >> List.ofArray)

                        Expect.equal (List.map List.length actual) (List.map List.length outputs) "as many numbers"

                        for expected, actual in List.zip (List.concat outputs) (List.concat actual) do
                            Expect.floatClose
                                {
                                    absolute = tolerance
                                    relative = tolerance
                                }
                                actual
                                expected
                                "ONNX Runtime's number"
        ]
