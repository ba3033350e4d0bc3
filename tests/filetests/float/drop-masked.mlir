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
  %1 = "float.exp"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  %2 = "float.constant"() {value = dense<0.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32> loc("/Exp")
  %3 = "float.constant"() {value = dense<[[false, true]]> : tensor<1x2xi1>} : () -> tensor<1x2xi1> loc("/Exp")
  %4 = "float.where"(%3, %2, %1) : (tensor<1x2xi1>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  "float.return"(%4) : (tensor<1x2xf32>) -> ()
}) {name = "exp", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
