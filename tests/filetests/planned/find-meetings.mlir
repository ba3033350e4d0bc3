// Both sides of a residual sum meet in it; the product's factor on the way is the affine's.
// pass: find-meetings
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.affine"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %c0 = "float.constant"() {value = dense<[2.0, 3.0]> : tensor<2xf32>} : () -> tensor<2xf32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %3 = "planned.combine"(%0, %2) {signs = [1, 1]} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Add")
  "planned.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "residual", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, meets = {sum = 0, position = 1, factor = dense<[2.0, 3.0]> : tensor<2xf64>}} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.affine"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %c0 = "float.constant"() {value = dense<[2.0, 3.0]> : tensor<2xf32>} : () -> tensor<2xf32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %3 = "planned.combine"(%0, %2) {signs = [1, 1]} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Add")
  "planned.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "residual", inputs = [{name = "x", meets = {sum = 0, position = 0}}], outputs = [{name = "y"}]} : () -> ()
