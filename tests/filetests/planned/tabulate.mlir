// A rounded accumulator and its lookup: the table has the mean of the function over every bin; values whose zero is a code get MLIR's quant type.
// pass: tabulate

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[3], [-2]]> : tensor<2x1xi8>, bits = 6, range = [-18, 17], code_scales = dense<0.25> : tensor<f64>, code_offsets = dense<0.1> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/fc/Gemm")
  %2 = "quantized.round"(%1) {drop = 3, method = "exact", bits = 3, range = [-2, 2]} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/fc/Gemm")
  %3 = "planned.coded_lookup"(%2) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)", reads_scales = dense<0.25> : tensor<f64>, reads_offsets = dense<0.1> : tensor<f64>, multiplier = dense<1> : tensor<i8>, shift = dense<0> : tensor<i8>, drop = 3, gives_scales = dense<0.5> : tensor<f64>, gives_offsets = dense<4.0> : tensor<f64>, low = -8, high = 7, bits = 4, range = [-8, 7], code_scales = dense<0.5> : tensor<f64>, code_offsets = dense<4.0> : tensor<f64>} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Relu")
  "planned.return"(%3) : (tensor<1x1xf32>) -> ()
}) {name = "neuron", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, bits = 3, range = [-4, 3], code_scales = dense<0.5> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>}], outputs = [{name = "y", scale = dense<0.5> : tensor<f64>, zero = dense<-8.0> : tensor<f64>, low = -8, high = 7, real = f32}]} : () -> ()

// expect
"quantized.graph"() ({
^bb0(%0: tensor<1x2x!quant.uniform<i3:f32, 0.5>> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[3], [-2]]> : tensor<2x1xi8>, range = [-18, 17]} : (tensor<1x2x!quant.uniform<i3:f32, 0.5>>) -> tensor<1x1xi6> loc("/fc/Gemm")
  %2 = "quantized.round"(%1) {drop = 3, method = "exact", range = [-2, 2]} : (tensor<1x1xi6>) -> tensor<1x1xi3> loc("/fc/Gemm")
  %3 = "quantized.lookup"(%2) {function = "relu(x)", entries = dense<[[-8, -8, -8, -8, -8, -4, 0, 4]]> : tensor<1x8xi8>, index = dense<0> : tensor<i8>, range = [-8, 7]} : (tensor<1x1xi3>) -> tensor<1x1x!quant.uniform<i4:f32, 0.5:-8>> loc("/Relu")
  "quantized.return"(%3) : (tensor<1x1x!quant.uniform<i4:f32, 0.5:-8>>) -> ()
}) {name = "neuron", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<0.5> : tensor<f64>, zero = dense<-8.0> : tensor<f64>, low = -8, high = 7, real = f32}]} : () -> ()
