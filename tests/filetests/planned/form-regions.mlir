// Two layers: what follows a product is one region up to the next, however many operations it has.
// pass: form-regions

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %2 = "float.constant"() {value = dense<[0.125, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %3 = "float.gemm"(%0, %1, %2) {transB = true} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %4 = "float.sigmoid"(%3) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  %5 = "float.mul"(%3, %4) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %6 = "float.gemm"(%5, %1, %2) {transB = true} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("/b/Gemm")
  "float.return"(%6) : (tensor<1x2xf32>) -> ()
}) {name = "two_layers", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, 2.0], [-1.0, 0.25]]> : tensor<2x2xf64>, bias = dense<[0.125, -0.5]> : tensor<2xf64>, transposed = true} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    %s1 = "float.mul"(%x, %s0) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s1) : (tensor<1x2xf32>) -> ()
  }) {function = "mul(x, sigmoid(x))"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc(fused["/Sigmoid", "/Mul"])
  %3 = "planned.matmul"(%2) {weights = dense<[[0.5, 2.0], [-1.0, 0.25]]> : tensor<2x2xf64>, bias = dense<[0.125, -0.5]> : tensor<2xf64>, transposed = true} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/b/Gemm")
  "planned.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "two_layers", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
