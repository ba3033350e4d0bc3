// Two trees ask the same of a feature: elements 0 and 2 are one bootstrap. Element 1 has another table, element 3 another operand.
// pass: share-elements
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.gather"(%0) {axis = 1, indices = dense<[0, 0, 0, 1]> : tensor<4xi64>, range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x4x!tfhe.eint<2>> loc("Trees")
  %2 = "circuit.lookup"(%1) {function = "less", entries = dense<[[0, 0, 0, 1], [0, 0, 1, 1]]> : tensor<2x4xi8>, index = dense<[[0, 1, 0, 0]]> : tensor<1x4xi8>, range = [0, 1]} : (tensor<1x4x!tfhe.eint<2>>) -> tensor<1x4x!tfhe.eint<2>> loc("Trees")
  "circuit.return"(%2) : (tensor<1x4x!tfhe.eint<2>>) -> ()
}) {name = "trees", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.gather"(%0) {axis = 1, indices = dense<[0, 0, 0, 1]> : tensor<4xi64>, range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x4x!tfhe.eint<2>> loc("Trees")
  %2 = "circuit.reshape"(%1) {shape = [4], range = [-2, 1]} : (tensor<1x4x!tfhe.eint<2>>) -> tensor<4x!tfhe.eint<2>> loc("Trees")
  %3 = "circuit.gather"(%2) {axis = 0, indices = dense<[0, 1, 3]> : tensor<3xi64>, range = [-2, 1]} : (tensor<4x!tfhe.eint<2>>) -> tensor<3x!tfhe.eint<2>> loc("Trees")
  %4 = "circuit.lookup"(%3) {function = "less", entries = dense<[[0, 0, 0, 1], [0, 0, 1, 1]]> : tensor<2x4xi8>, index = dense<[0, 1, 0]> : tensor<3xi8>, range = [0, 1]} : (tensor<3x!tfhe.eint<2>>) -> tensor<3x!tfhe.eint<2>> loc("Trees")
  %5 = "circuit.gather"(%4) {axis = 0, indices = dense<[0, 1, 0, 2]> : tensor<4xi64>, range = [0, 1]} : (tensor<3x!tfhe.eint<2>>) -> tensor<4x!tfhe.eint<2>> loc("Trees")
  %6 = "circuit.reshape"(%5) {shape = [1, 4], range = [0, 1]} : (tensor<4x!tfhe.eint<2>>) -> tensor<1x4x!tfhe.eint<2>> loc("Trees")
  "circuit.return"(%6) : (tensor<1x4x!tfhe.eint<2>>) -> ()
}) {name = "trees", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()
