// Only a movement: the client's codes are moved, and no lookup is made.
// pass: choose-codes

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.transpose"(%0) {perm = [1, 0], classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Transpose")
  "planned.return"(%1) : (tensor<2x1xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.transpose"(%0) {perm = [1, 0], bits = 5, range = [-15, 14], code_scales = dense<[[0.25837225209513015], [0.2539407474222491]]> : tensor<2x1xf64>, code_offsets = dense<[[0.034186097437335805], [-0.007787935538753538]]> : tensor<2x1xf64>} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Transpose")
  "planned.return"(%1) : (tensor<2x1xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", scale = dense<[[0.25837225209513015, 0.2539407474222491]]> : tensor<1x2xf64>, zero = dense<[[-0.13231334696401073, 0.03066831777809911]]> : tensor<1x2xf64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<[[0.25837225209513015, 0.2539407474222491]]> : tensor<1x2xf64>, code_offsets = dense<[[0.034186097437335805, -0.007787935538753538]]> : tensor<1x2xf64>}], outputs = [{name = "y", scale = dense<[[0.25837225209513015], [0.2539407474222491]]> : tensor<2x1xf64>, zero = dense<[[-0.13231334696401073], [0.03066831777809911]]> : tensor<2x1xf64>, low = -16, high = 15, real = f32}]} : () -> ()
