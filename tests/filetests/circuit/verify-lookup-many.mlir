// Every table has a result of its own.

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<2>> loc("x")):
  %1 = "circuit.lookup_many"(%0) {function = "relu", entries = dense<[[0, 0, 0, 1]]> : tensor<1x4xi8>, index = dense<0> : tensor<i8>, function_1 = "step", entries_1 = dense<[[0, 0, 1, 1]]> : tensor<1x4xi8>, index_1 = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<1x2x!tfhe.eint<2>>) -> tensor<1x2x!tfhe.eint<2>> loc("two tables") // error CML4090
  "circuit.return"(%1) : (tensor<1x2x!tfhe.eint<2>>) -> ()
}) {name = "bad", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32, range = [-2, 1]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}]} : () -> ()
