// after plan-roundings
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x8x8x1xf32> loc("x0")):
  %1 = "planned.reshape"(%0) {shape = [1, 1, 8, 8], seen = [0.0, 1.0], classes = "one", groups = "each"} : (tensor<1x8x8x1xf32>) -> tensor<1x1x8x8xf32> loc("sequential/conv2d/BiasAdd__13")
  %2 = "planned.conv"(%1) {weights = dense_resource<elided_b36afc11c6d72784> : tensor<4x1x3x3xf64>, bias = dense<[0.1695164144039154, 0.0937969759106636, -0.0011551595525816083, -0.26374489068984985]> : tensor<4xf64>, strides = [1, 1], dilations = [1, 1], pads_begin = [0, 0], pads_end = [0, 0], seen = [-1.066724419593811, 0.817915141582489], classes = "each", groups = "axis 1", read = "6:exact"} : (tensor<1x1x8x8xf32>) -> tensor<1x4x6x6xf32> loc("sequential/conv2d/BiasAdd")
  %3 = "planned.lookup"(%2) ({
  ^bb0(%x: tensor<1x4x6x6xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
    %c1 = "float.constant"() {value = dense<[1.800446, 1.8498626, 1.8892487, 1.7350929]> : tensor<4xf32>} : () -> tensor<4xf32>
    %c2 = "float.constant"() {value = dense<[-0.07540171, -0.048347116, 0.036608275, -0.04824956]> : tensor<4xf32>} : () -> tensor<4xf32>
    %c3 = "float.constant"() {value = dense<[0.08321947, 0.13271905, 0.13504036, 0.13889772]> : tensor<4xf32>} : () -> tensor<4xf32>
    %c4 = "float.constant"() {value = dense<[0.020540914, 0.023662295, 0.022721255, 0.03551658]> : tensor<4xf32>} : () -> tensor<4xf32>
    %s1 = "float.batchnormalization"(%s0, %c1, %c2, %c3, %c4) {epsilon = 0.001 : f32} : (tensor<1x4x6x6xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x6x6xf32>
    "planned.yield"(%s1) : (tensor<1x4x6x6xf32>) -> ()
  }) {function = "map(relu(x), c, c, c, c)", seen = [-1.6198629140853882, 6.888564109802246], classes = "axis 1", groups = "axis 1"} : (tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> loc(fused["sequential/conv2d/Relu", "sequential/batch_normalization/FusedBatchNormV3"])
  %4 = "planned.sumpool"(%3) {kernel_shape = [2, 2], strides = [2, 2], dilations = [1, 1], pads_begin = [0, 0], pads_end = [0, 0], divisors = dense<4.0> : tensor<36xf64>, seen = [-1.6198629140853882, 4.332855224609375], classes = "each", groups = "axis 1"} : (tensor<1x4x6x6xf32>) -> tensor<1x4x3x3xf32> loc("sequential/average_pooling2d/AvgPool")
  %5 = "planned.transpose"(%4) {perm = [0, 2, 3, 1], seen = [-1.6198629140853882, 4.332855224609375], classes = "each", groups = "axis 3"} : (tensor<1x4x3x3xf32>) -> tensor<1x3x3x4xf32> loc("sequential/average_pooling2d/AvgPool__23")
  %6 = "planned.reshape"(%5) {shape = [1, 36], seen = [-1.6198629140853882, 4.332855224609375], classes = "each", groups = dense_resource<elided_cd380429c376506f> : tensor<36xi8>} : (tensor<1x3x3x4xf32>) -> tensor<1x36xf32> loc("sequential/flatten_1/Reshape")
  %7 = "planned.matmul"(%6) {weights = dense_resource<elided_d652d4a8ea436495> : tensor<36x10xf64>, seen = [-9.74964427947998, 11.378832817077637], classes = "each", groups = "each"} : (tensor<1x36xf32>) -> tensor<1x10xf32> loc("sequential/dense_2/MatMul")
  "planned.return"(%7) : (tensor<1x10xf32>) -> ()
}) {name = "tf2onnx", inputs = [{name = "x0", seen = [0.0, 1.0], classes = "one", groups = "each"}], outputs = [{name = "sequential/dense_2/MatMul"}], elided = true, client_after = {inputs = [{name = "sequential/dense_2/MatMul", element = "f32", shape = [1, 10]}], steps = [{op = "float.constant", reads = [], element = "f32", shape = [10], with = {value = dense<[0.11417884, -0.007605942, -0.008432653, 0.026915846, -0.0023339828, -0.051997557, -0.04652504, 0.11123541, 0.009136933, -0.12958749]> : tensor<10xf32>}, from = ["sequential/dense_2/BiasAdd"]}, {op = "float.add", reads = [0, 1], element = "f32", shape = [1, 10], from = ["sequential/dense_2/BiasAdd"]}], outputs = [{name = "dense_2", value = 2}]}} : () -> ()
