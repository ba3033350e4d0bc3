/// Nodes of ai.onnx.ml around and instead of networks; expected numbers are the specification's formulas, worked out by hand.
module ConcreteMl.Compiler.Core.Tests.Float.MlFeatureTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private read (graph: string) =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : 13, \"ai.onnx.ml\" : 3]> g {graph}"

    Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text)
    |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)

let private run graph (x: Tensor) =
    match read graph with
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
    | Ok graph -> Eval.graph graph [ x ] |> List.map Tensor.toFloat64s

let private row (values: float list) =
    Tensor.ofFloat32 [| 1; values.Length |] (values |> List.map float32 |> Array.ofList)

let private near (found: float[]) (expected: float list) =
    Expect.equal found.Length expected.Length "elements"

    List.iteri (fun at value -> Expect.floatClose Accuracy.medium found[at] value $"element {at}") expected

let private refused graph code =
    match read graph with
    | Ok _ -> failtest "the model was read"
    | Error findings -> Expect.contains (findings |> List.map _.Code) code "code"

[<Tests>]
let tests =
    testList
        "MlFeature"
        [
            testCase "rows are normalized, and rows of zeros stay"
            <| fun () ->
                let of' norm values =
                    run $"(float[1,2] x) => (float[1,2] y) {{ y = ai.onnx.ml.Normalizer <norm = \"{norm}\"> (x) }}" (row values)
                    |> List.head

                near (of' "L1" [ -1.0; 3.0 ]) [ -0.25; 0.75 ]
                near (of' "L2" [ -3.0; 4.0 ]) [ -0.6; 0.8 ]
                near (of' "MAX" [ 1.0; 4.0 ]) [ 0.25; 1.0 ]
                near (of' "L1" [ 0.0; 0.0 ]) [ 0.0; 0.0 ]

            testCase "missing values are replaced, features are picked, thresholds make truths"
            <| fun () ->
                let imputed =
                    run
                        "(float[1,2] x) => (float[1,2] y) { y = ai.onnx.ml.Imputer <imputed_value_floats = [5.0, 6.0], replaced_value_float = -1.0> (x) }"

                near (imputed (row [ 2.0; -1.0 ])).Head [ 2.0; 6.0 ]

                let picked =
                    run "(float[1,3] x) => (float[1,2] y) <int64[2] at = {2, 0}> { y = ai.onnx.ml.ArrayFeatureExtractor (x, at) }"

                near (picked (row [ 1.0; 2.0; 3.0 ])).Head [ 3.0; 1.0 ]

                let truths =
                    run "(float[1,2] x) => (float[1,2] y) { y = ai.onnx.ml.Binarizer <threshold = 2.0> (x) }"

                near (truths (row [ 2.0; 2.5 ])).Head [ 0.0; 1.0 ]

            testCase "categories become ones at their places"
            <| fun () ->
                let encoded =
                    run "(float[1,2] x) => (float[1,2,3] y) { y = ai.onnx.ml.OneHotEncoder <cats_int64s = [4, 7, 9]> (x) }"

                near (encoded (row [ 7.0; 5.0 ])).Head [ 0.0; 1.0; 0.0; 0.0; 0.0; 0.0 ]

            testCase "kernels of support vectors"
            <| fun () ->
                let of' kernel =
                    run
                        $"(float[1,2] x) => (float[1,1] y) {{ y = ai.onnx.ml.SVMRegressor <kernel_type = \"{kernel}\", kernel_params = [0.5, 0.25, 2.0], n_supports = 2, support_vectors = [1.0, 0.0, 0.0, 2.0], coefficients = [2.0, -1.0], rho = [0.125]> (x) }}"
                        (row [ 1.0; 1.0 ])
                    |> List.head

                // x·v is 1 and 2; the squared distances are 1 and 2.
                near (of' "LINEAR") [ 0.125 ]
                near (of' "POLY") [ 2.0 * 0.5625 - 1.5625 + 0.125 ]
                near (of' "SIGMOID") [ 2.0 * tanh 0.75 - tanh 1.25 + 0.125 ]
                near (of' "RBF") [ 2.0 * exp -0.5 - exp -1.0 + 0.125 ]

            testCase "two classes of a machine: votes, and both signs of the decision"
            <| fun () ->
                let results =
                    run
                        "(float[1,1] x) => (int64[1] l, float[1,2] s) { l, s = ai.onnx.ml.SVMClassifier <kernel_type = \"LINEAR\", kernel_params = [1.0, 0.0, 1.0], vectors_per_class = [1, 1], support_vectors = [1.0, -1.0], coefficients = [1.0, -1.0], rho = [0.5], classlabels_ints = [3, 8]> (x) }"

                match results (row [ 2.0 ]), results (row [ -2.0 ]) with
                | [ first; scores ], [ second; _ ] ->
                    near first [ 3.0 ]
                    near scores [ -4.5; 4.5 ]
                    near second [ 8.0 ]
                | _ -> failtest "two results"

            testCase "labels that are texts become their index, scores stay a tensor"
            <| fun () ->
                let results =
                    run
                        "(float[1,1] x) => (int64[1] l, float[1,2] y) { l, s = ai.onnx.ml.LinearClassifier <classlabels_strings = [\"no\", \"yes\"], coefficients = [-1.0, 1.0], intercepts = [0.0, 0.0]> (x) y = ai.onnx.ml.ZipMap <classlabels_strings = [\"no\", \"yes\"]> (s) }"
                        (row [ 2.0 ])

                near results[0] [ 1.0 ]
                near results[1] [ -2.0; 2.0 ]

            testCase "an unknown category is zeros, with a warning where the file asks for an error"
            <| fun () ->
                let text zeros =
                    $"<ir_version: 8, opset_import: [\"\" : 13, \"ai.onnx.ml\" : 3]> g (float[1,2] x) => (float[1,2,2] y) {{ y = ai.onnx.ml.OneHotEncoder <cats_int64s = [4, 7], zeros = {zeros}> (x) }}"

                for zeros, expected in [ 1, []; 0, [ "CML1109" ] ] do
                    let warned = Collections.Generic.List()

                    let context =
                        { Context.quiet with
                            Warn = fun warning -> warned.Add warning.Code
                        }

                    let graph =
                        Compile.decode "g" None (Text.Encoding.UTF8.GetBytes(text zeros))
                        |> Result.bind (fun (model, _) -> Compile.toFloat context model)

                    match graph with
                    | Ok graph -> near (Tensor.toFloat64s (Eval.graph graph [ row [ 7.0; 5.0 ] ]).Head) [ 0.0; 1.0; 0.0; 0.0 ]
                    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

                    Expect.equal (List.ofSeq warned) expected $"zeros = {zeros}"

            testCase "what is not computed is refused"
            <| fun () ->
                refused "(float[1,2] x) => (float[1,2] y) { y = ai.onnx.ml.Imputer <imputed_value_floats = [5.0, 6.0, 7.0]> (x) }" "CML1101"

                refused "(float[N,4] x) => (float[A,4] y, float[B,4] z) { y, z = Split <axis = 0> (x) }" "CML1105"

                refused
                    "(float[1,1] x) => (float[1,1] y) { y = ai.onnx.ml.SVMRegressor <n_supports = 2, support_vectors = [1.0], coefficients = [2.0, -1.0], rho = [0.125]> (x) }"
                    "CML1101"

            testCase "a convolution's kernel is that of its weights, its groups and bias fit its outputs"
            <| fun () ->
                for node, code in
                    [
                        "Conv <kernel_shape = [2, 3]> (x, w)", "CML1101"
                        "ConvTranspose <kernel_shape = [2, 3]> (x, w)", "CML1101"
                        "com.microsoft.FusedConv <kernel_shape = [2, 3], activation = \"Relu\"> (x, w)", "CML1101"
                        "Conv <group = 2> (x, w)", "CML1031"
                        "Conv (x, w, b)", "CML1105"
                    ] do
                    refused
                        $"(float[1,1,6,6] x) => (float[A,B,C,D] y) <float[1,1,3,3] w = {{1, 1, 1, 1, 1, 1, 1, 1, 1}}, float[2] b = {{1, 1}}> {{ y = {node} }}"
                        code

            testCase "a value that no network has is refused before any sample makes it"
            <| fun () ->
                refused
                    "(float[1,1] x) => (float[A] y) <int64[3] s = {1, 6000, 6000}, int64[2] a = {1, 2}> { e = Expand (x, s) y = ReduceSum <keepdims = 0> (e, a) }"
                    "CML1032"

            testCase "a window beyond any value's size is refused before it is laid out"
            <| fun () ->
                for attributes, code in
                    [
                        "kernel_shape = [2147483647, 1]", "CML1031"
                        "kernel_shape = [1, 1], pads = [2147483647, 0, 2147483647, 0]", "CML1032"
                        "kernel_shape = [2, 2], dilations = [2147483647, 1]", "CML1031"
                        "kernel_shape = [2147483647, 1], pads = [1073741824, 0, 1073741824, 0]", "CML1105"
                    ] do
                    refused $"(float[1,1,4,4] x) => (float[A,B,C,D] y) {{ y = MaxPool <{attributes}> (x) }}" code
        ]
