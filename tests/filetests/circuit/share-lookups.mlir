// The same table on the same value twice is one bootstrap.
// pass: share-lookups
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Relu_0")
  %2 = "circuit.lookup"(%0) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Relu_1")
  %3 = "circuit.combine"(%1, %2) {multipliers = [1, -1], range = [-1, 1]} : (tensor<1x2x!tfhe.eint<2>>, tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Sub_2")
  "circuit.return"(%3) : (tensor<1x2x!tfhe.eint<2>>) -> ()
}) {name = "twice", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Relu_0")
  %2 = "circuit.combine"(%1, %1) {multipliers = [1, -1], range = [-1, 1]} : (tensor<1x2x!tfhe.eint<2>>, tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Sub_2")
  "circuit.return"(%2) : (tensor<1x2x!tfhe.eint<2>>) -> ()
}) {name = "twice", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()
