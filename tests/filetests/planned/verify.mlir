// Findings of the verifier: regions, codes and shapes that do not fit.

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/a") // error CML3091
  %2 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x3xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x3xf32>) -> tensor<1x3xf32>
    "planned.yield"(%s0) : (tensor<1x3xf32>) -> ()
  }) {function = "relu(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/b") // error CML3091, CML3091
  %3 = "planned.combine"(%0, %2) {signs = [1, 1], bits = 3, range = [-9, 4]} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/c") // error CML3091
  "planned.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "broken", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> () // error CML3091
