// The sum over an axis asks for one scale along it; columns of a product are roles of their own, which a transpose carries on.
// pass: group-scales
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<2x3xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf64>} : (tensor<2x3xf32>) -> tensor<2x2xf32> loc("/MatMul")
  %2 = "planned.transpose"(%1) {perm = [1, 0]} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Transpose")
  %3 = "planned.reducesum"(%2) {axes = [1], keepdims = false} : (tensor<2x2xf32>) -> tensor<2xf32> loc("/ReduceSum")
  "planned.return"(%3) : (tensor<2xf32>) -> ()
}) {name = "sums", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<2x3xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf64>, classes = "axis 1", groups = "axis 1"} : (tensor<2x3xf32>) -> tensor<2x2xf32> loc("/MatMul")
  %2 = "planned.transpose"(%1) {perm = [1, 0], classes = "axis 0", groups = "axis 0"} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Transpose")
  %3 = "planned.reducesum"(%2) {axes = [1], keepdims = false, classes = "each", groups = "each"} : (tensor<2x2xf32>) -> tensor<2xf32> loc("/ReduceSum")
  "planned.return"(%3) : (tensor<2xf32>) -> ()
}) {name = "sums", inputs = [{name = "x", classes = "axis 1", groups = "each"}], outputs = [{name = "y"}]} : () -> ()
