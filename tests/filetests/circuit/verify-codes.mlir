// A step with room for ten codes is not doubled.

"circuit.graph"() ({
^bb0(%0: tensor<1x1x!tfhe.eint<4, 10>> loc("x")):
  %1 = "circuit.reencode"(%0) {range = [-4, 3]} : (tensor<1x1x!tfhe.eint<4, 10>>) -> tensor<1x1x!tfhe.eint<3>> loc("/narrow") // error CML4090
  "circuit.return"(%1) : (tensor<1x1x!tfhe.eint<3>>) -> ()
}) {name = "bad", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -5, high = 4, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()
