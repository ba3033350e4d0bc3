// after choose-codes
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x8xf32> loc("x0")):
  %1 = "quantized.matmul"(%0) {weights = dense_resource<elided_608372d86ef67e30> : tensor<8x6xi8>, bits = 9, range = [-166, 171], code_scales = dense<[[0.005948134714491486, 0.006945881865005139, 0.009053315708505474, 0.008921387807162125, 0.008924814812450334, 0.008859642830566004]]> : tensor<1x6xf64>, code_offsets = dense<[[0.09774116106740753, -0.35416966455746085, -0.19951032687499848, 0.4317132672226184, 0.35600071923729887, 0.07532205338888519]]> : tensor<1x6xf64>} : (tensor<1x8xf32>) -> tensor<1x6xf32> loc("/0/Gemm")
  %2 = "quantized.scale"(%1) {factors = dense<[[26, 13, 11, 19, 32, 13]]> : tensor<1x6xi8>, bits = 13, range = [-3458, 2816]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %3 = "quantized.shift"(%2) {offsets = dense<[[308, -239, -147, 191, -4, 332]]> : tensor<1x6xi16>, bits = 13, range = [-3172, 3064]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %4 = "quantized.round"(%3) {drop = 8, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %5 = "quantized.lookup"(%4) {function = "fold", entries = dense_resource<elided_fcc32db38231f6c6> : tensor<5x32xi16>, index = dense<[[0, 1, 1, 2, 3, 4]]> : tensor<1x6xi8>, bits = 13, range = [-3328, 3328]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %6 = "quantized.combine"(%3, %5) {multipliers = [1, 1], bits = 13, range = [-206, 2043]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %7 = "quantized.shift"(%6) {offsets = dense<[[-128, -1024, -1024, -384, -128, -1024]]> : tensor<1x6xi16>, bits = 12, range = [-838, 1019]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %8 = "quantized.round"(%7) {drop = 7, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %9 = "quantized.lookup"(%8) {function = "fold", entries = dense_resource<elided_cc21ff794421ffb3> : tensor<2x32xi16>, index = dense<[[0, 0, 0, 0, 1, 0]]> : tensor<1x6xi8>, bits = 11, range = [-832, 832]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %10 = "quantized.combine"(%7, %9) {multipliers = [1, 1], bits = 12, range = [-198, 1343]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %11 = "quantized.shift"(%10) {offsets = dense<[[-533, -420, -435, -444, -729, -474]]> : tensor<1x6xi16>, bits = 11, range = [-636, 916]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %12 = "quantized.round"(%11) {drop = 5, method = "exact", bits = 6, range = [-20, 29]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %13 = "quantized.scale"(%1) {factors = dense<[[25, 24, 13, 10, 19, 23]]> : tensor<1x6xi8>, bits = 13, range = [-3818, 3504]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %14 = "quantized.shift"(%13) {offsets = dense<[[358, -390, -235, 180, -50, 690]]> : tensor<1x6xi16>, bits = 13, range = [-3150, 3114]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %15 = "quantized.round"(%14) {drop = 8, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %16 = "quantized.lookup"(%15) {function = "fold", entries = dense_resource<elided_4badfcc0f5a3caa0> : tensor<6x32xi16>, index = dense<[[0, 1, 2, 3, 4, 5]]> : tensor<1x6xi8>, bits = 13, range = [-3072, 3072]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %17 = "quantized.combine"(%14, %16) {multipliers = [1, 1], bits = 13, range = [-2190, 64]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %18 = "quantized.shift"(%17) {offsets = dense<[[256, 256, 896, 1280, 1152, 384]]> : tensor<1x6xi16>, bits = 12, range = [-1020, 820]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %19 = "quantized.round"(%18) {drop = 7, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %20 = "quantized.lookup"(%19) {function = "fold", entries = dense_resource<elided_3aa74a416b5b4d9b> : tensor<3x32xi16>, index = dense<[[0, 1, 0, 2, 0, 0]]> : tensor<1x6xi8>, bits = 11, range = [-768, 768]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %21 = "quantized.combine"(%18, %20) {multipliers = [1, 1], bits = 12, range = [-1471, 116]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %22 = "quantized.shift"(%21) {offsets = dense<[[572, 572, 528, 478, 523, 553]]> : tensor<1x6xi16>, bits = 11, range = [-935, 609]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %23 = "quantized.round"(%22) {drop = 5, method = "exact", bits = 6, range = [-29, 19]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %24 = "planned.coded_lookup"(%12) ({
  ^bb0(%x: tensor<1x6xf32>):
    %c0 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.greater"(%x, %c0) : (tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xi1>
    %c2 = "float.constant"() {value = dense<-0.5> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.less"(%x, %c2) : (tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xi1>
    %s2 = "float.or"(%s0, %s1) : (tensor<1x6xi1>, tensor<1x6xi1>) -> tensor<1x6xi1>
    %c5 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %s3 = "float.where"(%s2, %x, %c5) : (tensor<1x6xi1>, tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xf32>
    "planned.yield"(%s3) : (tensor<1x6xf32>) -> ()
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", reads_scales = dense<[[0.005948134714491486, 0.006945881865005139, 0.009053315708505474, 0.008921387807162125, 0.008924814812450334, 0.008859642830566004]]> : tensor<1x6xf64>, reads_offsets = dense<[[0.09774116106740753, -0.35416966455746085, -0.19951032687499848, 0.4317132672226184, 0.35600071923729887, 0.07532205338888519]]> : tensor<1x6xf64>, multiplier = dense<[[26, 13, 11, 19, 32, 13]]> : tensor<1x6xi8>, shift = dense<[[3231, 877, 954, 2691, 3299, 1522]]> : tensor<1x6xi16>, drop = 5, lowest_read = dense<0xFFF0000000000000> : tensor<f64>, highest_read = dense<[[-13.5, 15.5, 14.5, -17.0, -5.5, -36.99999999999999]]> : tensor<1x6xf64>, gives_scales = dense<0.19047919506225586> : tensor<f64>, gives_offsets = dense<0.19031902838592535> : tensor<f64>, low = -8, high = 7, centred = true, bits = 4, range = [-3, 4]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %25 = "planned.coded_lookup"(%23) ({
  ^bb0(%x: tensor<1x6xf32>):
    %c0 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.greater"(%x, %c0) : (tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xi1>
    %c2 = "float.constant"() {value = dense<-0.5> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.less"(%x, %c2) : (tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xi1>
    %s2 = "float.or"(%s0, %s1) : (tensor<1x6xi1>, tensor<1x6xi1>) -> tensor<1x6xi1>
    %c5 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %s3 = "float.where"(%s2, %x, %c5) : (tensor<1x6xi1>, tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xf32>
    "planned.yield"(%s3) : (tensor<1x6xf32>) -> ()
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", reads_scales = dense<[[0.005948134714491486, 0.006945881865005139, 0.009053315708505474, 0.008921387807162125, 0.008924814812450334, 0.008859642830566004]]> : tensor<1x6xf64>, reads_offsets = dense<[[0.09774116106740753, -0.35416966455746085, -0.19951032687499848, 0.4317132672226184, 0.35600071923729887, 0.07532205338888519]]> : tensor<1x6xf64>, multiplier = dense<[[25, 24, 13, 10, 19, 23]]> : tensor<1x6xi8>, shift = dense<[[-2398, -3402, -1755, -686, -1063, -1829]]> : tensor<1x6xi16>, drop = 5, lowest_read = dense<[[-13.5, 15.5, 14.5, -17.0, -5.5, -36.99999999999999]]> : tensor<1x6xf64>, highest_read = dense<0x7FF0000000000000> : tensor<f64>, gives_scales = dense<0.19047919506225586> : tensor<f64>, gives_offsets = dense<0.19031902838592535> : tensor<f64>, low = -8, high = 7, centred = true, bits = 4, range = [-4, 4]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %26 = "quantized.combine"(%24, %25) {multipliers = [1, 1], bits = 5, range = [-7, 8]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %27 = "quantized.shift"(%26) {offsets = dense<[[-2, -3, -1, -1, 0, -2]]> : tensor<1x6xi8>, bits = 4, range = [-8, 7], code_scales = dense<0.19047919506225586> : tensor<f64>, code_offsets = dense<0.19031902838592535> : tensor<f64>} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %28 = "quantized.matmul"(%27) {weights = dense_resource<elided_f1e078fbf3ce7cfe> : tensor<6x3xi8>, bits = 8, range = [-55, 105], code_scales = dense<[[0.009016925827399274, 0.008398105433895197, 0.0064298609988683395]]> : tensor<1x3xf64>, code_offsets = dense<[[0.21402774007068326, -0.3243570565689647, -0.13099922963451344]]> : tensor<1x3xf64>} : (tensor<1x6xf32>) -> tensor<1x3xf32> loc("/2/Gemm")
  "planned.return"(%28) : (tensor<1x3xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x0", scale = dense<0.19717703055566357> : tensor<f64>, zero = dense<-1.114333659248488> : tensor<f64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<0.19717703055566357> : tensor<f64>, code_offsets = dense<0.21972100197884353> : tensor<f64>}], outputs = [{name = "y", scale = dense<[[0.009016925827399274, 0.008398105433895197, 0.0064298609988683395]]> : tensor<1x3xf64>, zero = dense<[[-23.73622054429327, 38.622646395917165, 20.373571008388737]]> : tensor<1x3xf64>, low = -128, high = 127, real = f32}], elided = true} : () -> ()
