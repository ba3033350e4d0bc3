// One neuron with a function, and a layer behind it: scales, weights and the output's codes are chosen by what 40 samples show.
// pass: choose-codes

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, bias = dense<[0.125, -0.5]> : tensor<2xf64>, classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)", classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  %3 = "planned.matmul"(%2) {weights = dense<[[1.5], [-0.75]]> : tensor<2x1xf64>, classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/b/Gemm")
  "planned.return"(%3) : (tensor<1x1xf32>) -> ()
}) {name = "two_layers", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.matmul"(%0) {weights = dense<[[2, -7], [7, 2]]> : tensor<2x2xi8>, bits = 8, range = [-128, 126], code_scales = dense<[[0.07197512742352072, 0.03619911147908909]]> : tensor<1x2xf64>, code_offsets = dense<[[0.09533935236501946, -0.5232636440232932]]> : tensor<1x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "quantized.shift"(%1) {offsets = dense<0> : tensor<i8>, bits = 9, range = [-128, 126]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  %3 = "planned.coded_lookup"(%2) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)", reads_scales = dense<[[0.07197512742352072, 0.03619911147908909]]> : tensor<1x2xf64>, reads_offsets = dense<[[0.09533935236501946, -0.5232636440232932]]> : tensor<1x2xf64>, multiplier = dense<1> : tensor<i8>, shift = dense<0> : tensor<i8>, window = 144, gives_scales = dense<[[0.06663538424181752, 0.0663787841766576]]> : tensor<1x2xf64>, gives_offsets = dense<[[0.5332937453582417, 0.49819648073424894]]> : tensor<1x2xf64>, low = -8, high = 7, bits = 4, range = [-8, 7], code_scales = dense<[[0.06663538424181752, 0.0663787841766576]]> : tensor<1x2xf64>, code_offsets = dense<[[0.5332937453582417, 0.49819648073424894]]> : tensor<1x2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  %4 = "quantized.matmul"(%3) {weights = dense<[[7], [-3]]> : tensor<2x1xi8>, bits = 8, range = [-74, 70], code_scales = dense<0.014402308631066226> : tensor<f64>, code_offsets = dense<0.43609617522049854> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/b/Gemm")
  "planned.return"(%4) : (tensor<1x1xf32>) -> ()
}) {name = "two_layers", inputs = [{name = "x", scale = dense<[[0.25837225209513015, 0.2539407474222491]]> : tensor<1x2xf64>, zero = dense<[[-0.13231334696401073, 0.03066831777809911]]> : tensor<1x2xf64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<[[0.25837225209513015, 0.2539407474222491]]> : tensor<1x2xf64>, code_offsets = dense<[[0.034186097437335805, -0.007787935538753538]]> : tensor<1x2xf64>}], outputs = [{name = "y", scale = dense<0.014402308631066226> : tensor<f64>, zero = dense<-30.27960213821731> : tensor<f64>, low = -128, high = 127, real = f32}]} : () -> ()
