// Approximate rounding costs no lookups: codes would.
// pass: code-factors
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc("/q")
  %2 = "planned.matmul"(%0) {weights = dense<[[1.0, 0.5], [-0.5, 0.75]]> : tensor<2x2xf64>} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc("/k")
  %3 = "planned.reshape"(%1) {shape = [1, 2, 1, 2]} : (tensor<1x2x2xf32>) -> tensor<1x2x1x2xf32> loc("/s")
  %4 = "planned.transpose"(%2) {perm = [0, 2, 1]} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc("/s")
  %5 = "planned.reshape"(%4) {shape = [1, 1, 2, 2]} : (tensor<1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/s")
  %6 = "planned.affine"(%3) ({
  ^bb0(%x: tensor<1x2x1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.15374145> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2x1x2xf32>, tensor<f32>) -> tensor<1x2x1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2x1x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32> loc("/s")
  %7 = "planned.affine"(%5) ({
  ^bb0(%x: tensor<1x1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<0.2995074> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x1x2x2xf32>, tensor<f32>) -> tensor<1x1x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/s")
  %8 = "planned.combine"(%6, %7) {signs = [1, 1], read = "6:approximate"} : (tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %9 = "planned.affine"(%3) ({
  ^bb0(%x: tensor<1x2x1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.15374145> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2x1x2xf32>, tensor<f32>) -> tensor<1x2x1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2x1x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32> loc("/s")
  %10 = "planned.affine"(%5) ({
  ^bb0(%x: tensor<1x1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<0.2995074> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x1x2x2xf32>, tensor<f32>) -> tensor<1x1x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/s")
  %11 = "planned.combine"(%9, %10) {signs = [1, -1], read = "6:approximate"} : (tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %12 = "planned.lookup"(%8) ({
  ^bb0(%x: tensor<1x2x2x2xf32>):
    %s0 = "float.mul"(%x, %x) : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x2x2x2xf32>) -> ()
  }) {function = "mul(x, x)"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %13 = "planned.lookup"(%11) ({
  ^bb0(%x: tensor<1x2x2x2xf32>):
    %s0 = "float.mul"(%x, %x) : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    %s1 = "float.neg"(%s0) : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    "planned.yield"(%s1) : (tensor<1x2x2x2xf32>) -> ()
  }) {function = "neg(mul(x, x))"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %14 = "planned.combine"(%12, %13) {signs = [1, 1]} : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %15 = "planned.reducesum"(%14) {axes = [3], keepdims = false, read = "6:approximate"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2xf32> loc("/s")
  %16 = "planned.lookup"(%15) ({
  ^bb0(%x: tensor<1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<5.4292707> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2x2xf32>, tensor<f32>) -> tensor<1x2x2xf32>
    %s1 = "float.relu"(%s0) : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
    "planned.yield"(%s1) : (tensor<1x2x2xf32>) -> ()
  }) {function = "relu(mul(x, c))", at_output = true} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc(fused["/s", "/r"])
  "planned.return"(%16) : (tensor<1x2x2xf32>) -> ()
}) {name = "prod", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc("/q")
  %2 = "planned.matmul"(%0) {weights = dense<[[1.0, 0.5], [-0.5, 0.75]]> : tensor<2x2xf64>} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc("/k")
  %3 = "planned.reshape"(%1) {shape = [1, 2, 1, 2]} : (tensor<1x2x2xf32>) -> tensor<1x2x1x2xf32> loc("/s")
  %4 = "planned.transpose"(%2) {perm = [0, 2, 1]} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc("/s")
  %5 = "planned.reshape"(%4) {shape = [1, 1, 2, 2]} : (tensor<1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/s")
  %6 = "planned.affine"(%3) ({
  ^bb0(%x: tensor<1x2x1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.15374145> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2x1x2xf32>, tensor<f32>) -> tensor<1x2x1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2x1x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32> loc("/s")
  %7 = "planned.affine"(%5) ({
  ^bb0(%x: tensor<1x1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<0.2995074> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x1x2x2xf32>, tensor<f32>) -> tensor<1x1x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/s")
  %8 = "planned.combine"(%6, %7) {signs = [1, 1], read = "6:approximate"} : (tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %9 = "planned.affine"(%3) ({
  ^bb0(%x: tensor<1x2x1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.15374145> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2x1x2xf32>, tensor<f32>) -> tensor<1x2x1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2x1x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x2x1x2xf32>) -> tensor<1x2x1x2xf32> loc("/s")
  %10 = "planned.affine"(%5) ({
  ^bb0(%x: tensor<1x1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<0.2995074> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x1x2x2xf32>, tensor<f32>) -> tensor<1x1x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x2xf32>) -> ()
  }) {function = "mul(x, c)"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/s")
  %11 = "planned.combine"(%9, %10) {signs = [1, -1], read = "6:approximate"} : (tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %12 = "planned.lookup"(%8) ({
  ^bb0(%x: tensor<1x2x2x2xf32>):
    %s0 = "float.mul"(%x, %x) : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x2x2x2xf32>) -> ()
  }) {function = "mul(x, x)"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %13 = "planned.lookup"(%11) ({
  ^bb0(%x: tensor<1x2x2x2xf32>):
    %s0 = "float.mul"(%x, %x) : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    %s1 = "float.neg"(%s0) : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    "planned.yield"(%s1) : (tensor<1x2x2x2xf32>) -> ()
  }) {function = "neg(mul(x, x))"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %14 = "planned.combine"(%12, %13) {signs = [1, 1]} : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> loc("/s")
  %15 = "planned.reducesum"(%14) {axes = [3], keepdims = false, read = "6:approximate"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2xf32> loc("/s")
  %16 = "planned.lookup"(%15) ({
  ^bb0(%x: tensor<1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<5.4292707> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.mul"(%x, %c0) : (tensor<1x2x2xf32>, tensor<f32>) -> tensor<1x2x2xf32>
    %s1 = "float.relu"(%s0) : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
    "planned.yield"(%s1) : (tensor<1x2x2xf32>) -> ()
  }) {function = "relu(mul(x, c))", at_output = true} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32> loc(fused["/s", "/r"])
  "planned.return"(%16) : (tensor<1x2x2xf32>) -> ()
}) {name = "prod", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
