// A masked element never is the larger one: the other takes its place.
// pass: drop-masked
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x"), %1: tensor<1x2xf32> loc("z")):
  %2 = "float.constant"() {value = dense<[[0.0, -1000000000.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("/Constant")
  %3 = "float.add"(%0, %2) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Add")
  %4 = "float.max"(%3, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Max")
  "float.return"(%4) : (tensor<1x2xf32>) -> ()
}) {name = "maximum", inputs = [{name = "x"}, {name = "z"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x"), %1: tensor<1x2xf32> loc("z")):
  %2 = "float.constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Max")
  %3 = "float.reshape"(%0, %2) {allowzero = true} : (tensor<1x2xf32>, tensor<1xi64>) -> tensor<2xf32> loc("/Max")
  %4 = "float.constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Max")
  %5 = "float.reshape"(%1, %4) {allowzero = true} : (tensor<1x2xf32>, tensor<1xi64>) -> tensor<2xf32> loc("/Max")
  %6 = "float.concat"(%3, %5) {axis = 0} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32> loc("/Max")
  %7 = "float.constant"() {value = dense<[0, 3]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Max")
  %8 = "float.gather"(%6, %7) {axis = 0} : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32> loc("/Max")
  %9 = "float.constant"() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Max")
  %10 = "float.reshape"(%8, %9) {allowzero = true} : (tensor<2xf32>, tensor<2xi64>) -> tensor<1x2xf32> loc("/Max")
  %11 = "float.max"(%10, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Max")
  "float.return"(%11) : (tensor<1x2xf32>) -> ()
}) {name = "maximum", inputs = [{name = "x"}, {name = "z"}], outputs = [{name = "y"}]} : () -> ()
