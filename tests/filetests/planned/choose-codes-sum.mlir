// A residual sum: the product's weights are chosen so that its scale is a whole multiple of the other side's.
// pass: choose-codes

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, classes = "each", groups = "each", meets = {sum = 0, position = 1}} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.combine"(%0, %1) {signs = [1, -1], classes = "each", groups = "each"} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sub")
  "planned.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "residual", inputs = [{name = "x", classes = "each", groups = "each", meets = {sum = 0, position = 0}}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[1, -4], [4, 1]]> : tensor<2x2xi8>, bits = 8, range = [-71, 70], code_scales = dense<[[0.12918612604756508, 0.06348518685556227]]> : tensor<1x2xf64>, code_offsets = dense<[[0.011817325893525063, -0.03792757932649888]]> : tensor<1x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "quantized.scale"(%0) {factors = dense<[[-2, -4]]> : tensor<1x2xi8>, bits = 7, range = [-56, 60]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sub")
  %3 = "quantized.combine"(%2, %1) {multipliers = [1, 1], bits = 8, range = [-78, 94], code_scales = dense<[[-0.12918612604756508, -0.06348518685556227]]> : tensor<1x2xf64>, code_offsets = dense<[[0.022368771543810742, 0.030139643787745342]]> : tensor<1x2xf64>} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sub")
  "planned.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "residual", inputs = [{name = "x", scale = dense<[[0.25837225209513015, 0.2539407474222491]]> : tensor<1x2xf64>, zero = dense<[[-0.13231334696401073, 0.03066831777809911]]> : tensor<1x2xf64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<[[0.25837225209513015, 0.2539407474222491]]> : tensor<1x2xf64>, code_offsets = dense<[[0.034186097437335805, -0.007787935538753538]]> : tensor<1x2xf64>}], outputs = [{name = "y", scale = dense<[[-0.12918612604756508, -0.06348518685556227]]> : tensor<1x2xf64>, zero = dense<[[0.1731515003056503, 0.47475080850462437]]> : tensor<1x2xf64>, low = -128, high = 127, real = f32}]} : () -> ()
