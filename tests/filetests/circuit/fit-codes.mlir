// Ten codes of the input are read, and twelve of the sum, with which what it adds up shares a step; the output has room for the codes that it can take.
// pass: fit-codes
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<4>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "saw", entries = dense<[[-3, -2, -1, 0, 1, 2, -3, -2, -1, 0, 1, 2, -3, -2, -1, 0]]> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, window = 5, range = [-3, 2]} : (tensor<1x2x!tfhe.eint<4>>) -> tensor<1x2x!tfhe.eint<4>> loc("/first")
  %2 = "circuit.combine"(%1, %1) {multipliers = [1, 1], range = [-6, 4]} : (tensor<1x2x!tfhe.eint<4>>, tensor<1x2x!tfhe.eint<4>>) -> tensor<1x2x!tfhe.eint<4>> loc("/sum")
  %3 = "circuit.lookup"(%2) {function = "fall", entries = dense<[[0, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -3, -3, -4, -4, -4]]> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, window = 6, range = [-4, 0]} : (tensor<1x2x!tfhe.eint<4>>) -> tensor<1x2x!tfhe.eint<3>> loc("/second")
  "circuit.return"(%3) : (tensor<1x2x!tfhe.eint<3>>) -> ()
}) {name = "fitted", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -5, high = 4, real = f32, range = [-5, 4]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<4, 10>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "saw", entries = dense<[[-3, -2, -1, 0, 1, 2, -3, -2, -1, 0, 1, 2, -3, -2, -1, 0]]> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, window = 5, range = [-3, 2]} : (tensor<1x2x!tfhe.eint<4, 10>>) -> tensor<1x2x!tfhe.eint<4, 12>> loc("/first")
  %2 = "circuit.combine"(%1, %1) {multipliers = [1, 1], range = [-6, 4]} : (tensor<1x2x!tfhe.eint<4, 12>>, tensor<1x2x!tfhe.eint<4, 12>>) -> tensor<1x2x!tfhe.eint<4, 12>> loc("/sum")
  %3 = "circuit.lookup"(%2) {function = "fall", entries = dense<[[0, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -3, -3, -4, -4, -4]]> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, window = 6, range = [-4, 0]} : (tensor<1x2x!tfhe.eint<4, 12>>) -> tensor<1x2x!tfhe.eint<3, 4>> loc("/second")
  "circuit.return"(%3) : (tensor<1x2x!tfhe.eint<3, 4>>) -> ()
}) {name = "fitted", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -5, high = 4, real = f32, range = [-5, 4]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()
