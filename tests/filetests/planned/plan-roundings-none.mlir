// Without a lookup nothing is read.
// pass: plan-roundings
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5], [2.0]]> : tensor<2x1xf64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/a/Gemm")
  "planned.return"(%1) : (tensor<1x1xf32>) -> ()
}) {name = "linear", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5], [2.0]]> : tensor<2x1xf64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/a/Gemm")
  "planned.return"(%1) : (tensor<1x1xf32>) -> ()
}) {name = "linear", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
