// The same table on the same value twice is one bootstrap, however the value came about.
// pass: share-values
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.reshape"(%0) {shape = [2], range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Reshape_0")
  %2 = "circuit.lookup"(%1) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Relu_0")
  %3 = "circuit.reshape"(%0) {shape = [2], range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Reshape_0")
  %4 = "circuit.lookup"(%3) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Relu_1")
  %5 = "circuit.combine"(%2, %4) {multipliers = [1, -1], range = [-1, 1]} : (tensor<2x!tfhe.eint<2>>, tensor<2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Sub_2")
  "circuit.return"(%5) : (tensor<2x!tfhe.eint<2>>) -> ()
}) {name = "twice", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.reshape"(%0) {shape = [2], range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Reshape_0")
  %2 = "circuit.lookup"(%1) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Relu_0")
  %3 = "circuit.combine"(%2, %2) {multipliers = [1, -1], range = [-1, 1]} : (tensor<2x!tfhe.eint<2>>, tensor<2x!tfhe.eint<2>>) -> tensor<2x!tfhe.eint<2>> loc("Sub_2")
  "circuit.return"(%3) : (tensor<2x!tfhe.eint<2>>) -> ()
}) {name = "twice", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()
