// Factors behind a dense layer go into its weights.
// pass: fold-scales
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<6>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[1, -2], [3, 1]]> : tensor<2x2xi8>, range = [-8, 7]} : (tensor<1x2x!tfhe.eint<6>>) -> tensor<1x2x!tfhe.eint<6>> loc("/fc/Gemm")
  %2 = "circuit.scale"(%1) {factors = dense<[[2, 3]]> : tensor<1x2xi8>, range = [-18, 18]} : (tensor<1x2x!tfhe.eint<6>>) -> tensor<1x2x!tfhe.eint<6>> loc("/Mul")
  "circuit.return"(%2) : (tensor<1x2x!tfhe.eint<6>>) -> ()
}) {name = "scaled", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -32, high = 31, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<6>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[2, -6], [6, 3]]> : tensor<2x2xi8>, range = [-18, 18]} : (tensor<1x2x!tfhe.eint<6>>) -> tensor<1x2x!tfhe.eint<6>> loc(fused["/fc/Gemm", "/Mul"])
  "circuit.return"(%1) : (tensor<1x2x!tfhe.eint<6>>) -> ()
}) {name = "scaled", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -32, high = 31, real = f32}]} : () -> ()
