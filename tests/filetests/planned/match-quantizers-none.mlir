// Another scale comes back than went in: no quantizer, and nothing is done.
// pass: match-quantizers

"float.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32>
  %2 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %3 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %4 = "float.constant"() {value = dense<7.0> : tensor<f32>} : () -> tensor<f32>
  %5 = "float.div"(%0, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %6 = "float.round"(%5) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("/q")
  %7 = "float.clip"(%6, %3, %4) {has_min = true, has_max = true} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %8 = "float.cast"(%7) {to = i8} : (tensor<1x4xf32>) -> tensor<1x4xi8> loc("/q")
  %9 = "float.cast"(%8) {to = f32} : (tensor<1x4xi8>) -> tensor<1x4xf32> loc("/d")
  %10 = "float.mul"(%9, %2) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  "float.return"(%10) : (tensor<1x4xf32>) -> ()
}) {name = "no_quantizer", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32>
  %2 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %3 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %4 = "float.constant"() {value = dense<7.0> : tensor<f32>} : () -> tensor<f32>
  %5 = "float.div"(%0, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %6 = "float.round"(%5) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("/q")
  %7 = "float.clip"(%6, %3, %4) {has_min = true, has_max = true} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %8 = "float.cast"(%7) {to = i8} : (tensor<1x4xf32>) -> tensor<1x4xi8> loc("/q")
  %9 = "float.cast"(%8) {to = f32} : (tensor<1x4xi8>) -> tensor<1x4xf32> loc("/d")
  %10 = "float.mul"(%9, %2) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  "float.return"(%10) : (tensor<1x4xf32>) -> ()
}) {name = "no_quantizer", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
