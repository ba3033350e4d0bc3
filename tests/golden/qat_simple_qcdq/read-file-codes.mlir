// after read-file-codes
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x12xf32> loc("x.1")):
  %1 = "quantized.matmul"(%0) {weights = dense_resource<elided_7414dd7e586d2cab> : tensor<12x30xi8>, bits = 7, range = [-30, 32], code_scales = dense<0.25264859106122195> : tensor<f64>, code_offsets = dense_resource<elided_6c810a831ad9b833> : tensor<1x30xf64>} : (tensor<1x12xf32>) -> tensor<1x30xf32> loc("/fc1/Gemm")
  %2 = "quantized.shift"(%1) {offsets = dense_resource<elided_9f6cf5c9264f156c> : tensor<1x30xi8>, bits = 7, range = [-28, 28]} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc(fused["/Relu", "/quant2/act_quant/export_handler/DequantizeLinear"])
  %3 = "planned.coded_lookup"(%2) ({
  ^bb0(%x: tensor<1x30xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x30xf32>) -> tensor<1x30xf32>
    %c1 = "float.constant"() {value = dense<1.1690326> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c3 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.quant"(%s0, %c1, %c2, %c3) {signed = true, rounding_mode = "ROUND"} : (tensor<1x30xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x30xf32>
    "planned.yield"(%s1) : (tensor<1x30xf32>) -> ()
  }) {function = "quant(relu(x), c, c, c)", reads_scales = dense<0.25264859106122195> : tensor<f64>, reads_offsets = dense_resource<elided_6c810a831ad9b833> : tensor<1x30xf64>, multiplier = dense<1> : tensor<i8>, shift = dense_resource<elided_9f6cf5c9264f156c> : tensor<1x30xi8>, window = 58, gives_scales = dense<1.1690325736999512> : tensor<f64>, gives_offsets = dense<0.0> : tensor<f64>, low = -4, high = 3, bits = 3, range = [0, 3], code_scales = dense<1.1690325736999512> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc(fused["/Relu", "/quant2/act_quant/export_handler/DequantizeLinear"])
  %4 = "quantized.matmul"(%3) {weights = dense_resource<elided_b301b70b37fd8d60> : tensor<30x30xi8>, bits = 7, range = [-46, 34], code_scales = dense<0.13555000140675943> : tensor<f64>, code_offsets = dense_resource<elided_ded60c92427a529d> : tensor<1x30xf64>} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc("/fc2/Gemm")
  %5 = "quantized.shift"(%4) {offsets = dense_resource<elided_66afed7777c78fb2> : tensor<1x30xi8>, bits = 7, range = [-30, 29]} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc(fused["/Relu_1", "/quant3/act_quant/export_handler/DequantizeLinear"])
  %6 = "planned.coded_lookup"(%5) ({
  ^bb0(%x: tensor<1x30xf32>):
    %s0 = "float.relu"(%x) : (tensor<1x30xf32>) -> tensor<1x30xf32>
    %c1 = "float.constant"() {value = dense<0.8563753> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c3 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.quant"(%s0, %c1, %c2, %c3) {signed = true, rounding_mode = "ROUND"} : (tensor<1x30xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x30xf32>
    "planned.yield"(%s1) : (tensor<1x30xf32>) -> ()
  }) {function = "quant(relu(x), c, c, c)", reads_scales = dense<0.13555000140675943> : tensor<f64>, reads_offsets = dense_resource<elided_ded60c92427a529d> : tensor<1x30xf64>, multiplier = dense<1> : tensor<i8>, shift = dense_resource<elided_66afed7777c78fb2> : tensor<1x30xi8>, window = 61, gives_scales = dense<0.8563752770423889> : tensor<f64>, gives_offsets = dense<0.0> : tensor<f64>, low = -4, high = 3, bits = 3, range = [0, 3], code_scales = dense<0.8563752770423889> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>} : (tensor<1x30xf32>) -> tensor<1x30xf32> loc(fused["/Relu_1", "/quant3/act_quant/export_handler/DequantizeLinear"])
  %7 = "quantized.matmul"(%6) {weights = dense_resource<elided_78ac93a614173bef> : tensor<30x2xi8>, bits = 7, range = [-42, 60], code_scales = dense<0.1187676583764512> : tensor<f64>, code_offsets = dense<[[0.2023657262325287, -0.13982822000980377]]> : tensor<1x2xf64>} : (tensor<1x30xf32>) -> tensor<1x2xf32> loc("/fc3/Gemm")
  "planned.return"(%7) : (tensor<1x2xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x.1", scale = dense<1.8457502126693726> : tensor<f64>, zero = dense<-0.0> : tensor<f64>, low = -4, high = 3, real = f32, beyond = dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<1x12xf64>, bits = 3, range = [-4, 3], code_scales = dense<1.8457502126693726> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>}], outputs = [{name = "42", scale = dense<0.1187676583764512> : tensor<f64>, zero = dense<[[-1.7038790610075123, 1.1773257292536499]]> : tensor<1x2xf64>, low = -64, high = 63, real = f32}], elided = true} : () -> ()
