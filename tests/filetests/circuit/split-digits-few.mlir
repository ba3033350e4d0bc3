// Two bits are taken off one by one: there is no other way worth trying.
// pass: analyse-noise, split-digits
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<7>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-64, 63]} : (tensor<1x2x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<7>> loc("/fc")
  %2 = "circuit.round"(%1) {drop = 2, method = "exact", range = [-16, 15]} : (tensor<1x1x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<5>> loc("/relu")
  %3 = "circuit.lookup"(%2) {function = "one", entries = dense<1> : tensor<1x32xi8>, index = dense<0> : tensor<i8>, range = [1, 1]} : (tensor<1x1x!tfhe.eint<5>>) -> tensor<1x1x!tfhe.eint<2>> loc("/relu")
  "circuit.return"(%3) : (tensor<1x1x!tfhe.eint<2>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -16, high = 15, real = f32, range = [-16, 15]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<7>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-64, 63], noise = [130.0, 0.0, 0.0]} : (tensor<1x2x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<7>> loc("/fc")
  %2 = "circuit.round"(%1) {drop = 2, method = "exact", digits = [{bits = 1}, {bits = 1}], range = [-16, 15], noise = [130.0, 0.0, 1.0]} : (tensor<1x1x!tfhe.eint<7>>) -> tensor<1x1x!tfhe.eint<5>> loc("/relu")
  %3 = "circuit.lookup"(%2) {function = "one", entries = dense<1> : tensor<1x32xi8>, index = dense<0> : tensor<i8>, range = [1, 1], noise = [0.0, 1.0, 0.0]} : (tensor<1x1x!tfhe.eint<5>>) -> tensor<1x1x!tfhe.eint<2>> loc("/relu")
  "circuit.return"(%3) : (tensor<1x1x!tfhe.eint<2>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -16, high = 15, real = f32, range = [-16, 15], noise = [1.0, 0.0, 0.0]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}]} : () -> ()
