// Two clips around a zero point: the tighter bounds count, and codes from -3 to 3 are narrow ones of three bits.
// pass: match-quantizers

"float.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %2 = "float.constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %3 = "float.constant"() {value = dense<-128.0> : tensor<f32>} : () -> tensor<f32>
  %4 = "float.constant"() {value = dense<127.0> : tensor<f32>} : () -> tensor<f32>
  %5 = "float.constant"() {value = dense<-3> : tensor<i8>} : () -> tensor<i8>
  %6 = "float.constant"() {value = dense<3> : tensor<i8>} : () -> tensor<i8>
  %7 = "float.div"(%0, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %8 = "float.round"(%7) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("/q")
  %9 = "float.add"(%8, %2) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %10 = "float.clip"(%9, %3, %4) {has_min = true, has_max = true} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32> loc("/q")
  %11 = "float.cast"(%10) {to = i8} : (tensor<1x4xf32>) -> tensor<1x4xi8> loc("/q")
  %12 = "float.clip"(%11, %5, %6) {has_min = true, has_max = true} : (tensor<1x4xi8>, tensor<i8>, tensor<i8>) -> tensor<1x4xi8> loc("/clip")
  %13 = "float.cast"(%12) {to = f32} : (tensor<1x4xi8>) -> tensor<1x4xf32> loc("/d")
  %14 = "float.sub"(%13, %2) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  %15 = "float.mul"(%14, %1) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  "float.return"(%15) : (tensor<1x4xf32>) -> ()
}) {name = "narrow", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32> loc("/d")
  %2 = "float.constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32> loc("/d")
  %3 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32> loc("/d")
  %4 = "float.quant"(%0, %1, %2, %3) {signed = true, narrow = true, rounding_mode = "ROUND_RATIO"} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32> loc("/d")
  "float.return"(%4) : (tensor<1x4xf32>) -> ()
}) {name = "narrow", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
