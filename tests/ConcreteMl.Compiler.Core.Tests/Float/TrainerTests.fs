module ConcreteMl.Compiler.Core.Tests.Float.TrainerTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

// References are ONNX Runtime 1.31.1's for the inputs −1.3, 0, 0.4 and 2.

let private parse (text: string) =
    match Onnx.Text.parse text with
    | Ok model -> model
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private graph (text: string) =
    match Import.model Context.quiet { BindBatch = false; Sizes = Map.empty } (parse text) with
    | Ok graph -> graph
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private run text (inputs: Tensor list) =
    Eval.graph (graph text) inputs |> List.map (Tensor.toFloat64s >> List.ofArray)

let private header =
    """<ir_version: 10, opset_import: ["" : 17, "ai.onnx.ml" : 5]>"""

let private x = Tensor.ofFloat32 [| 4; 1 |] [| -1.3f; 0.0f; 0.4f; 2.0f |]

let private close (expected: float list) (actual: float list) =
    Expect.equal actual.Length expected.Length "as many numbers"
    List.iter2 (fun e a -> Expect.floatClose Accuracy.low a e "ONNX Runtime's number") expected actual

/// Label and scores of a classifier of one feature, its attributes in ONNX's text.
let private classify operator attributes =
    match
        run
            $"""{header}
g (float[4, 1] x) => (int64[4] l, float[4, 2] p) {{ l, p = ai.onnx.ml.{operator} <{attributes}> (x) }}"""
            [ x ]
    with
    | [ labels; scores ] -> labels, scores
    | _ -> failtest "a classifier has two results"

let private machine extra =
    "classlabels_ints = [3, 7], coefficients = [1.0, -0.7], kernel_params = [0.5, 0.0, 3.0], kernel_type = \"RBF\", "
    + "rho = [0.05], support_vectors = [0.5, -1.0], vectors_per_class = [1, 1]"
    + extra

let private tree weights ids extra =
    "nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0], nodes_values = [0.2, 0.0, 0.0], "
    + "nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], "
    + $"class_treeids = [0, 0], class_nodeids = [1, 2], class_ids = {ids}, class_weights = {weights}, classlabels_int64s = [3, 7]{extra}"

