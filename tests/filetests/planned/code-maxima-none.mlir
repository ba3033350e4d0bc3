// A single maximum looks up one excess: codes would take more lookups.
// pass: code-maxima
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Gemm")
  %2 = "planned.gather"(%1) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %3 = "planned.gather"(%1) {axis = 1, indices = dense<1> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %4 = "planned.combine"(%2, %3) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %5 = "planned.lookup"(%4) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %6 = "planned.combine"(%3, %5) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  "planned.return"(%6) : (tensor<1x1xf32>) -> ()
}) {name = "pair", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Gemm")
  %2 = "planned.gather"(%1) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %3 = "planned.gather"(%1) {axis = 1, indices = dense<1> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %4 = "planned.combine"(%2, %3) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %5 = "planned.lookup"(%4) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %6 = "planned.combine"(%3, %5) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  "planned.return"(%6) : (tensor<1x1xf32>) -> ()
}) {name = "pair", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
