// A label that the model itself has decided on is looked up as it was: the client does it when it has decrypted.
// pass: encode-gathers

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[1.0, 2.0, -1.0], [0.5, 1.0, -1.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32> loc("/MatMul")
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32> loc("/MatMul")
  %3 = "float.argmax"(%2) {axis = 1, keepdims = false} : (tensor<1x3xf32>) -> tensor<1xi64> loc("/ArgMax")
  %4 = "float.constant"() {value = dense<[7.0, 9.0, 4.0]> : tensor<3xf32>} : () -> tensor<3xf32> loc("/Gather")
  %5 = "float.gather"(%4, %3) {axis = 0} : (tensor<3xf32>, tensor<1xi64>) -> tensor<1xf32> loc("/Gather")
  "float.return"(%5) : (tensor<1xf32>) -> ()
}) {name = "labels", inputs = [{name = "x"}], outputs = [{name = "label"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[1.0, 2.0, -1.0], [0.5, 1.0, -1.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32> loc("/MatMul")
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32> loc("/MatMul")
  %3 = "float.argmax"(%2) {axis = 1, keepdims = false} : (tensor<1x3xf32>) -> tensor<1xi64> loc("/ArgMax")
  %4 = "float.constant"() {value = dense<[7.0, 9.0, 4.0]> : tensor<3xf32>} : () -> tensor<3xf32> loc("/Gather")
  %5 = "float.gather"(%4, %3) {axis = 0} : (tensor<3xf32>, tensor<1xi64>) -> tensor<1xf32> loc("/Gather")
  "float.return"(%5) : (tensor<1xf32>) -> ()
}) {name = "labels", inputs = [{name = "x"}], outputs = [{name = "label"}]} : () -> ()
