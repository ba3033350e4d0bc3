// Nothing to tabulate: operations on codes pass as they are.
// pass: tabulate

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.reshape"(%0) {shape = [2, 1], bits = 3, range = [-4, 3]} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Reshape")
  "planned.return"(%1) : (tensor<2x1xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, bits = 3, range = [-4, 3]}], outputs = [{name = "y", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()

// expect
"quantized.graph"() ({
^bb0(%0: tensor<1x2xi3> loc("x")):
  %1 = "quantized.reshape"(%0) {shape = [2, 1], range = [-4, 3]} : (tensor<1x2xi3>) -> tensor<2x1xi3> loc("/Reshape")
  "quantized.return"(%1) : (tensor<2x1xi3>) -> ()
}) {name = "movement", inputs = [{name = "x", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32, range = [-4, 3]}], outputs = [{name = "y", scale = dense<0.5> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()
