// The thresholds of trees, the points that distances are measured to, and movements alone are no work of the client's.
// pass: cut-client-parts

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[0.5, -1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/Tree")
  %2 = "float.less"(%0, %1) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xi1> loc("/Tree")
  %3 = "float.cast"(%2) {to = f32} : (tensor<1x2xi1>) -> tensor<1x2xf32> loc("/Tree")
  %4 = "float.constant"() {value = dense<[[0.5, -1.0], [1.0, 1.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("/Distance")
  %5 = "float.sub"(%0, %4) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Distance")
  %6 = "float.abs"(%5) : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Distance")
  %7 = "float.matmul"(%3, %6) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/MatMul")
  %8 = "float.transpose"(%7) {perm = [1, 0]} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Transpose")
  "float.return"(%8) : (tensor<2x1xf32>) -> ()
}) {name = "weights", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[0.5, -1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/Tree")
  %2 = "float.less"(%0, %1) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xi1> loc("/Tree")
  %3 = "float.cast"(%2) {to = f32} : (tensor<1x2xi1>) -> tensor<1x2xf32> loc("/Tree")
  %4 = "float.constant"() {value = dense<[[0.5, -1.0], [1.0, 1.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("/Distance")
  %5 = "float.sub"(%0, %4) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Distance")
  %6 = "float.abs"(%5) : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Distance")
  %7 = "float.matmul"(%3, %6) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/MatMul")
  %8 = "float.transpose"(%7) {perm = [1, 0]} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Transpose")
  "float.return"(%8) : (tensor<2x1xf32>) -> ()
}) {name = "weights", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
