/// Texts that a model holds: they fold away, and labels are the texts of an output's numbers.
module ConcreteMl.Compiler.Core.Tests.Float.TextConstantTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Client

let private accepted version (graph: string) =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : 17, \"ai.onnx.ml\" : {version}]> g {graph}"

    match
        Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text)
        |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)
    with
    | Ok graph -> graph
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private labelsOf (graph: Graph) =
    ClientParts.textsOf ClientParts.labels graph.Attributes (graph.Outputs |> List.ofSeq |> List.map _.Name)

let private run (graph: Graph) (values: float32 list) =
    Eval.graph graph [ Tensor.ofFloat32 [| 1; values.Length |] (Array.ofList values) ]
    |> List.map Tensor.toFloat64s

[<Tests>]
let tests =
    testList
        "TextConstant"
        [
            testCase "classes that are a constant of texts, as networks of scikit-learn pick their label"
            <| fun () ->
                let graph =
                    accepted
                        1
                        """(float[1,3] x) => (string[1] label)
                           <string[3] classes = {"ham", "spam", "eggs"}, int64[1] flat = {-1}>
                           {
                             at = ArgMax <axis = 1> (x)
                             picked = ai.onnx.ml.ArrayFeatureExtractor (classes, at)
                             label = Reshape (picked, flat)
                           }"""

                Expect.equal (labelsOf graph) [ [ "ham"; "spam"; "eggs" ] ] "labels"
                Expect.equal (run graph [ 1.0f; 2.0f; 5.0f ]) [ [| 2.0 |] ] "the place of the largest"

            testCase "texts by Where, Constant and Gather, and their comparison"
            <| fun () ->
                let graph =
                    accepted
                        1
                        """(float[1,2] x) => (string[1,2] sign, bool[1,2] isMore)
                           {
                             more = Constant <value = string {"more"}> ()
                             others = Constant <value_strings = ["none", "less"]> ()
                             zero = Constant <value_float = 0.0> ()
                             first = Constant <value_int = 1> ()
                             less = Gather (others, first)
                             above = Greater (x, zero)
                             sign = Where (above, more, less)
                             isMore = Equal (sign, more)
                           }"""

                Expect.equal (labelsOf graph) [ [ "more"; "none"; "less" ]; [] ] "labels"
                Expect.equal (run graph [ 1.0f; -2.0f ]) [ [| 0.0; 2.0 |]; [| 1.0; 0.0 |] ] "values"

            testCase "keys and values of an encoder as tensors, behind which an Identity stands"
            <| fun () ->
                let graph =
                    accepted
                        4
                        """(float[1,3] x) => (string[1] label)
                           {
                             at = ArgMax <axis = 1, keepdims = 0> (x)
                             text = ai.onnx.ml.LabelEncoder <keys_tensor = int64[2] {2, 0}, values_tensor = string[2] {"b", "a"}, default_tensor = string[1] {"?"}> (at)
                             label = Identity (text)
                           }"""

                Expect.equal (labelsOf graph) [ [ "b"; "a"; "?" ] ] "labels"
                Expect.equal (run graph [ 9.0f; 2.0f; 5.0f ]) [ [| 1.0 |] ] "a"
                Expect.equal (run graph [ 1.0f; 2.0f; 5.0f ]) [ [| 0.0 |] ] "b"
                Expect.equal (run graph [ 1.0f; 7.0f; 5.0f ]) [ [| 2.0 |] ] "unknown"

            testCase "texts of inputs looked up by tensors, and small floats of the text form"
            <| fun () ->
                let graph =
                    accepted
                        4
                        """(string[1,2] x) => (float[1,2] y)
                           {
                             y = ai.onnx.ml.LabelEncoder <keys_tensor = string[2] {"u", "v"}, values_tensor = float[2] {1.5, -2}, default_tensor = float[1] {9}> (x)
                           }"""

                let found =
                    Eval.graph graph [ Tensor.ofInt64 [| 1; 2 |] [| 1L; -1L |] ]
                    |> List.map Tensor.toFloat64s

                Expect.equal found [ [| -2.0; 9.0 |] ] "values"

                let small =
                    accepted
                        4
                        "(float[1,2] x) => (float[1,2] y) <float8e5m2[2] w = {60, 61}, int4[2] v = {-8, 7}> { a = Cast <to = 1> (w) b = Cast <to = 1> (v) c = Add (x, a) y = Add (c, b) }"

                Expect.equal (run small [ 0.0f; 0.0f ]) [ [| -7.0; 8.25 |] ] "1 − 8 and 1.25 + 7"
        ]
