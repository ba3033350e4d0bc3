// The client does the first quantizer; the weights' codes are the file's.
// pass: read-file-codes

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
    %c1 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.quant"(%x, %c0, %c1, %c2) {signed = true, rounding_mode = "ROUND"} : (tensor<1x2xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "quant(x, c, c, c)", classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/q")
  %2 = "planned.matmul"(%1) {weights = dense<[[0.75], [-0.5]]> : tensor<2x1xf64>, weight_steps = dense<0.25> : tensor<2x1xf64>, classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/MatMul")
  "planned.return"(%2) : (tensor<1x1xf32>) -> ()
}) {name = "trained", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[3], [-2]]> : tensor<2x1xi8>, bits = 6, range = [-18, 17], code_scales = dense<0.125> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/MatMul")
  "planned.return"(%1) : (tensor<1x1xf32>) -> ()
}) {name = "trained", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<-0.0> : tensor<f64>, low = -4, high = 3, real = f32, beyond = dense<5.0> : tensor<f64>, bits = 3, range = [-4, 3], code_scales = dense<0.5> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>}], outputs = [{name = "y", scale = dense<0.125> : tensor<f64>, zero = dense<-0.0> : tensor<f64>, low = -32, high = 31, real = f32}]} : () -> ()
