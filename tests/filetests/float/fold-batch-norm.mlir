// The normalization behind a convolution moves into its weights, channel by channel.
// pass: fold-batch-norm, fold-constants, remove-dead-nodes
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x1x3x3xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[[[1.0, -2.0], [0.5, 3.0]]], [[[0.25, 1.5], [-1.0, 2.0]]]]> : tensor<2x1x2x2xf32>} : () -> tensor<2x1x2x2xf32> loc("conv.weight")
  %2 = "float.constant"() {value = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32> loc("conv.bias")
  %3 = "float.conv"(%0, %1, %2) {kernel_shape = [2, 2], strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0]} : (tensor<1x1x3x3xf32>, tensor<2x1x2x2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32> loc("/conv/Conv")
  %4 = "float.constant"() {value = dense<[2.0, 0.5]> : tensor<2xf32>} : () -> tensor<2xf32> loc("bn.weight")
  %5 = "float.constant"() {value = dense<[1.0, -1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("bn.bias")
  %6 = "float.constant"() {value = dense<[0.5, 0.25]> : tensor<2xf32>} : () -> tensor<2xf32> loc("bn.running_mean")
  %7 = "float.constant"() {value = dense<[4.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("bn.running_var")
  %8 = "float.batchnormalization"(%3, %4, %5, %6, %7) {epsilon = 1.0e-05 : f32} : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32> loc("/bn/BatchNormalization")
  "float.return"(%8) : (tensor<1x2x2x2xf32>) -> ()
}) {name = "conv_bn", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x1x3x3xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[[[0.99999875, -1.9999975], [0.49999937, 2.9999962]]], [[[0.124999374, 0.74999624], [-0.4999975, 0.999995]]]]> : tensor<2x1x2x2xf32>} : () -> tensor<2x1x2x2xf32> loc("/bn/BatchNormalization")
  %2 = "float.constant"() {value = dense<[1.0, -1.3749981]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/bn/BatchNormalization")
  %3 = "float.conv"(%0, %1, %2) {kernel_shape = [2, 2], strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0]} : (tensor<1x1x3x3xf32>, tensor<2x1x2x2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32> loc(fused["/conv/Conv", "/bn/BatchNormalization"])
  "float.return"(%3) : (tensor<1x2x2x2xf32>) -> ()
}) {name = "conv_bn", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
