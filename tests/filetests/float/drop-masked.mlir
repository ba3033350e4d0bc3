// The exponential of a masked element is 0, whatever the element is; nothing is added to it any more.
// pass: drop-masked
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[0.0, -1000000000.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("/Constant")
  %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Add")
  %3 = "float.exp"(%2) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "exp", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Exp")
  %2 = "float.reshape"(%0, %1) {allowzero = true} : (tensor<1x2xf32>, tensor<1xi64>) -> tensor<2xf32> loc("/Exp")
  %3 = "float.constant"() {value = dense<0> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Exp")
  %4 = "float.gather"(%2, %3) {axis = 0} : (tensor<2xf32>, tensor<2xi64>) -> tensor<2xf32> loc("/Exp")
  %5 = "float.constant"() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Exp")
  %6 = "float.reshape"(%4, %5) {allowzero = true} : (tensor<2xf32>, tensor<2xi64>) -> tensor<1x2xf32> loc("/Exp")
  %7 = "float.exp"(%6) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  %8 = "float.constant"() {value = dense<0.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("/Exp")
  %9 = "float.constant"() {value = dense<[[false, true]]> : tensor<1x2xi1>} : () -> tensor<1x2xi1> loc("/Exp")
  %10 = "float.where"(%9, %8, %7) : (tensor<1x2xi1>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  "float.return"(%10) : (tensor<1x2xf32>) -> ()
}) {name = "exp", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
