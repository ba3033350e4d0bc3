// Two functions move above an upsampling that repeats every value; a sum of two values, and what a gather leaves out, stay.
// pass: lift-functions
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[0, 0, -1, 1]> : tensor<4xi64>} : () -> tensor<4xi64> loc("/Resize")
  %2 = "float.gather"(%0, %1) {axis = 1} : (tensor<1x2xf32>, tensor<4xi64>) -> tensor<1x4xf32> loc("/Resize")
  %3 = "float.constant"() {value = dense<[2.0]> : tensor<1xf32>} : () -> tensor<1xf32> loc("/Mul")
  %4 = "float.mul"(%2, %3) : (tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xf32> loc("/Mul")
  %5 = "float.relu"(%4) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("/Relu")
  %6 = "float.add"(%5, %5) : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32> loc("/Add")
  %7 = "float.constant"() {value = dense<[1, 1, 1]> : tensor<3xi64>} : () -> tensor<3xi64> loc("/Gather")
  %8 = "float.gather"(%6, %7) {axis = 1} : (tensor<1x4xf32>, tensor<3xi64>) -> tensor<1x3xf32> loc("/Gather")
  %9 = "float.exp"(%8) : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("/Exp")
  "float.return"(%9) : (tensor<1x3xf32>) -> ()
}) {name = "upsampling", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[0, 0, -1, 1]> : tensor<4xi64>} : () -> tensor<4xi64> loc("/Resize")
  %2 = "float.constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32> loc("/Mul")
  %3 = "float.mul"(%0, %2) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32> loc("/Mul")
  %4 = "float.relu"(%3) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Relu")
  %5 = "float.gather"(%4, %1) {axis = 1} : (tensor<1x2xf32>, tensor<4xi64>) -> tensor<1x4xf32> loc("/Resize")
  %6 = "float.add"(%5, %5) : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32> loc("/Add")
  %7 = "float.constant"() {value = dense<1> : tensor<3xi64>} : () -> tensor<3xi64> loc("/Gather")
  %8 = "float.gather"(%6, %7) {axis = 1} : (tensor<1x4xf32>, tensor<3xi64>) -> tensor<1x3xf32> loc("/Gather")
  %9 = "float.exp"(%8) : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("/Exp")
  "float.return"(%9) : (tensor<1x3xf32>) -> ()
}) {name = "upsampling", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
