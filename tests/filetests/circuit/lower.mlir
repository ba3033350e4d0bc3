// One neuron on its way from codes to ciphertexts: every value gets the width of its encoding.
// pass: lower

"quantized.graph"() ({
^bb0(%0: tensor<1x2x!quant.uniform<i3:f32, 0.5>> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[3], [-2]]> : tensor<2x1xi8>, range = [-18, 17]} : (tensor<1x2x!quant.uniform<i3:f32, 0.5>>) -> tensor<1x1xi6> loc("/fc/Gemm")
  %2 = "quantized.lookup"(%1) {function = "relu", entries = dense<[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]]> : tensor<1x64xi8>, index = dense<0> : tensor<i8>, range = [0, 3]} : (tensor<1x1xi6>) -> tensor<1x1x!quant.uniform<i3:f32, 4.0>> loc(fused["/fc/Gemm", "/Relu"])
  "quantized.return"(%2) : (tensor<1x1x!quant.uniform<i3:f32, 4.0>>) -> ()
}) {name = "neuron", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<4.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = 0, high = 3, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<6>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[3], [-2]]> : tensor<2x1xi8>, range = [-18, 17]} : (tensor<1x2x!tfhe.eint<6>>) -> tensor<1x1x!tfhe.eint<6>> loc("/fc/Gemm")
  %2 = "circuit.lookup"(%1) {function = "relu", entries = dense_resource<c0> : tensor<1x64xi8>, index = dense<0> : tensor<i8>, range = [0, 2]} : (tensor<1x1x!tfhe.eint<6>>) -> tensor<1x1x!tfhe.eint<3>> loc(fused["/fc/Gemm", "/Relu"])
  "circuit.return"(%2) : (tensor<1x1x!tfhe.eint<3>>) -> ()
}) {name = "neuron", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<4.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = 0, high = 3, real = f32}]} : () -> ()

{-#
  dialect_resources: {
    builtin: {
      c0: "0x0400000000000000000000000000000000000000000000000000000000000000000000000000000001010101010101010202020202020202030303030303030303030303"
    }
  }
#-}
