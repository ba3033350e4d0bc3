// after plan-roundings
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x2x24xf32> loc("x0")):
  %1 = "planned.conv"(%0) {weights = dense_resource<elided_0868eca363f3235b> : tensor<4x2x3xf64>, bias = dense<[0.27069056034088135, -0.10611803084611893, -0.3594912886619568, 0.28253188729286194]> : tensor<4xf64>, strides = [2], dilations = [1], pads_begin = [0], pads_end = [0], seen = [-2.4583022594451904, 2.311544418334961], classes = "each", groups = "axis 1", read = "6:exact"} : (tensor<1x2x24xf32>) -> tensor<1x4x11xf32> loc("/0/Conv")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x4x11xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x4x11xf32>) -> tensor<1x4x11xf32>
    %s1 = "float.mul"(%x, %s0) : (tensor<1x4x11xf32>, tensor<1x4x11xf32>) -> tensor<1x4x11xf32>
    "planned.yield"(%s1) : (tensor<1x4x11xf32>) -> ()
  }) {function = "mul(x, sigmoid(x))", seen = [-0.27846434712409973, 2.103109359741211], classes = "axis 1", groups = "axis 1"} : (tensor<1x4x11xf32>) -> tensor<1x4x11xf32> loc(fused["/1/Sigmoid", "/1/Mul"])
  %3 = "planned.conv"(%2) {weights = dense_resource<elided_e3e02d83bb9e75b0> : tensor<4x2x3xf64>, bias = dense<[0.11555232107639313, -0.3334948420524597, -0.016332203522324562, 0.1234181746840477]> : tensor<4xf64>, strides = [1], dilations = [2], pads_begin = [0], pads_end = [0], group = 2, seen = [-0.6765842437744141, 0.8244385123252869], classes = "each", groups = "axis 1", read = "6:exact"} : (tensor<1x4x11xf32>) -> tensor<1x4x7xf32> loc("/2/Conv")
  %4 = "planned.lookup"(%3) ({
  ^bb0(%x: tensor<1x4x7xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x4x7xf32>) -> tensor<1x4x7xf32>
    "planned.yield"(%s0) : (tensor<1x4x7xf32>) -> ()
  }) {function = "relu(x)", seen = [0.0, 0.8244385123252869], classes = "each", groups = "axis 1"} : (tensor<1x4x7xf32>) -> tensor<1x4x7xf32> loc("/3/Relu")
  %5 = "planned.reshape"(%4) {shape = [1, 28], seen = [0.0, 0.8244385123252869], classes = "each", groups = dense_resource<elided_df2b35146c72783e> : tensor<28xi8>} : (tensor<1x4x7xf32>) -> tensor<1x28xf32> loc("/4/Flatten")
  %6 = "planned.matmul"(%5) {weights = dense_resource<elided_dbd084767b844b86> : tensor<28x3xf64>, bias = dense<[-0.12035273015499115, 0.17758455872535706, 0.05203760415315628]> : tensor<3xf64>, transposed = true, seen = [-0.3106512129306793, 0.2670286297798157], classes = "each", groups = "each"} : (tensor<1x28xf32>) -> tensor<1x3xf32> loc("/5/Gemm")
  "planned.return"(%6) : (tensor<1x3xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x0", seen = [-2.9374637603759766, 2.944984197616577], classes = "axis 1", groups = "each"}], outputs = [{name = "y"}], elided = true} : () -> ()
