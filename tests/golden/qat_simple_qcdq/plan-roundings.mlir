// after plan-roundings
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x12xf32> loc("x.1")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x12xf32>):
    %c0 = "float.constant"() {value = dense<1.8457502> : tensor<f32>} : () -> tensor<f32>
    %c1 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.quant"(%x, %c0, %c1, %c2) {signed = true, rounding_mode = "ROUND"} : (tensor<1x12xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x12xf32>
    "planned.yield"(%s0) : (tensor<1x12xf32>) -> ()
  }) {function = "quant(x, c, c, c)", seen = [-7.38300085067749, 5.537250518798828], classes = "each", groups = "each"} : (tensor<1x12xf32>) -> tensor<1x12xf32> loc("/quant_inp/act_quant/export_handler/DequantizeLinear")
  %2 = "planned.matmul"(%1) {weights = dense_resource<elided_03f71a580643f879> : tensor<12x30xf64>, bias = dense_resource<elided_6c810a831ad9b833> : tensor<30xf64>, weight_steps = dense<0.1368812471628189> : tensor<12x30xf64>, transposed = true, seen = [-7.776200771331787, 7.798494815826416], classes = "each", groups = "each", read = "unrounded"} : (tensor<1x12xf32>) -> tensor<1x30xf32> loc("/fc1/Gemm")
  %3 = "planned.lookup"(%2) ({
  ^bb0(%x: tensor<1x30xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x30xf32>) -> tensor<1x30xf32>
    %c1 = "float.constant"() {value = dense<1.1690326> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c3 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.quant"(%s0, %c1, %c2, %c3) {signed = true, rounding_mode = "ROUND"} : (tensor<1x30xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x30xf32>
    "planned.yield"(%s1) : (tensor<1x30xf32>) -> ()
  }) {function = "quant(relu(x), c, c, c)", seen = [0.0, 3.5070977210998535], classes = "each", groups = "each"} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc(fused["/Relu", "/quant2/act_quant/export_handler/DequantizeLinear"])
  %4 = "planned.matmul"(%3) {weights = dense_resource<elided_20867c8913b15e52> : tensor<30x30xf64>, bias = dense_resource<elided_ded60c92427a529d> : tensor<30xf64>, weight_steps = dense<0.1159505769610405> : tensor<30x30xf64>, transposed = true, seen = [-6.080360412597656, 4.824437141418457], classes = "each", groups = "each", read = "unrounded"} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc("/fc2/Gemm")
  %5 = "planned.lookup"(%4) ({
  ^bb0(%x: tensor<1x30xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x30xf32>) -> tensor<1x30xf32>
    %c1 = "float.constant"() {value = dense<0.8563753> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c3 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.quant"(%s0, %c1, %c2, %c3) {signed = true, rounding_mode = "ROUND"} : (tensor<1x30xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x30xf32>
    "planned.yield"(%s1) : (tensor<1x30xf32>) -> ()
  }) {function = "quant(relu(x), c, c, c)", seen = [0.0, 2.5691258907318115], classes = "each", groups = "each"} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc(fused["/Relu_1", "/quant3/act_quant/export_handler/DequantizeLinear"])
  %6 = "planned.matmul"(%5) {weights = dense_resource<elided_8bf04587161ac5f1> : tensor<30x2xf64>, bias = dense<[0.2023657262325287, -0.13982822000980377]> : tensor<2xf64>, weight_steps = dense<0.13868646323680878> : tensor<30x2xf64>, transposed = true, seen = [-4.7858757972717285, 6.986231803894043], classes = "each", groups = "each"} : (tensor<1x30xf32>) -> tensor<1x2xf32> loc("/fc3/Gemm")
  "planned.return"(%6) : (tensor<1x2xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x.1", seen = [-7.841680526733398, 10.724514961242676], classes = "each", groups = "each", read = "unrounded"}], outputs = [{name = "42"}], elided = true} : () -> ()
