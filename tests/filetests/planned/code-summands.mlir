// What is subtracted a mean of 4,096 has so many times as many codes: its weights are too coarse without codes.
// pass: code-summands
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, seen = [-2.0, 2.0], classes = "one", groups = "each", meets = {sum = 0, position = 0}} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.reducesum"(%1) {axes = [1], seen = [-4.0, 4.0]} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/n")
  %3 = "planned.affine"(%2) ({
  ^bb0(%x: tensor<1x1xf32>):
    %c0 = "float.constant"() {value = dense<4096.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.div"(%x, %c0) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "div(x, c)", seen = [-0.0009765625, 0.0009765625]} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/n")
  %4 = "planned.combine"(%1, %3) {signs = [1, -1], seen = [-2.0, 2.0], read = "unrounded"} : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32> loc("/n")
  %5 = "planned.lookup"(%4) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.mul"(%x, %x) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "mul(x, x)", seen = [0.0, 4.0]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/n")
  "planned.return"(%5) : (tensor<1x2xf32>) -> ()
}) {name = "norm", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, seen = [-2.0, 2.0], classes = "one", groups = "each", read = "unrounded"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    "planned.yield"(%x) : (tensor<1x2xf32>) -> ()
  }) {function = "x", seen = [-2.0, 2.0], classes = "one", groups = "each", meets = {sum = 0, position = 1, elements = "one", factor = dense<0.000244140625> : tensor<2xf64>}} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %3 = "planned.reducesum"(%2) {axes = [1], seen = [-4.0, 4.0]} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/n")
  %4 = "planned.affine"(%3) ({
  ^bb0(%x: tensor<1x1xf32>):
    %c0 = "float.constant"() {value = dense<4096.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.div"(%x, %c0) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
    "planned.yield"(%s0) : (tensor<1x1xf32>) -> ()
  }) {function = "div(x, c)", seen = [-0.0009765625, 0.0009765625]} : (tensor<1x1xf32>) -> tensor<1x1xf32> loc("/n")
  %5 = "planned.combine"(%2, %4) {signs = [1, -1], seen = [-2.0, 2.0], read = "unrounded"} : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32> loc("/n")
  %6 = "planned.lookup"(%5) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.mul"(%x, %x) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "mul(x, x)", seen = [0.0, 4.0]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/n")
  "planned.return"(%6) : (tensor<1x2xf32>) -> ()
}) {name = "norm", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
