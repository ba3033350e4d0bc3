// A product with constants, and a normalization, are new meanings of the same codes before a sum; a file's own padding value is a shift around code 0.
// pass: form-regions

"float.graph"() ({
^bb0(%0: tensor<1x1x2x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[2.0]> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "float.constant"() {value = dense<[0.5]> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "float.batchnormalization"(%0, %1, %2, %2, %1) {epsilon = 0.0 : f32} : (tensor<1x1x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32> loc("/BatchNormalization")
  %4 = "float.constant"() {value = dense<[0, 0, 0, 1, 0, 0, 0, 1]> : tensor<8xi64>} : () -> tensor<8xi64>
  %5 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32>
  %6 = "float.pad"(%3, %4, %5) {mode = "constant", has_value = true} : (tensor<1x1x2x2xf32>, tensor<8xi64>, tensor<f32>) -> tensor<1x1x2x4xf32> loc("/Pad")
  %7 = "float.averagepool"(%6) {kernel_shape = [2, 2], strides = [2, 2], dilations = [1, 1], pads = [0, 0, 0, 0]} : (tensor<1x1x2x4xf32>) -> tensor<1x1x1x2xf32> loc("/AveragePool")
  "float.return"(%7) : (tensor<1x1x1x2xf32>) -> ()
}) {name = "affine", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x1x2x2xf32> loc("x")):
  %1 = "planned.affine"(%0) ({
  ^bb0(%x: tensor<1x1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<2.0> : tensor<1xf32>} : () -> tensor<1xf32>
    %c1 = "float.constant"() {value = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
    %c2 = "float.constant"() {value = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
    %c3 = "float.constant"() {value = dense<2.0> : tensor<1xf32>} : () -> tensor<1xf32>
    %s0 = "float.batchnormalization"(%x, %c0, %c1, %c2, %c3) {epsilon = 0.0 : f32} : (tensor<1x1x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x2xf32>) -> ()
  }) {function = "map(x, c, c, c, c)"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/BatchNormalization")
  %2 = "planned.affine"(%1) ({
  ^bb0(%x: tensor<1x1x2x2xf32>):
    %c0 = "float.constant"() {value = dense<-0.25> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.add"(%x, %c0) : (tensor<1x1x2x2xf32>, tensor<f32>) -> tensor<1x1x2x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x2xf32>) -> ()
  }) {function = "add(x, c)"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/Pad")
  %3 = "planned.pad"(%2) {before = [0, 0, 0, 1], after = [0, 0, 0, 1]} : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x4xf32> loc("/Pad")
  %4 = "planned.affine"(%3) ({
  ^bb0(%x: tensor<1x1x2x4xf32>):
    %c0 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.add"(%x, %c0) : (tensor<1x1x2x4xf32>, tensor<f32>) -> tensor<1x1x2x4xf32>
    "planned.yield"(%s0) : (tensor<1x1x2x4xf32>) -> ()
  }) {function = "add(x, c)"} : (tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32> loc("/Pad")
  %5 = "planned.sumpool"(%4) {kernel_shape = [2, 2], strides = [2, 2], dilations = [1, 1], pads_begin = [0, 0], pads_end = [0, 0], divisors = dense<4.0> : tensor<2xf64>} : (tensor<1x1x2x4xf32>) -> tensor<1x1x1x2xf32> loc("/AveragePool")
  "planned.return"(%5) : (tensor<1x1x1x2xf32>) -> ()
}) {name = "affine", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
