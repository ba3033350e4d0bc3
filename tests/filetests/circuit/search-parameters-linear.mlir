// A circuit without bootstraps needs a key and no class.
// pass: analyse-noise, group-lookups, search-parameters
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<6>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[1], [-2]]> : tensor<2x1xi8>, range = [-24, 23]} : (tensor<1x2x!tfhe.eint<6>>) -> tensor<1x1x!tfhe.eint<6>> loc("/fc")
  "circuit.return"(%1) : (tensor<1x1x!tfhe.eint<6>>) -> ()
}) {name = "linear", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -32, high = 31, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<6>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[1], [-2]]> : tensor<2x1xi8>, range = [-24, 23], noise = [5.0, 0.0, 0.0]} : (tensor<1x2x!tfhe.eint<6>>) -> tensor<1x1x!tfhe.eint<6>> loc("/fc")
  "circuit.return"(%1) : (tensor<1x1x!tfhe.eint<6>>) -> ()
}) {name = "linear", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7], noise = [1.0, 0.0, 0.0]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -32, high = 31, real = f32}], bound = 9.094947017729282e-13, classes = [], compression = {k = 1266, size = 1, key_switch = {base = 14, levels = 1}, bits = 14, body_bits = 30}, key = {k = 3, size = 256}, security = 132} : () -> ()
