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
  %1 = "quantized.reshape"(%0) {shape = [2], bits = 5, range = [-16, 15], code_scales = dense<0.24042561198972887> : tensor<f64>, code_offsets = dense<0.06361589644801229> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/Reshape")
  "planned.return"(%1) : (tensor<2xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", scale = dense<0.24042561198972887> : tensor<f64>, zero = dense<-0.2645970032956805> : tensor<f64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<0.24042561198972887> : tensor<f64>, code_offsets = dense<0.06361589644801229> : tensor<f64>}], outputs = [{name = "y", scale = dense<0.24042561198972887> : tensor<f64>, zero = dense<-0.2645970032956805> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()
