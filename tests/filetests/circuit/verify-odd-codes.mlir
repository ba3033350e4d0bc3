// Half a turn has room for an even number of codes.

"circuit.graph"() ({
^bb0(%0: tensor<1x1x!tfhe.eint<4, 10>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "one", entries = dense<1> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, range = [1, 1]} : (tensor<1x1x!tfhe.eint<4, 10>>) -> tensor<1x1x!tfhe.eint<3, 5>> loc("/odd") // error CML4090
  %2 = "circuit.lookup"(%1) {function = "one", entries = dense<1> : tensor<1x8xi8>, index = dense<0> : tensor<i8>, range = [1, 1]} : (tensor<1x1x!tfhe.eint<3, 5>>) -> tensor<1x1x!tfhe.eint<3>> loc("/one")
  "circuit.return"(%2) : (tensor<1x1x!tfhe.eint<3>>) -> ()
}) {name = "bad", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -5, high = 4, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()
