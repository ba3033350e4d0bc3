/// The newest operators of ONNX against the values of its reference implementation.
module ConcreteMl.Compiler.Core.Tests.Float.NewestTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private run (graph: string) (shape: int[]) (values: float list) =
    let text =
        $"<ir_version: 13, opset_import: [\"\" : 27, \"ai.onnx.preview\" : 1]> g {graph}"

    match
        Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text)
        |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)
    with
    | Ok graph ->
        Eval.graph graph [ Tensor.ofFloat32 shape (values |> List.map float32 |> Array.ofList) ]
        |> List.map Tensor.toFloat64s
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private isNear (expected: float list) (actual: float[]) message =
    Expect.equal actual.Length expected.Length message

    List.iteri (fun at value -> Expect.floatClose { absolute = 1e-5; relative = 1e-5 } actual[at] value $"{message}, {at}") expected

let private quarters count =
    [ for at in 1..count -> float at / 4.0 ]

let private recurrence rule operands =
    $"(float[1,3,2] x) => (float[1,3,2] y, float[1,1,2,2] s) <float[1,3,1] d = {{-0.5, -1, -0.25}}, float[1,3,1] b = {{0.5, 0.25, 0.125}}> {{ y, s = LinearAttention <q_num_heads = 1, kv_num_heads = 1, update_rule = \"{rule}\"> ({operands}) }}"

[<Tests>]
let tests =
    testList
        "Newest"
        [
            testCase "LinearAttention by each of its rules"
            <| fun () ->
                let check rule operands y s =
                    let found = run (recurrence rule operands) [| 1; 3; 2 |] (quarters 6)
                    isNear y found[0] rule
                    isNear s found[1] $"state of {rule}"

                check "linear" "x, x, x" [ 0.05524272; 0.11048543; 0.95017475; 1.3479223; 4.850311; 6.14299 ] [ 2.1875; 2.75; 2.75; 3.5 ]

                check
                    "gated"
                    "x, x, x, , d"
                    [ 0.05524272; 0.11048543; 0.8733506; 1.1942741; 4.4303584; 5.4937124 ]
                    [ 2.018482; 2.4949136; 2.4949136; 3.100427 ]

                check
                    "delta"
                    "x, x, x, , , b"
                    [ 0.02762136; 0.05524272; 0.24419007; 0.35027334; 0.6201595; 0.7905656 ]
                    [ 0.26709366; 0.33179474; 0.36211395; 0.4688568 ]

                check
                    "gated_delta"
                    "x, x, x, , d, b"
                    [ 0.02762136; 0.05524272; 0.22078273; 0.30345866; 0.5614976; 0.69818705 ]
                    [ 0.24995187; 0.30771783; 0.32109183; 0.40182558 ]

            testCase "LinearAttention whose heads share keys, with a state and a decay for each key"
            <| fun () ->
                let found =
                    run
                        "(float[1,2,4] x) => (float[1,2,4] y, float[1,1,2,2] s) <float[1,1,2,2] p = {1, 0, 0, 1}, float[1,2,2] k = {1, 2, 0.5, 1}, float[1,2,2] d = {-0.5, -1, -0.25, 0}> { y, s = LinearAttention <q_num_heads = 2, kv_num_heads = 1, scale = 1.0, update_rule = \"gated\"> (x, k, k, p, d) }"
                        [| 1; 2; 4 |]
                        [ for at in 0..7 -> float at / 4.0 ]

                isNear
                    [
                        0.5
                        1.0919698
                        2.3032653
                        4.2759094
                        4.6261673
                        8.76745
                        6.626751
                        12.480191
                    ]
                    found[0]
                    "y"

                isNear [ 1.5011673; 2.0576015; 2.5; 5.3678794 ] found[1] "state"

            testCase "TensorScatter writes from each sample's position on, in a circle if told so"
            <| fun () ->
                let found =
                    run
                        "(float[1,3,2] x) => (float[1,3,2] y, float[1,3,2] z) <float[1,2,2] u = {10, 20, 30, 40}, int64[1] w = {1}, int64[1] c = {2}> { y = TensorScatter (x, u, w) z = TensorScatter <mode = \"circular\"> (x, u, c) }"
                        [| 1; 3; 2 |]
                        [ for at in 1..6 -> float at ]

                isNear [ 1.0; 2.0; 10.0; 20.0; 30.0; 40.0 ] found[0] "linear"
                isNear [ 30.0; 40.0; 3.0; 4.0; 10.0; 20.0 ] found[1] "circular"

            testCase "BitCast keeps the bits"
            <| fun () ->
                let found =
                    run
                        "(float[3] x) => (int32[3] y, uint8[2] z) <int8[2] u = {-1, 5}> { y = BitCast <to = 6> (x) z = BitCast <to = 2> (u) }"
                        [| 3 |]
                        [ 1.0; -2.0; 0.5 ]

                isNear [ 1065353216.0; -1073741824.0; 1056964608.0 ] found[0] "floats"
                isNear [ 255.0; 5.0 ] found[1] "integers"

            testCase "FlexAttention changes scores and weights by its graphs"
            <| fun () ->
                let found =
                    run
                        "(float[1,2,2,2] x) => (float[1,2,2,2] y) { y = ai.onnx.preview.FlexAttention <scale = 1.0, score_mod = m (float[1,2,2,2] s) => (float[1,2,2,2] t) <bool[2,2] k = {1, 0, 1, 1}, float n = {-inf}> { t = Where (k, s, n) }, prob_mod = q (float[1,2,2,2] s) => (float[1,2,2,2] t) <float h = {0.5}> { t = Mul (s, h) }> (x, x, x) }"
                        [| 1; 2; 2; 2 |]
                        [ for at in 0..7 -> float at / 4.0 ]

                isNear [ 0.0; 0.125; 0.16283873; 0.28783873; 0.5; 0.625; 0.7088709; 0.8338709 ] found[0] "y"
        ]
