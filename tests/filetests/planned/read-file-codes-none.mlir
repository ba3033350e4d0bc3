// Nothing to read: an input without a quantizer keeps model_inputs bits.
// pass: read-file-codes

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.reshape"(%0) {shape = [2], classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/Reshape")
  "planned.return"(%1) : (tensor<2xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.reshape"(%0) {shape = [2], bits = 8, range = [-128, 127], code_scales = dense<0.029529411652508903> : tensor<f64>, code_offsets = dense<-0.08023520357468548> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/Reshape")
  "planned.return"(%1) : (tensor<2xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", scale = dense<0.029529411652508903> : tensor<f64>, zero = dense<2.7171284182314035> : tensor<f64>, low = -128, high = 127, real = f32, bits = 8, range = [-128, 127], code_scales = dense<0.029529411652508903> : tensor<f64>, code_offsets = dense<-0.08023520357468548> : tensor<f64>}], outputs = [{name = "y", scale = dense<0.029529411652508903> : tensor<f64>, zero = dense<2.7171284182314035> : tensor<f64>, low = -128, high = 127, real = f32}]} : () -> ()
