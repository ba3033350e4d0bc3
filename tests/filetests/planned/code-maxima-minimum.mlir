// Minima alike; what is no accumulator stays as it is.
// pass: code-maxima

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Gemm")
  %2 = "planned.gather"(%1) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %3 = "planned.gather"(%1) {axis = 1, indices = dense<1> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %4 = "planned.gather"(%0) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %5 = "planned.combine"(%2, %3) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %6 = "planned.lookup"(%5) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    %s1 = "float.neg"(%s0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s1) : (tensor<1x1xf32>) -> ()
  }) {function = "neg(relu(x))"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %7 = "planned.combine"(%2, %6) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %8 = "planned.combine"(%7, %4) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %9 = "planned.lookup"(%8) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    %s1 = "float.neg"(%s0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s1) : (tensor<1x1xf32>) -> ()
  }) {function = "neg(relu(x))"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %10 = "planned.combine"(%7, %9) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  "planned.return"(%10) : (tensor<1x1xf32>) -> ()
}) {name = "least", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    "planned.yield"(%x) : (tensor<1x2xf32>) -> ()
  }) {function = "x"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Gemm")
  %3 = "planned.gather"(%2) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %4 = "planned.gather"(%2) {axis = 1, indices = dense<1> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %5 = "planned.gather"(%0) {axis = 1, indices = dense<0> : tensor<1xi64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Max")
  %6 = "planned.combine"(%3, %4) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %7 = "planned.lookup"(%6) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    %s1 = "float.neg"(%s0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s1) : (tensor<1x1xf32>) -> ()
  }) {function = "neg(relu(x))"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %8 = "planned.combine"(%3, %7) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %9 = "planned.combine"(%8, %5) {signs = [1, -1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %10 = "planned.lookup"(%9) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    %s1 = "float.neg"(%s0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s1) : (tensor<1x1xf32>) -> ()
  }) {function = "neg(relu(x))"} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  %11 = "planned.combine"(%8, %10) {signs = [1, 1]} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Max")
  "planned.return"(%11) : (tensor<1x1xf32>) -> ()
}) {name = "least", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
