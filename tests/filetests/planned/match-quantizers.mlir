// A quantizer spelled as QuantizeLinear, Clip and DequantizeLinear becomes one operation; the other product stays.
// pass: match-quantizers

"float.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32>
  %2 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %3 = "float.constant"() {value = dense<7.0> : tensor<f32>} : () -> tensor<f32>
  %4 = "float.div"(%0, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %5 = "float.round"(%4) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("/q")
  %6 = "float.clip"(%5, %2, %3) {has_min = true, has_max = true} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %7 = "float.cast"(%6) {to = i8} : (tensor<1x4xf32>) -> tensor<1x4xi8> loc("/q")
  %8 = "float.cast"(%7) {to = f32} : (tensor<1x4xi8>) -> tensor<1x4xf32> loc("/d")
  %9 = "float.mul"(%8, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  %10 = "float.mul"(%9, %3) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/Mul")
  "float.return"(%10) : (tensor<1x4xf32>) -> ()
}) {name = "quantizer", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<7.0> : tensor<f32>} : () -> tensor<f32>
  %2 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32> loc("/d")
  %3 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32> loc("/d")
  %4 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32> loc("/d")
  %5 = "float.quant"(%0, %2, %3, %4) {rounding_mode = "ROUND"} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  %6 = "float.mul"(%5, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/Mul")
  "float.return"(%6) : (tensor<1x4xf32>) -> ()
}) {name = "quantizer", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
