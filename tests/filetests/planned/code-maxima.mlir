// Three scores of one product are maxima's operands: they become codes first, and what is selected needs no coding of its own.
// pass: code-maxima

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0, 0.25], [2.0, 0.25, -0.75]]> : tensor<2x3xf64>} : (tensor<1x2xf32>) -> tensor<1x3xf32> loc("/Gemm")
  %2 = "planned.gather"(%1) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x3xf32>) -> tensor<1x1xf32> loc("/Max")
  %3 = "planned.gather"(%1) {axis = 1, indices = dense<1> : tensor<1xi64>} : (tensor<1x3xf32>) -> tensor<1x1xf32> loc("/Max")
  %4 = "planned.gather"(%1) {axis = 1, indices = dense<2> : tensor<1xi64>} : (tensor<1x3xf32>) -> tensor<1x1xf32> loc("/Max")
  %5 = "planned.combine"(%2, %3) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %6 = "planned.lookup"(%5) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %7 = "planned.combine"(%3, %6) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %8 = "planned.combine"(%7, %4) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %9 = "planned.lookup"(%8) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %10 = "planned.combine"(%4, %9) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %11 = "planned.lookup"(%10) ({
  ^bb0(%x: tensor<1x1xf32>):
    "planned.yield"(%x) : (tensor<1x1xf32>) -> ()
  }) {function = "x"} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %12 = "planned.matmul"(%11) {weights = dense<[[1.5, -0.5]]> : tensor<1x2xf64>} : (tensor<1x1xf32>) -> tensor<1x2xf32> loc("/Gemm_1")
  "planned.return"(%12) : (tensor<1x2xf32>) -> ()
}) {name = "largest", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0, 0.25], [2.0, 0.25, -0.75]]> : tensor<2x3xf64>} : (tensor<1x2xf32>) -> tensor<1x3xf32> loc("/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x3xf32>):
    "planned.yield"(%x) : (tensor<1x3xf32>) -> ()
  }) {function = "x"} : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("/Gemm")
  %3 = "planned.gather"(%2) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x3xf32>) -> tensor<1x1xf32> loc("/Max")
  %4 = "planned.gather"(%2) {axis = 1, indices = dense<1> : tensor<1xi64>} : (tensor<1x3xf32>) -> tensor<1x1xf32> loc("/Max")
  %5 = "planned.gather"(%2) {axis = 1, indices = dense<2> : tensor<1xi64>} : (tensor<1x3xf32>) -> tensor<1x1xf32> loc("/Max")
  %6 = "planned.combine"(%3, %4) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %7 = "planned.lookup"(%6) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %8 = "planned.combine"(%4, %7) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %9 = "planned.combine"(%8, %5) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %10 = "planned.lookup"(%9) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %11 = "planned.combine"(%5, %10) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %12 = "planned.matmul"(%11) {weights = dense<[[1.5, -0.5]]> : tensor<1x2xf64>} : (tensor<1x1xf32>) -> tensor<1x2xf32> loc("/Gemm_1")
  "planned.return"(%12) : (tensor<1x2xf32>) -> ()
}) {name = "largest", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
