// Every value that lookups read gets its rounding; without one asked for, none.
// pass: plan-roundings
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  "planned.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "chain", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, classes = "each", groups = "each", read = "unrounded"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  "planned.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "chain", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
