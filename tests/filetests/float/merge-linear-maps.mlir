// A product with a bias, scaled, and a Gemm behind it: one product with one bias.
// pass: merge-linear-maps
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[1.0, 2.0], [-1.0, 0.5]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("/first/MatMul")
  %3 = "float.constant"() {value = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %4 = "float.add"(%3, %2) : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/first/Add")
  %5 = "float.constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %6 = "float.mul"(%4, %5) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32> loc("/Mul")
  %7 = "float.constant"() {value = dense<[[1.0, 0.0], [2.0, 1.0], [0.0, -1.0]]> : tensor<3x2xf32>} : () -> tensor<3x2xf32>
  %8 = "float.constant"() {value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %9 = "float.gemm"(%6, %7, %8) {transB = true} : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32> loc("/second/Gemm")
  "float.return"(%9) : (tensor<1x3xf32>) -> ()
}) {name = "two", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[2.0, 8.0, -4.0], [-2.0, -3.0, -1.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32> loc(fused["/first/MatMul", "/first/Add", "/Mul", "/second/Gemm"])
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32> loc(fused["/first/MatMul", "/first/Add", "/Mul", "/second/Gemm"])
  %3 = "float.constant"() {value = dense<[2.0, 3.0, 4.0]> : tensor<3xf32>} : () -> tensor<3xf32> loc(fused["/first/MatMul", "/first/Add", "/Mul", "/second/Gemm"])
  %4 = "float.add"(%2, %3) : (tensor<1x3xf32>, tensor<3xf32>) -> tensor<1x3xf32> loc(fused["/first/MatMul", "/first/Add", "/Mul", "/second/Gemm"])
  "float.return"(%4) : (tensor<1x3xf32>) -> ()
}) {name = "two", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
