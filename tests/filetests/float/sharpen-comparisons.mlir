// A count of met conditions is compared with thresholds between whole numbers; x itself need not be whole and keeps its own.
// pass: sharpen-comparisons
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32> loc("/Less")
  %2 = "float.less"(%0, %1) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xi1> loc("/Less")
  %3 = "float.cast"(%2) {to = f32} : (tensor<1x2xi1>) -> tensor<1x2xf32> loc("/Cast")
  %4 = "float.constant"() {value = dense<[[1.0, 1.0], [1.0, -1.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("/MatMul")
  %5 = "float.matmul"(%3, %4) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/MatMul")
  %6 = "float.constant"() {value = dense<[2.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/Equal")
  %7 = "float.equal"(%6, %5) : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1x2xi1> loc("/Equal")
  "float.return"(%7) : (tensor<1x2xi1>) -> ()
}) {name = "counts", inputs = [{name = "x"}], outputs = [{name = "met"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32> loc("/Less")
  %2 = "float.less"(%0, %1) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xi1> loc("/Less")
  %3 = "float.cast"(%2) {to = f32} : (tensor<1x2xi1>) -> tensor<1x2xf32> loc("/Cast")
  %4 = "float.constant"() {value = dense<[[1.0, 1.0], [1.0, -1.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32> loc("/MatMul")
  %5 = "float.matmul"(%3, %4) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/MatMul")
  %6 = "float.constant"() {value = dense<[1.5, 0.5]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/Equal")
  %7 = "float.greater"(%5, %6) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xi1> loc("/Equal")
  %8 = "float.constant"() {value = dense<[2.5, 1.5]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/Equal")
  %9 = "float.less"(%5, %8) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xi1> loc("/Equal")
  %10 = "float.and"(%7, %9) : (tensor<1x2xi1>, tensor<1x2xi1>) -> tensor<1x2xi1> loc("/Equal")
  "float.return"(%10) : (tensor<1x2xi1>) -> ()
}) {name = "counts", inputs = [{name = "x"}], outputs = [{name = "met"}]} : () -> ()
