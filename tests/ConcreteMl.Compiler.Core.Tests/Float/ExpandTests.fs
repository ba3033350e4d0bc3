/// Operators that are written out when a model is read: models of one node compile, and what they compute in clear is
/// near what the float graph says.
module ConcreteMl.Compiler.Core.Tests.Float.ExpandTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// A model in ONNX's text syntax: constants, and a body that computes z from the input x.
let private model (opset: int) (input: string) (constants: string) (body: string) : Onnx.Model =
    let text =
        $"<ir_version: 10, opset_import: [\"\" : {opset}, \"com.microsoft\" : 1, \"ai.onnx.preview\" : 1]>\ng (float[{input}] x) => (float[] z)\n<{constants}>\n{{ {body} }}"

    match Onnx.Text.parse text with
    | Ok model -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Opset, shape of x, constants and body.
let private rows =
    [
        17, "1,4", "float[4] s = {1, 2, 1, 0.5}, float[4] b = {0, 1, 0, 1}", "z = LayerNormalization (x, s, b)"
        11, "1,4", "float[4] s = {1, 2, 1, 0.5}", "z = LayerNormalization (x, s)"
        17, "1,2,4", "float[2] s = {1, 2}, float[2] b = {0, 1}", "z = InstanceNormalization (x, s, b)"
        21, "1,4,3", "float[4] s = {1, 2, 1, 2}, float[4] b = {0, 1, 0, 1}", "z = GroupNormalization <num_groups: int = 2> (x, s, b)"
        23, "1,4", "float[4] s = {1, 2, 1, 0.5}", "z = RMSNormalization (x, s)"
        17, "1,2,2,2", "", "z = MeanVarianceNormalization (x)"
        17, "1,4", "", "z = LpNormalization (x)"
        17, "1,3,2,2", "", "z = LRN <size: int = 3, alpha: float = 0.5> (x)"
        17, "1,2,4", "", "z = LpPool <kernel_shape: ints = [2]> (x)"
        17, "1,2,4", "", "z = GlobalLpPool (x)"
        17,
        "1,2,3,3",
        "float[2,1,2,2] w = {1, 2, 3, 4, 0.5, 1, -1, 2}",
        "z = ConvTranspose <strides: ints = [2, 2], pads: ints = [1, 0, 0, 1]> (x, w)"
        17, "1,1,3,3,3", "float[1,1,2,2,2] w = {1, -1, 2, 0.5, 1, 1, -2, 1}", "z = Conv <pads: ints = [1, 0, 0, 0, 0, 0]> (x, w)"
        17, "1,1,4,2,2", "", "z = MaxPool <kernel_shape: ints = [2, 2, 2]> (x)"
        17, "1,1,4,2,2", "", "z = AveragePool <kernel_shape: ints = [2, 2, 2]> (x)"
        17, "1,1,2,2", "float[4] s = {1, 1, 2, 2}", "z = Resize <mode: string = \"linear\"> (x, , s)"
        17, "1,1,2,2", "float[4] s = {1, 1, 2, 2}", "z = Resize <mode: string = \"nearest\"> (x, , s)"
        17, "1,1,4,4", "int64[4] s = {1, 1, 6, 5}", "z = Resize <mode: string = \"cubic\"> (x, , , s)"
        17, "2,1,3", "float[1,2,3] w = {1, 0, -1, 0.5, 1, 2}, float[1,2,2] r = {1, 0.5, 0, 1}", "z = RNN <hidden_size: int = 2> (x, w, r)"
        17, "1,4", "int64[1,3] i = {0, 3, 1}", "z = GatherElements <axis: int = 1> (x, i)"
        17, "1,4", "int64[2,2] i = {0, 1, 0, 3}", "z = GatherND (x, i)"
        17, "1,4", "int64[1,2] i = {3, 1}, float[1,2] u = {1, -1}", "z = ScatterElements <axis: int = 1> (x, i, u)"
        17, "1,4", "int64[1,2] i = {0, 2}, float[1] u = {0.5}", "z = ScatterND (x, i, u)"
        17, "1,4", "bool[4] c = {1, 0, 1, 0}", "z = Compress <axis: int = 1> (x, c)"
        17, "1,4", "int64 a = {1}", "z = CumSum (x, a)"
        17, "1,3,3", "", "z = Trilu (x)"
        17, "1,4", "", "z = Hardmax (x)"
        17, "1,4", "int64[1] k = {2}", "z, i = TopK (x, k)"
        17, "1,3", "", "z = ReduceProd <axes: ints = [1]> (x)"
        17, "1,4", "", "z = ReduceLogSumExp <axes: ints = [1]> (x)"
        17, "1,2,3", "float[3,2] w = {1, 2, 3, -1, 0.5, 1}", "z = Einsum <equation: string = \"bij,jk->bki\"> (x, w)"
        18, "1,5", "int64[2] s = {1, 3}", "z = CenterCropPad (x, s)"
        24, "1,4", "", "z = Swish (x)"
        17, "1,4", "float[4] b = {0, 1, 0, 1}", "z = com.microsoft.BiasGelu (x, b)"
        17, "1,4", "float[4,2] w = {1, 2, 3, -1, 0.5, 1, 1, 1}", "z = com.microsoft.FusedMatMul <alpha: float = 0.5> (x, w)"
        24, "1,3,2", "float[1,2,2] u = {1, -1, 0.5, 0}, int64[1] i = {1}", "z = TensorScatter (x, u, i)"
        26, "1,4", "", "a = Round (x) c = Cast <to: int = 3> (a) b = BitCast <to: int = 2> (c) z = Cast <to: int = 1> (b)"
        26, "1,4", "", "b = BitCast <to: int = 6> (x) z = Cast <to: int = 1> (b)"
        27,
        "1,2,2",
        "float[1,2,1] d = {-0.5, -1}, float[1,2,1] b = {0.5, 0.25}",
        "z, s = LinearAttention <q_num_heads: int = 1, kv_num_heads: int = 1> (x, x, x, , d, b)"
        27,
        "1,1,2,2",
        "",
        "z = ai.onnx.preview.FlexAttention <score_mod: graph = m (float[1,1,2,2] s) => (float[1,1,2,2] t) <bool[2,2] k = {1, 0, 1, 1}, float n = {-inf}> { t = Where (k, s, n) }> (x, x, x)"
        23, "1,2,4", "", "z = Attention <q_num_heads: int = 1, kv_num_heads: int = 1> (x, x, x)"
    ]

let private samples (input: string) count =
    let random = Random 5
    let shape = input.Split ',' |> Array.map int

    List.init count (fun _ ->
        [
            Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> 2.0f * random.NextSingle() - 1.0f))
        ])

let private settings bits calibration : Settings =
    {
        Quant = Quant.QuantOptions.uniform bits
        ImportQat = false
        Calibration = calibration
        Shapes = []
        PError = None
        GlobalPError = None
        Security = Settings.defaults.Security
        KeySwitch = Settings.defaults.KeySwitch
        ClientParts = false
    }

[<Tests>]
let tests =
    testList
        "Float.Expand"
        [
            testCase "operators that are written out compile"
            <| fun () ->
                let wrong =
                    [
                        for opset, input, constants, body in rows do
                            match Compile.run ignore (settings 6 (samples input 40)) Context.quiet (model opset input constants body) with
                            | Ok _ -> ()
                            | Error findings -> sprintf "%s: %s" body (findings |> List.map Diagnostic.render |> String.concat "; ")
                    ]

                Expect.isEmpty wrong "wrong"
        ]
