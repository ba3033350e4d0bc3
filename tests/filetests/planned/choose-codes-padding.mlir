// Inputs about 1 have codes about another middle than 0: the padding's operand is shifted, and the shifted codes say what they mean beside their own offsets.
// pass: choose-codes

"planned.graph"() ({
^bb0(%0: tensor<1x1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x1x2xf32>):
    %s0 = "float.exp"(%x) : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2xf32>) -> ()
  }) {function = "exp(x)", classes = "one", groups = "each", exact_zero = true} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/Exp")
  %2 = "planned.centre"(%1) {classes = "one", groups = "each", exact_zero = true} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/Conv")
  %3 = "planned.conv"(%2) {weights = dense<[[[1.0, -1.0]]]> : tensor<1x1x2xf64>, strides = [1], dilations = [1], pads_begin = [1], pads_end = [0], classes = "each", groups = "one"} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/Conv")
  "planned.return"(%3) : (tensor<1x1x2xf32>) -> ()
}) {name = "padding", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x1x2xf32> loc("x")):
  %1 = "planned.coded_lookup"(%0) ({
  ^bb0(%x: tensor<1x1x2xf32>):
    %s0 = "float.exp"(%x) : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
    "planned.yield"(%s0) : (tensor<1x1x2xf32>) -> ()
  }) {function = "exp(x)", reads_scales = dense<[[[0.25837225209513015, 0.2539407474222491]]]> : tensor<1x1x2xf64>, reads_offsets = dense<[[[0.034186097437335805, -0.007787935538753538]]]> : tensor<1x1x2xf64>, multiplier = dense<1> : tensor<i8>, shift = dense<0> : tensor<i8>, window = 16, gives_scales = dense<2.6670362646484373> : tensor<f64>, gives_offsets = dense<21.3362901171875> : tensor<f64>, low = -8, high = 7, bits = 4, range = [-8, 7], code_scales = dense<2.6670362646484373> : tensor<f64>, code_offsets = dense<21.3362901171875> : tensor<f64>} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/Exp")
  %2 = "quantized.shift"(%1) {offsets = dense<8> : tensor<i8>, bits = 5, range = [0, 14], code_scales = dense<2.6670362646484373> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/Conv")
  %3 = "quantized.conv"(%2) {weights = dense<[[[1, -1]]]> : tensor<1x1x2xi8>, strides = [1], dilations = [1], pads_begin = [1], pads_end = [0], bits = 5, range = [-14, 14], code_scales = dense<2.6670362646484373> : tensor<f64>, code_offsets = dense<0.011715525318197617> : tensor<f64>} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32> loc("/Conv")
  "planned.return"(%3) : (tensor<1x1x2xf32>) -> ()
}) {name = "padding", inputs = [{name = "x", scale = dense<[[[0.25837225209513015, 0.2539407474222491]]]> : tensor<1x1x2xf64>, zero = dense<[[[-0.13231334696401073, 0.03066831777809911]]]> : tensor<1x1x2xf64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<[[[0.25837225209513015, 0.2539407474222491]]]> : tensor<1x1x2xf64>, code_offsets = dense<[[[0.034186097437335805, -0.007787935538753538]]]> : tensor<1x1x2xf64>}], outputs = [{name = "y", scale = dense<2.6670362646484373> : tensor<f64>, zero = dense<-0.00439271316760364> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()
