// after choose-codes
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x8xf32> loc("x0")):
  %1 = "quantized.matmul"(%0) {weights = dense_resource<elided_ba88484cf9939bef> : tensor<8x6xi8>, bits = 9, range = [-187, 171], code_scales = dense<[[0.005918542004469141, 0.006928560463845526, 0.009053315708505474, 0.007592670474180532, 0.00901496445702054, 0.008859642830566004]]> : tensor<1x6xf64>, code_offsets = dense<[[0.09755028808776342, -0.35417312883769275, -0.19951032687499848, 0.45250769348378034, 0.3573033816013383, 0.07532205338888519]]> : tensor<1x6xf64>} : (tensor<1x8xf32>) -> tensor<1x6xf32> loc("/0/Gemm")
  %2 = "quantized.scale"(%1) {factors = dense<[[26, 14, 12, 16, 34, 13]]> : tensor<1x6xi8>, bits = 13, range = [-3458, 2992]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %3 = "quantized.shift"(%2) {offsets = dense<[[320, -223, -116, 210, 159, 330]]> : tensor<1x6xi16>, bits = 13, range = [-3207, 3151]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %4 = "quantized.round"(%3) {drop = 8, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %5 = "quantized.lookup"(%4) {function = "fold", entries = dense_resource<elided_4a5f5cf28c55ae0a> : tensor<4x32xi16>, index = dense<[[0, 1, 1, 2, 3, 1]]> : tensor<1x6xi8>, bits = 13, range = [-3200, 3200]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %6 = "quantized.combine"(%3, %5) {multipliers = [1, 1], bits = 13, range = [-222, 1913]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %7 = "quantized.shift"(%6) {offsets = dense<[[-128, -1024, -1024, -384, -128, -1024]]> : tensor<1x6xi16>, bits = 12, range = [-809, 1010]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %8 = "quantized.round"(%7) {drop = 7, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %9 = "quantized.lookup"(%8) {function = "fold", entries = dense_resource<elided_cc21ff794421ffb3> : tensor<2x32xi16>, index = dense<[[0, 0, 0, 0, 1, 0]]> : tensor<1x6xi8>, bits = 11, range = [-832, 832]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %10 = "quantized.combine"(%7, %9) {multipliers = [1, 1], bits = 12, range = [-169, 1341]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %11 = "quantized.shift"(%10) {offsets = dense<[[-633, -433, -427, -451, -949, -472]]> : tensor<1x6xi16>, bits = 11, range = [-636, 908]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %12 = "quantized.round"(%11) {drop = 5, method = "exact", bits = 6, range = [-20, 28]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %13 = "quantized.scale"(%1) {factors = dense<[[12, 12, 6, 5, 8, 12]]> : tensor<1x6xi8>, bits = 12, range = [-1992, 1752]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %14 = "quantized.shift"(%13) {offsets = dense<[[80, -199, -79, 99, 2, 449]]> : tensor<1x6xi16>, bits = 12, range = [-1579, 1553]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %15 = "quantized.round"(%14) {drop = 7, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %16 = "quantized.lookup"(%15) {function = "fold", entries = dense_resource<elided_2d1b9e791e810897> : tensor<5x32xi16>, index = dense<[[0, 1, 2, 3, 3, 4]]> : tensor<1x6xi8>, bits = 12, range = [-1536, 1536]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %17 = "quantized.combine"(%14, %16) {multipliers = [1, 1], bits = 12, range = [-1078, 81]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %18 = "quantized.shift"(%17) {offsets = dense<[[256, 128, 512, 576, 640, 128]]> : tensor<1x6xi16>, bits = 11, range = [-509, 371]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %19 = "quantized.round"(%18) {drop = 6, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %20 = "quantized.lookup"(%19) {function = "fold", entries = dense_resource<elided_ec3e17d35c9852fe> : tensor<3x32xi16>, index = dense<[[0, 1, 0, 2, 0, 2]]> : tensor<1x6xi8>, bits = 10, range = [-384, 384]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %21 = "quantized.combine"(%18, %20) {multipliers = [1, 1], bits = 11, range = [-734, 26]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %22 = "quantized.shift"(%21) {offsets = dense<[[234, 369, 232, 262, 234, 261]]> : tensor<1x6xi16>, bits = 10, range = [-472, 288]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %23 = "quantized.round"(%22) {drop = 4, method = "exact", bits = 6, range = [-29, 18]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
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
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", reads_scales = dense<[[0.005918542004469141, 0.006928560463845526, 0.009053315708505474, 0.007592670474180532, 0.00901496445702054, 0.008859642830566004]]> : tensor<1x6xf64>, reads_offsets = dense<[[0.09755028808776342, -0.35417312883769275, -0.19951032687499848, 0.45250769348378034, 0.3573033816013383, 0.07532205338888519]]> : tensor<1x6xf64>, multiplier = dense<[[26, 14, 12, 16, 34, 13]]> : tensor<1x6xi8>, shift = dense<[[3143, 1008, 1121, 2575, 3114, 1522]]> : tensor<1x6xi16>, drop = 5, lowest_read = dense<0xFFF0000000000000> : tensor<f64>, highest_read = dense<[[-13.5, 15.5, 14.5, -24.0, -5.5, -36.99999999999999]]> : tensor<1x6xf64>, gives_scales = dense<0.1892375276761055> : tensor<f64>, gives_offsets = dense<0.18246693075323112> : tensor<f64>, low = -8, high = 7, centred = true, bits = 4, range = [-3, 4]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
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
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", reads_scales = dense<[[0.005918542004469141, 0.006928560463845526, 0.009053315708505474, 0.007592670474180532, 0.00901496445702054, 0.008859642830566004]]> : tensor<1x6xf64>, reads_offsets = dense<[[0.09755028808776342, -0.35417312883769275, -0.19951032687499848, 0.45250769348378034, 0.3573033816013383, 0.07532205338888519]]> : tensor<1x6xf64>, multiplier = dense<[[12, 12, 6, 5, 8, 12]]> : tensor<1x6xi8>, shift = dense<[[-1126, -1622, -775, -407, -500, -954]]> : tensor<1x6xi16>, drop = 4, lowest_read = dense<[[-13.5, 15.5, 14.5, -24.0, -5.5, -36.99999999999999]]> : tensor<1x6xf64>, highest_read = dense<0x7FF0000000000000> : tensor<f64>, gives_scales = dense<0.1892375276761055> : tensor<f64>, gives_offsets = dense<0.18246693075323112> : tensor<f64>, low = -8, high = 7, centred = true, bits = 4, range = [-4, 4]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %26 = "quantized.combine"(%24, %25) {multipliers = [1, 1], bits = 5, range = [-7, 8]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %27 = "quantized.shift"(%26) {offsets = dense<[[-1, -3, -1, -1, 1, -2]]> : tensor<1x6xi8>, bits = 4, range = [-8, 7], code_scales = dense<0.1892375276761055> : tensor<f64>, code_offsets = dense<0.18246693075323112> : tensor<f64>} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %28 = "quantized.matmul"(%27) {weights = dense_resource<elided_ebb2ef4374201cd6> : tensor<6x3xi8>, bits = 8, range = [-55, 92], code_scales = dense<[[0.008957552098310104, 0.008125279807785813, 0.007035189693668411]]> : tensor<1x3xf64>, code_offsets = dense<[[0.2163268958740577, -0.332330538796184, -0.10229360978353837]]> : tensor<1x3xf64>} : (tensor<1x6xf32>) -> tensor<1x3xf32> loc("/2/Gemm")
  "planned.return"(%28) : (tensor<1x3xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x0", scale = dense<0.19717703055566357> : tensor<f64>, zero = dense<-1.114333659248488> : tensor<f64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<0.19717703055566357> : tensor<f64>, code_offsets = dense<0.21972100197884353> : tensor<f64>}], outputs = [{name = "y", scale = dense<[[0.008957552098310104, 0.008125279807785813, 0.007035189693668411]]> : tensor<1x3xf64>, zero = dense<[[-24.150224693068665, 40.900811622233356, 14.540277410799801]]> : tensor<1x3xf64>, low = -128, high = 127, real = f32}], elided = true} : () -> ()
