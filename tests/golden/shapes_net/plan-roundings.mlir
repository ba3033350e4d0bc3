// after plan-roundings
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x12xf32> loc("x0")):
  %1 = "planned.matmul"(%0) {weights = dense_resource<elided_2c325cb9992edf1d> : tensor<12x12xf64>, bias = dense<[-0.19192035496234894, 0.16514286398887634, -0.16877102851867676, -0.023907333612442017, 0.26458775997161865, 0.2562524080276489, 0.120819091796875, 0.07633926719427109, -0.029030464589595795, -0.09412047266960144, 0.03317152336239815, -0.07443898916244507]> : tensor<12xf64>, transposed = true, seen = [-1.7999638319015503, 1.7875778675079346], classes = "each", groups = "each", read = "6:exact"} : (tensor<1x12xf32>) -> tensor<1x12xf32> loc("/l/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x12xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x12xf32>) -> tensor<1x12xf32>
    "planned.yield"(%s0) : (tensor<1x12xf32>) -> ()
  }) {function = "relu(x)", seen = [0.0, 1.7875778675079346], classes = "each", groups = "each"} : (tensor<1x12xf32>) -> tensor<1x12xf32> loc("/Relu")
  %3 = "planned.reshape"(%2) {shape = [1, 3, 4], seen = [0.0, 1.7875778675079346], classes = "each", groups = "each"} : (tensor<1x12xf32>) -> tensor<1x3x4xf32> loc("/Reshape")
  %4 = "planned.transpose"(%3) {perm = [0, 2, 1], seen = [0.0, 1.7875778675079346], classes = "each", groups = "each"} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32> loc("/Transpose")
  %5 = "planned.reshape"(%4) {shape = [1, 12], seen = [0.0, 1.7875778675079346], classes = "each", groups = "each"} : (tensor<1x4x3xf32>) -> tensor<1x12xf32> loc("/Reshape_1")
  %6 = "planned.reshape"(%2) {shape = [1, 1, 12], seen = [0.0, 1.7875778675079346], classes = "each", groups = "each"} : (tensor<1x12xf32>) -> tensor<1x1x12xf32> loc("/Unsqueeze")
  %7 = "planned.broadcast"(%6) {shape = [1, 2, 12], seen = [0.0, 1.7875778675079346], classes = "axis 2", groups = "axis 2"} : (tensor<1x1x12xf32>) -> tensor<1x2x12xf32> loc("/Expand")
  %8 = "planned.reducesum"(%7) {axes = [1], keepdims = false, seen = [0.0, 3.575155735015869], classes = "each", groups = "each", exact_zero = true} : (tensor<1x2x12xf32>) -> tensor<1x12xf32> loc("/ReduceSum")
  %9 = "planned.slice"(%8) {starts = [0, 1], sizes = [1, 10], steps = [1, 1], seen = [0.0, 3.575155735015869], classes = "each", groups = "each", exact_zero = true} : (tensor<1x12xf32>) -> tensor<1x10xf32> loc("/Slice")
  %10 = "planned.centre"(%9) {seen = [0.0, 3.575155735015869], classes = "each", groups = "each", exact_zero = true} : (tensor<1x10xf32>) -> tensor<1x10xf32> loc("/Pad")
  %11 = "planned.pad"(%10) {before = [0, 1], after = [0, 1], seen = [0.0, 3.575155735015869], classes = "each", groups = dense<[0, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]> : tensor<12xi8>} : (tensor<1x10xf32>) -> tensor<1x12xf32> loc("/Pad")
  %12 = "planned.concat"(%5, %11) {axis = 1, seen = [0.0, 3.575155735015869], classes = "each", groups = dense_resource<elided_dac32c69563f7e0e> : tensor<24xi8>} : (tensor<1x12xf32>, tensor<1x12xf32>) -> tensor<1x24xf32> loc("/Concat_1")
  %13 = "planned.matmul"(%12) {weights = dense_resource<elided_5889b32fb642b0ce> : tensor<24x4xf64>, bias = dense<[0.1499895304441452, 0.08786973357200623, 0.15057900547981262, -0.20011766254901886]> : tensor<4xf64>, transposed = true, seen = [-0.700441837310791, 1.1985417604446411], classes = "each", groups = "each"} : (tensor<1x24xf32>) -> tensor<1x4xf32> loc("/m/Gemm")
  "planned.return"(%13) : (tensor<1x4xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x0", seen = [-2.5256597995758057, 2.5374398231506348], classes = "each", groups = "each"}], outputs = [{name = "y"}], elided = true} : () -> ()
