// SAME_UPPER puts the odd cell of padding behind.
// pass: resolve-auto-pad
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32>} : () -> tensor<1x1x2xf32> loc("weight")
  %2 = "float.conv"(%0, %1) {kernel_shape = [2], strides = [1], dilations = [1], pads = [0, 0], auto_pad = "SAME_UPPER"} : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x4xf32> loc("/conv/Conv")
  "float.return"(%2) : (tensor<1x1x4xf32>) -> ()
}) {name = "same", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32>} : () -> tensor<1x1x2xf32> loc("weight")
  %2 = "float.conv"(%0, %1) {kernel_shape = [2], strides = [1], dilations = [1], pads = [0, 1]} : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x4xf32> loc("/conv/Conv")
  "float.return"(%2) : (tensor<1x1x4xf32>) -> ()
}) {name = "same", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
