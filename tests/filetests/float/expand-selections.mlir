// The largest of two neighbours becomes their difference, a function of it, and a sum.
// pass: expand-selections

"float.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "float.maxpool"(%0) {kernel_shape = [2], strides = [2], dilations = [1], pads = [0, 0]} : (tensor<1x1x4xf32>) -> tensor<1x1x2xf32> loc("/pool/MaxPool")
  "float.return"(%1) : (tensor<1x1x2xf32>) -> ()
}) {name = "pool", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[0, 2]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/pool/MaxPool")
  %2 = "float.gather"(%0, %1) {axis = 2} : (tensor<1x1x4xf32>, tensor<2xi64>) -> tensor<1x1x2xf32> loc("/pool/MaxPool")
  %3 = "float.constant"() {value = dense<[1, 3]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/pool/MaxPool")
  %4 = "float.gather"(%0, %3) {axis = 2} : (tensor<1x1x4xf32>, tensor<2xi64>) -> tensor<1x1x2xf32> loc("/pool/MaxPool")
  %5 = "float.sub"(%2, %4) : (tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/pool/MaxPool")
  %6 = "float.relu"(%5) : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/pool/MaxPool")
  %7 = "float.add"(%4, %6) : (tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/pool/MaxPool")
  "float.return"(%7) : (tensor<1x1x2xf32>) -> ()
}) {name = "pool", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
