// A linear operation whose operand has another step than its result.

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<4>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[3], [-2]]> : tensor<2x1xi8>, range = [-18, 17]} : (tensor<1x2x!tfhe.eint<4>>) -> tensor<1x1x!tfhe.eint<6>> loc("two steps") // error CML4090
  "circuit.return"(%1) : (tensor<1x1x!tfhe.eint<6>>) -> ()
}) {name = "bad", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -18, high = 17, real = f32}]} : () -> ()
