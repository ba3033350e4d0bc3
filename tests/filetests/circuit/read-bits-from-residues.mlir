// The low bits that exact rounding drops are read from sums whose weights are reduced modulo the bits in question.
// pass: read-bits-from-residues

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<7>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-64, 63]} : (tensor<1x2x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<7>> loc("/fc/Gemm")
  %2 = "circuit.round"(%1) {drop = 2, method = "exact", range = [-16, 15]} : (tensor<1x1x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<5>> loc("/fc/Gemm")
  "circuit.return"(%2) : (tensor<1x1x!tfhe.eint<5>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<4.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<7>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-64, 63]} : (tensor<1x2x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<7>> loc("/fc/Gemm")
  %2 = "circuit.matmul"(%0) {weights = dense<[[1], [-1]]> : tensor<2x1xi8>, range = [-64, 63]} : (tensor<1x2x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<7>> loc("/fc/Gemm")
  %3 = "circuit.matmul"(%0) {weights = dense<1> : tensor<2x1xi8>, range = [-64, 63]} : (tensor<1x2x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<7>> loc("/fc/Gemm")
  %4 = "circuit.round"(%1, %2, %3) {drop = 2, method = "exact", range = [-16, 15]} : (tensor<1x1x!tfhe.eint<7>>, tensor<1x1x!tfhe.eint<7>>, tensor<1x1x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<5>> loc("/fc/Gemm")
  "circuit.return"(%4) : (tensor<1x1x!tfhe.eint<5>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<4.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()
