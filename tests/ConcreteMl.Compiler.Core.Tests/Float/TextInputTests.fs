/// Inputs that are texts: their numbers go in, and mean what the texts meant.
module ConcreteMl.Compiler.Core.Tests.Float.TextInputTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Client

let private read version (graph: string) =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : 13, \"ai.onnx.ml\" : {version}]> g {graph}"

    Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text)
    |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)

let private accepted version graph =
    match read version graph with
    | Ok graph -> graph
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private textsOf (graph: Graph) =
    ClientParts.textsOf ClientParts.inputTexts graph.Attributes (graph.Inputs |> List.ofSeq |> List.map _.Name)

let private numbers (values: int64 list) =
    Tensor.ofInt64 [| 1; values.Length |] (Array.ofList values)

let private run (graph: Graph) inputs =
    Eval.graph graph inputs |> List.map Tensor.toFloat64s |> List.head

let private refusal version graph =
    match read version graph with
    | Ok _ -> failtest "the model was read"
    | Error findings -> findings.Head

[<Tests>]
let tests =
    testList
        "TextInput"
        [
            testCase "keys that are texts are found by their numbers, and others get the default"
            <| fun () ->
                let graph =
                    accepted
                        3
                        "(string[1,4] x) => (float[1,4] y) { y = ai.onnx.ml.LabelEncoder <keys_strings = [\"b\", \"a\"], values_floats = [2.5, 1.5], default_float = -3.0> (x) }"

                Expect.equal (textsOf graph) [ [ "b"; "a" ] ] "texts"
                Expect.equal (run graph [ numbers [ 0L; 1L; -1L; 0L ] ]) [| 2.5; 1.5; -3.0; 2.5 |] "values"

            testCase "the first version of LabelEncoder, and CategoryMapper, look texts up too"
            <| fun () ->
                let first =
                    accepted
                        1
                        "(string[1,3] x) => (int64[1,3] y) { y = ai.onnx.ml.LabelEncoder <classes_strings = [\"u\", \"v\"], default_int64 = 7> (x) }"

                Expect.equal (run first [ numbers [ 1L; 0L; -1L ] ]) [| 1.0; 0.0; 7.0 |] "places"

                let mapper =
                    accepted
                        3
                        "(string[1,3] x) => (int64[1,3] y) { y = ai.onnx.ml.CategoryMapper <cats_int64s = [30, 20], cats_strings = [\"u\", \"v\"], default_int64 = -9> (x) }"

                Expect.equal (run mapper [ numbers [ 1L; 0L; -1L ] ]) [| 20.0; 30.0; -9.0 |] "categories"

            testCase "columns that meet share their list, others have their own"
            <| fun () ->
                let graph =
                    accepted
                        3
                        """(string[1,1] a, string[1,1] b, string[1,1] c) => (float[1,2,3] y, bool[1,1] same) {
                             ab = Concat <axis = 1> (a, b)
                             y = ai.onnx.ml.OneHotEncoder <cats_strings = ["p", "q", "r"]> (ab)
                             k = ai.onnx.ml.LabelEncoder <keys_strings = ["r", "s"], values_int64s = [1, 0]> (b)
                             d = ai.onnx.ml.LabelEncoder <keys_strings = ["x"], values_int64s = [1]> (c)
                             same = Equal (k, d) }"""

                Expect.equal (textsOf graph) [ [ "p"; "q"; "r"; "s" ]; [ "p"; "q"; "r"; "s" ]; [ "x" ] ] "texts"

                let found =
                    Eval.graph graph [ numbers [ 1L ]; numbers [ 2L ]; numbers [ 0L ] ]
                    |> List.map Tensor.toFloat64s

                Expect.equal found [ [| 0.0; 1.0; 0.0; 0.0; 0.0; 1.0 |]; [| 1.0 |] ] "one-hot rows, and equal keys"

            testCase "what does more with texts is refused by name"
            <| fun () ->
                let finding =
                    refusal 3 "(string[1,2] x) => (float[1,2] y) { y = Cast <to = 1> (x) }"

                Expect.equal finding.Code "CML1102" "code"
                Expect.stringContains finding.Message "Cast reads texts" "message"

                let out = refusal 3 "(string[1,2] x) => (string[1,2] y) { y = Identity (x) }"
                Expect.equal out.Code "CML1102" "code"
                Expect.equal out.Node (Some "y") "node"
        ]
