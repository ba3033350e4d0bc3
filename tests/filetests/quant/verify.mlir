// Integer graphs that can be read but mean nothing.

"quantized.graph"() ({
^bb0(%0: tensor<1x2xi4> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[3], [-2], [1]]> : tensor<3x1xi8>, range = [-18, 17]} : (tensor<1x2xi4>) -> tensor<1x1xi6> loc("three rows") // error CML3090
  %2 = "quantized.lookup"(%0) {function = "relu", entries = dense<[[0, 1]]> : tensor<1x2xi8>, index = dense<0> : tensor<i8>, range = [0, 1]} : (tensor<1x2xi4>) -> tensor<1x2xi2> loc("short table") // error CML3090
  "quantized.return"(%2) : (tensor<1x2xi2>) -> ()
}) {name = "bad", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = 0, high = 1, real = f32}]} : () -> ()
