// The arithmetic on shapes that exporters leave behind becomes a plain reshape.
// pass: fold-constants, remove-dead-nodes
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "float.shape"(%0) : (tensor<1x2x3xf32>) -> tensor<3xi64> loc("/Shape")
  %2 = "float.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64> loc("/Constant")
  %3 = "float.gather"(%1, %2) {axis = 0} : (tensor<3xi64>, tensor<i64>) -> tensor<i64> loc("/Gather")
  %4 = "float.constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Constant_1")
  %5 = "float.unsqueeze"(%3, %4) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64> loc("/Unsqueeze")
  %6 = "float.constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Constant_2")
  %7 = "float.concat"(%5, %6) {axis = 0} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64> loc("/Concat")
  %8 = "float.reshape"(%0, %7) : (tensor<1x2x3xf32>, tensor<2xi64>) -> tensor<1x6xf32> loc("/Reshape")
  "float.return"(%8) : (tensor<1x6xf32>) -> ()
}) {name = "flatten", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[1, -1]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Concat")
  %2 = "float.reshape"(%0, %1) : (tensor<1x2x3xf32>, tensor<2xi64>) -> tensor<1x6xf32> loc("/Reshape")
  "float.return"(%2) : (tensor<1x6xf32>) -> ()
}) {name = "flatten", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
