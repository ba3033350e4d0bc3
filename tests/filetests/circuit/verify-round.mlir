// A rounding that drops fewer than no bits.

"circuit.graph"() ({
^bb0(%0: tensor<1x1x!tfhe.eint<4>> loc("x")):
  %1 = "circuit.round"(%0) {drop = -1, method = "exact", range = [-8, 7]} : (tensor<1x1x!tfhe.eint<4>>) -> tensor<1x1x!tfhe.eint<3>> loc("/round") // error CML4090
  "circuit.return"(%1) : (tensor<1x1x!tfhe.eint<3>>) -> ()
}) {name = "bad", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()
