// An embedding of the client's words becomes a product of their one-hot encoding with the table.
// pass: encode-gathers
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xi64> loc("words")):
  %1 = "float.constant"() {value = dense<[[0.5, -1.0], [2.0, 1.5], [-0.5, 0.25], [3.0, 4.0]]> : tensor<4x2xf32>} : () -> tensor<4x2xf32> loc("/Gather")
  %2 = "float.gather"(%1, %0) {axis = 0} : (tensor<4x2xf32>, tensor<1x2xi64>) -> tensor<1x2x2xf32> loc("/Gather")
  "float.return"(%2) : (tensor<1x2x2xf32>) -> ()
}) {name = "embedding", inputs = [{name = "words"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xi64> loc("words")):
  %1 = "float.cast"(%0) {to = i64} : (tensor<1x2xi64>) -> tensor<1x2xi64> loc("/Gather")
  %2 = "float.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64> loc("/Gather")
  %3 = "float.less"(%1, %2) : (tensor<1x2xi64>, tensor<i64>) -> tensor<1x2xi1> loc("/Gather")
  %4 = "float.constant"() {value = dense<4> : tensor<i64>} : () -> tensor<i64> loc("/Gather")
  %5 = "float.add"(%1, %4) : (tensor<1x2xi64>, tensor<i64>) -> tensor<1x2xi64> loc("/Gather")
  %6 = "float.where"(%3, %5, %1) : (tensor<1x2xi1>, tensor<1x2xi64>, tensor<1x2xi64>) -> tensor<1x2xi64> loc("/Gather")
  %7 = "float.constant"() {value = dense<[0, 1, 2, 3]> : tensor<4xi64>} : () -> tensor<4xi64> loc("/Gather")
  %8 = "float.constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Gather")
  %9 = "float.unsqueeze"(%6, %8) : (tensor<1x2xi64>, tensor<1xi64>) -> tensor<1x2x1xi64> loc("/Gather")
  %10 = "float.equal"(%9, %7) : (tensor<1x2x1xi64>, tensor<4xi64>) -> tensor<1x2x4xi1> loc("/Gather")
  %11 = "float.cast"(%10) {to = f32} : (tensor<1x2x4xi1>) -> tensor<1x2x4xf32> loc("/Gather")
  %12 = "float.constant"() {value = dense<[2, 4]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Gather")
  %13 = "float.reshape"(%11, %12) {allowzero = true} : (tensor<1x2x4xf32>, tensor<2xi64>) -> tensor<2x4xf32> loc("/Gather")
  %14 = "float.constant"() {value = dense<[[0.5, -1.0], [2.0, 1.5], [-0.5, 0.25], [3.0, 4.0]]> : tensor<4x2xf32>} : () -> tensor<4x2xf32> loc("/Gather")
  %15 = "float.matmul"(%13, %14) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32> loc("/Gather")
  %16 = "float.constant"() {value = dense<[1, 2, 2]> : tensor<3xi64>} : () -> tensor<3xi64> loc("/Gather")
  %17 = "float.reshape"(%15, %16) {allowzero = true} : (tensor<2x2xf32>, tensor<3xi64>) -> tensor<1x2x2xf32> loc("/Gather")
  "float.return"(%17) : (tensor<1x2x2xf32>) -> ()
}) {name = "embedding", inputs = [{name = "words"}], outputs = [{name = "y"}]} : () -> ()
