// Two tables at one value become one operation with two results; the value's other readers keep it.
// pass: join-lookups
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<3>> loc("Relu_0")
  %2 = "circuit.reencode"(%1) {range = [0, 1]} : (tensor<1x2x!tfhe.eint<3>>) -> tensor<1x2x!tfhe.eint<2>> loc("Relu_0")
  %3 = "circuit.lookup"(%0) {function = "sign", entries = dense<[[-1, -1, 0, 1], [1, 1, 0, -1]]> : tensor<2x4xi8>, index = dense<[0, 1]> : tensor<2xi8>, range = [-1, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Sign_1")
  %4 = "circuit.combine"(%2, %3, %0) {multipliers = [1, -1, 1], range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>, tensor<1x2x!tfhe.eint<2>>, tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Sub_2")
  "circuit.return"(%4) : (tensor<1x2x!tfhe.eint<2>>) -> ()
}) {name = "fork", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1, %2 = "circuit.lookup_many"(%0) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, function_1 = "sign", entries_1 = dense<[[-1, -1, 0, 1], [1, 1, 0, -1]]> : tensor<2x4xi8>, index_1 = dense<[0, 1]> : tensor<2xi8>, range = [0, 1], range_1 = [-1, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> (tensor<1x2x!tfhe.eint<3>>, tensor<1x2x!tfhe.eint<2>>) loc(fused["Relu_0", "Sign_1"])
  %3 = "circuit.reencode"(%1) {range = [0, 1]} : (tensor<1x2x!tfhe.eint<3>>) -> tensor<1x2x!tfhe.eint<2>> loc("Relu_0")
  %4 = "circuit.combine"(%3, %2, %0) {multipliers = [1, -1, 1], range = [-2, 1]} : (tensor<1x2x!tfhe.eint<2>>, tensor<1x2x!tfhe.eint<2>>, tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("Sub_2")
  "circuit.return"(%4) : (tensor<1x2x!tfhe.eint<2>>) -> ()
}) {name = "fork", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 1, real = f32}]} : () -> ()
