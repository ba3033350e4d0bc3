// What a text says already stays, be it exact or approximate; an input that a lookup reads is decided too.
// pass: plan-roundings
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.abs"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "abs(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Abs")
  %2 = "planned.matmul"(%1) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, read = "6:exact"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %3 = "planned.lookup"(%2) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  %4 = "planned.matmul"(%3) {weights = dense<[[0.5], [2.0]]> : tensor<2x1xf64>, read = "5:approximate"} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/b/Gemm")
  %5 = "planned.lookup"(%4) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.tanh"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "tanh(x)", at_output = true} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Tanh")
  "planned.return"(%5) : (tensor<1x1xf32>) -> ()
}) {name = "chain", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.abs"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "abs(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Abs")
  %2 = "planned.matmul"(%1) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, read = "6:exact"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %3 = "planned.lookup"(%2) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  %4 = "planned.matmul"(%3) {weights = dense<[[0.5], [2.0]]> : tensor<2x1xf64>, read = "5:approximate"} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/b/Gemm")
  %5 = "planned.lookup"(%4) ({
  ^bb0(%x: tensor<1x1xf32>):
    %s0 = "float.tanh"(%x) : (tensor<1x1xf32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "tanh(x)", at_output = true} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/Tanh")
  "planned.return"(%5) : (tensor<1x1xf32>) -> ()
}) {name = "chain", inputs = [{name = "x", read = "unrounded"}], outputs = [{name = "y"}]} : () -> ()
