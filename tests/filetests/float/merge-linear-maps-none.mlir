// What lies between is read by something else, or has a function between: nothing is merged.
// pass: merge-linear-maps

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[1.0, 2.0], [-1.0, 0.5]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/a/MatMul")
  %3 = "float.matmul"(%2, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/b/MatMul")
  %4 = "float.relu"(%3) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Relu")
  %5 = "float.matmul"(%4, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/c/MatMul")
  "float.return"(%2, %5) : (tensor<1x2xf32>, tensor<1x2xf32>) -> ()
}) {name = "apart", inputs = [{name = "x"}], outputs = [{name = "y"}, {name = "z"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[1.0, 2.0], [-1.0, 0.5]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/a/MatMul")
  %3 = "float.matmul"(%2, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/b/MatMul")
  %4 = "float.relu"(%3) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Relu")
  %5 = "float.matmul"(%4, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/c/MatMul")
  "float.return"(%2, %5) : (tensor<1x2xf32>, tensor<1x2xf32>) -> ()
}) {name = "apart", inputs = [{name = "x"}], outputs = [{name = "y"}, {name = "z"}]} : () -> ()