[<Tests>]
let tests =
    testList
        "Float.Trainers"
        [
            testCase "a linear classifier of one score"
            <| fun () ->
                let linear transform =
                    classify
                        "LinearClassifier"
                        $"classlabels_ints = [3, 7], coefficients = [0.3], intercepts = [0.1], post_transform = \"{transform}\""

                let labels, scores = linear "NONE"
                Expect.equal labels [ 3.0; 7.0; 7.0; 7.0 ] "the second class above 0"
                close [ 1.29; -0.29; 0.9; 0.1; 0.78; 0.22; 0.3; 0.7 ] scores

                close [ 0.5720; 0.4280; 0.4750; 0.5250; 0.4452; 0.5548; 0.3318; 0.6682 ] (snd (linear "LOGISTIC"))

            testCase "SOFTMAX_ZERO leaves out what is 0"
            <| fun () ->
                let _, scores =
                    classify
                        "LinearClassifier"
                        "classlabels_ints = [3, 7], coefficients = [0.3, -0.2], intercepts = [0.1, 0.0], post_transform = \"SOFTMAX_ZERO\""

                close [ 0.3659; 0.6341; 1.0; 0.0; 0.5744; 0.4256; 0.7503; 0.2497 ] scores

            testCase "one result of a regression is not transformed, several are"
            <| fun () ->
                let regress targets coefficients intercepts =
                    run
                        $"""{header}
g (float[4, 1] x) => (float[4, N] y) {{
    y = ai.onnx.ml.LinearRegressor <coefficients = {coefficients}, intercepts = {intercepts}, targets = {targets}, post_transform = "LOGISTIC"> (x)
}}"""
                        [ x ]
                    |> List.head

                close [ -0.29; 0.1; 0.22; 0.7 ] (regress 1 "[0.3]" "[0.1]")
                close [ 0.4280; 0.5175; 0.5250; 0.5498; 0.5548; 0.5597; 0.6682; 0.5987 ] (regress 2 "[0.3, 0.1]" "[0.1, 0.2]")

            testCase "decisions and probabilities of a support vector machine"
            <| fun () ->
                let labels, scores = classify "SVMClassifier" (machine "")
                Expect.equal labels [ 7.0; 3.0; 3.0; 3.0 ] "the winner"
                close [ 0.4213; -0.4213; -0.5079; 0.5079; -0.7823; 0.7823; -0.3669; 0.3669 ] scores

                let _, scores =
                    classify "SVMClassifier" (machine ", prob_a = [-1.2], prob_b = [0.1]")

                close [ 0.3531; 0.6469; 0.6234; 0.3766; 0.6982; 0.3018; 0.5839; 0.4161 ] scores

                let _, scores = classify "SVMClassifier" (machine ", post_transform = \"SOFTMAX\"")
                close [ 1.4213; -0.4213; 0.4921; 0.5079; 0.2177; 0.7823; 0.6331; 0.3669 ] scores

            testCase "probabilities of three classes are coupled as ONNX Runtime couples them"
            <| fun () ->
                let labels, scores =
                    classify
                        "SVMClassifier"
                        ("classlabels_ints = [3, 7, 9], coefficients = [1.0, -0.7, 0.2, -0.4, 0.3, 0.6], kernel_params = [0.5, 0.0, 3.0], "
                         + "kernel_type = \"RBF\", rho = [0.05, -0.1, 0.02], support_vectors = [0.5, -1.0, 0.1], "
                         + "vectors_per_class = [1, 1, 1], prob_a = [-1.2, -1.0, -0.5], prob_b = [0.1, 0.0, 0.2]")

                Expect.equal labels [ 7.0; 3.0; 3.0; 3.0 ] "the winner of the decisions"

                close
                    [
                        0.2573
                        0.4037
                        0.3390
                        0.3558
                        0.2994
                        0.3448
                        0.3732
                        0.2629
                        0.3639
                        0.3418
                        0.2845
                        0.3736
                    ]
                    scores

            testCase "trees of two classes with one score"
            <| fun () ->
                let labels, scores =
                    classify "TreeEnsembleClassifier" (tree "[0.2, 0.7]" "[0, 0]" ", post_transform = \"LOGISTIC\"")

                Expect.equal labels [ 3.0; 3.0; 7.0; 7.0 ] "above one half"
                close [ 0.4502; 0.5498; 0.4502; 0.5498; 0.3318; 0.6682; 0.3318; 0.6682 ] scores

                let labels, scores =
                    classify "TreeEnsembleClassifier" (tree "[-0.4, 0.7]" "[1, 1]" "")

                Expect.equal labels [ 3.0; 3.0; 7.0; 7.0 ] "above 0"
                close [ 0.0; -0.4; 0.0; -0.4; 0.0; 0.7; 0.0; 0.7 ] scores

            testCase "trees of two classes with weights for both go by the second score"
            <| fun () ->
                let both weights extra =
                    classify
                        "TreeEnsembleClassifier"
                        ((tree weights "[0, 1, 0, 1]" extra)
                            .Replace(
                                "class_treeids = [0, 0], class_nodeids = [1, 2]",
                                "class_treeids = [0, 0, 0, 0], class_nodeids = [1, 1, 2, 2]"
                            ))

                let labels, scores = both "[0.7, 0.3, 0.0, 1.0]" ""
                Expect.equal labels [ 1.0; 1.0; 1.0; 1.0 ] "the second score is above 0 everywhere"
                close [ 0.7; 0.3; 0.7; 0.3; 0.0; 1.0; 0.0; 1.0 ] scores

                let labels, scores =
                    both "[0.7, -0.7, -0.4, 0.4]" ", base_values = [0.1], post_transform = \"LOGISTIC\""

                Expect.equal labels [ 0.0; 0.0; 1.0; 1.0 ] "one base value is the first class's"
                close [ 0.69; 0.3318; 0.69; 0.3318; 0.4256; 0.5987; 0.4256; 0.5987 ] scores

                let labels, scores = both "[0.7, -0.7, -0.4, 0.4]" ", base_values = [0.1, 0.2]"
                Expect.equal labels [ 1.0; 1.0; 0.0; 0.0 ] "the first sum and the second base value"
                close [ -0.9; 0.9; -0.9; 0.9; 0.2; -0.2; 0.2; -0.2 ] scores

                let labels, scores =
                    classify "TreeEnsembleClassifier" (tree "[0.7, 0.3]" "[1, 1]" ", base_values = [0.1]")

                Expect.equal labels [ 7.0; 7.0; 3.0; 3.0 ] "scores of the second class alone have no base value"
                close [ 0.0; 0.7; 0.0; 0.7; 0.0; 0.3; 0.0; 0.3 ] scores

            testCase "thresholds of double precision are kept, and compared as such"
            <| fun () ->
                let text =
                    $"""{header}
g (double[N, 1] x) => (float[N, 1] y) {{
    y = ai.onnx.ml.TreeEnsembleRegressor <
        n_targets = 1, nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [0, 0, 0],
        nodes_values_as_tensor = double[3] v {{0.1, 0.0, 0.0}}, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0],
        target_treeids = [0, 0], target_nodeids = [1, 2], target_ids = [0, 0],
        target_weights_as_tensor = double[2] w {{10.0, 20.0}}> (x)
}}"""

                let x = Tensor.create Element.Float64 [| 2; 1 |] [| 0.1; 0.1 + 1e-12 |]
                Expect.equal (run text [ x ]) [ [ 10.0; 20.0 ] ] "10 up to the threshold, 20 just above"

            testCase "an ensemble of ai.onnx.ml 5: members, a limit, the smallest of two trees"
            <| fun () ->
                let text =
                    $"""{header}
g (float[N, 1] x) => (float[N, 1] y) {{
    y = ai.onnx.ml.TreeEnsemble <
        n_targets = 1, aggregate_function = 2, tree_roots = [0, 1], nodes_featureids = [0, 0],
        nodes_splits = float[2] s {{0.0, 1.5}}, nodes_modes = uint8[2] m {{6, 0}},
        nodes_truenodeids = [0, 2], nodes_trueleafs = [1, 1], nodes_falsenodeids = [1, 3], nodes_falseleafs = [1, 1],
        leaf_targetids = [0, 0, 0, 0], leaf_weights = float[4] w {{10.0, 20.0, 15.0, 5.0}},
        membership_values = float[3] k {{1.0, 2.0, nan}}> (x)
}}"""

                let text = text.Replace("{1.0, 2.0, nan}", "{1.0, 2.0, 2.0}")
                let x = Tensor.ofFloat32 [| 3; 1 |] [| 0.0f; 1.0f; 2.0f |]
                Expect.equal (run text [ x ]) [ [ 15.0; 10.0; 5.0 ] ] "min(20, 15), min(10, 15), min(10, 5)"

            testCase
                "a leaf that says nothing of an output does not take part in its least value, and transforms have ONNX Runtime's numbers"
            <| fun () ->
                let ensemble transform =
                    $"""{header}
g (float[N, 1] x) => (float[N, 2] y) {{
    y = ai.onnx.ml.TreeEnsemble <
        n_targets = 2, aggregate_function = 2, post_transform = {transform}, tree_roots = [0, 1], nodes_featureids = [0, 0],
        nodes_splits = float[2] s {{0.0, 1.5}}, nodes_modes = uint8[2] m {{0, 0}},
        nodes_truenodeids = [0, 2], nodes_trueleafs = [1, 1], nodes_falsenodeids = [1, 3], nodes_falseleafs = [1, 1],
        leaf_targetids = [0, 1, 0, 0], leaf_weights = float[4] w {{10.0, 20.0, 15.0, 5.0}}> (x)
}}"""

                let x = Tensor.ofFloat32 [| 3; 1 |] [| 0.0f; 1.0f; 2.0f |]
                Expect.equal (run (ensemble 0) [ x ]) [ [ 10.0; 0.0; 15.0; 20.0; 5.0; 20.0 ] ] "none says it: 0"
                let logistic = run (ensemble 1) [ x ] |> List.head
                Expect.isLessThan (abs (logistic[1] - 0.5)) 1e-6 "the logistic function of 0"
                let softmax = run (ensemble 2) [ x ] |> List.head
                Expect.isLessThan (abs (softmax[2] + softmax[3] - 1.0)) 1e-6 "a softmax"

            testCase "numbers for numbers, and texts by their index"
            <| fun () ->
                let text =
                    $"""{header}
g (int64[N] x) => (float[N] y, int64[N] z, int64[N] c) {{
    y = ai.onnx.ml.LabelEncoder <keys_int64s = [3, 5, 3], values_floats = [0.5, 1.5, 9.0], default_float = -1.0> (x)
    z = ai.onnx.ml.LabelEncoder <keys_int64s = [3, 5], values_strings = ["b", "a"]> (x)
    c = ai.onnx.ml.CategoryMapper <cats_int64s = [5, 3], cats_strings = ["five", "three"]> (x)
}}"""

                Expect.equal
                    (run text [ Tensor.ofInt64 [| 3 |] [| 5L; 3L; 4L |] ])
                    [ [ 1.5; 0.5; -1.0 ]; [ 1.0; 0.0; 2.0 ]; [ 0.0; 1.0; 2.0 ] ]
                    "the first of equal keys counts; unknown inputs get the default"
        ]
