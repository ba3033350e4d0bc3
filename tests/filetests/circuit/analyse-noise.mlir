// Squared norms by source: of the input, of table lookups, of exact roundings.
// pass: analyse-noise
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<8>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-128, 127]} : (tensor<1x2x!tfhe.eint<8>>) -> tensor<1x1x!tfhe.eint<8>> loc("/fc")
  %2 = "circuit.round"(%1) {drop = 3, method = "exact", range = [-16, 15]} : (tensor<1x1x!tfhe.eint<8>>) -> tensor<1x1x!tfhe.eint<5>> loc("/relu")
  %3 = "circuit.lookup"(%2) {function = "one", entries = dense<1> : tensor<1x32xi8>, index = dense<0> : tensor<i8>, range = [1, 1]} : (tensor<1x1x!tfhe.eint<5>>) -> tensor<1x1x!tfhe.eint<2>> loc("/relu")
  "circuit.return"(%3) : (tensor<1x1x!tfhe.eint<2>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -32, high = 31, real = f32, range = [-32, 31]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<8>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-128, 127], noise = [130.0, 0.0, 0.0]} : (tensor<1x2x!tfhe.eint<8>>) -> tensor<1x1x!tfhe.eint<8>> loc("/fc")
  %2 = "circuit.round"(%1) {drop = 3, method = "exact", range = [-16, 15], noise = [130.0, 0.0, 1.0]} : (tensor<1x1x!tfhe.eint<8>>) -> tensor<1x1x!tfhe.eint<5>> loc("/relu")
  %3 = "circuit.lookup"(%2) {function = "one", entries = dense<1> : tensor<1x32xi8>, index = dense<0> : tensor<i8>, range = [1, 1], noise = [0.0, 1.0, 0.0]} : (tensor<1x1x!tfhe.eint<5>>) -> tensor<1x1x!tfhe.eint<2>> loc("/relu")
  "circuit.return"(%3) : (tensor<1x1x!tfhe.eint<2>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -32, high = 31, real = f32, range = [-32, 31], noise = [1.0, 0.0, 0.0]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}]} : () -> ()
