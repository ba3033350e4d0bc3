// after choose-codes
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x8xf32> loc("x0")):
  %1 = "quantized.matmul"(%0) {weights = dense_resource<elided_608372d86ef67e30> : tensor<8x6xi8>, bits = 9, range = [-166, 171], code_scales = dense<[[0.005948134714491486, 0.006945881865005139, 0.009053315708505474, 0.008921387807162125, 0.008924814812450334, 0.008859642830566004]]> : tensor<1x6xf64>, code_offsets = dense<[[0.09774116106740753, -0.35416966455746085, -0.19951032687499848, 0.4317132672226184, 0.35600071923729887, 0.07532205338888519]]> : tensor<1x6xf64>} : (tensor<1x8xf32>) -> tensor<1x6xf32> loc("/0/Gemm")
  %2 = "quantized.scale"(%1) {factors = dense<[[6, 3, 3, 4, 8, 3]]> : tensor<1x6xi8>, bits = 11, range = [-798, 704]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %3 = "quantized.shift"(%2) {offsets = dense<[[91, -65, -29, 33, -1, 67]]> : tensor<1x6xi8>, bits = 11, range = [-793, 727]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %4 = "quantized.round"(%3) {drop = 6, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %5 = "quantized.lookup"(%4) {function = "fold", entries = dense_resource<elided_fea13699e5d896ec> : tensor<5x32xi16>, index = dense<[[0, 1, 2, 3, 4, 1]]> : tensor<1x6xi8>, bits = 11, range = [-832, 832]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %6 = "quantized.combine"(%3, %5) {multipliers = [1, 1], bits = 11, range = [-35, 511]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %7 = "quantized.shift"(%6) {offsets = dense<[[-96, -256, -256, -160, -32, -256]]> : tensor<1x6xi16>, bits = 10, range = [-207, 255]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %8 = "quantized.round"(%7) {drop = 5, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %9 = "quantized.lookup"(%8) {function = "fold", entries = dense_resource<elided_10fd1b7e31b811ff> : tensor<3x32xi16>, index = dense<[[0, 1, 1, 0, 2, 1]]> : tensor<1x6xi8>, bits = 9, range = [-208, 208]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %10 = "quantized.combine"(%7, %9) {multipliers = [1, 1], bits = 10, range = [-47, 335]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %11 = "quantized.shift"(%10) {offsets = dense<[[-116, -123, -107, -128, -182, -111]]> : tensor<1x6xi16>, bits = 9, range = [-158, 223]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %12 = "quantized.round"(%11) {drop = 3, method = "exact", bits = 6, range = [-20, 28]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %13 = "quantized.scale"(%1) {factors = dense<[[12, 12, 6, 5, 9, 11]]> : tensor<1x6xi8>, bits = 12, range = [-1826, 1752]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %14 = "quantized.shift"(%13) {offsets = dense<[[85, -195, -79, 90, -17, 369]]> : tensor<1x6xi16>, bits = 12, range = [-1575, 1557]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %15 = "quantized.round"(%14) {drop = 7, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %16 = "quantized.lookup"(%15) {function = "fold", entries = dense_resource<elided_2866baa14217f566> : tensor<5x32xi16>, index = dense<[[0, 1, 2, 3, 4, 0]]> : tensor<1x6xi8>, bits = 12, range = [-1536, 1536]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %17 = "quantized.combine"(%14, %16) {multipliers = [1, 1], bits = 12, range = [-1095, 21]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %18 = "quantized.shift"(%17) {offsets = dense<[[256, 128, 512, 640, 576, 256]]> : tensor<1x6xi16>, bits = 11, range = [-509, 410]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %19 = "quantized.round"(%18) {drop = 6, method = "approximate", bits = 5, range = [-16, 15]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %20 = "quantized.lookup"(%19) {function = "fold", entries = dense_resource<elided_ec3e17d35c9852fe> : tensor<3x32xi16>, index = dense<[[0, 1, 0, 0, 2, 0]]> : tensor<1x6xi8>, bits = 10, range = [-384, 384]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %21 = "quantized.combine"(%18, %20) {multipliers = [1, 1], bits = 11, range = [-728, 58]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %22 = "quantized.shift"(%21) {offsets = dense<[[275, 286, 244, 255, 273, 265]]> : tensor<1x6xi16>, bits = 10, range = [-459, 313]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %23 = "quantized.round"(%22) {drop = 4, method = "exact", bits = 6, range = [-29, 20]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
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
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", reads_scales = dense<[[0.005948134714491486, 0.006945881865005139, 0.009053315708505474, 0.008921387807162125, 0.008924814812450334, 0.008859642830566004]]> : tensor<1x6xf64>, reads_offsets = dense<[[0.09774116106740753, -0.35416966455746085, -0.19951032687499848, 0.4317132672226184, 0.35600071923729887, 0.07532205338888519]]> : tensor<1x6xf64>, multiplier = dense<[[6, 3, 3, 4, 8, 3]]> : tensor<1x6xi8>, shift = dense<[[727, 196, 280, 561, 825, 340]]> : tensor<1x6xi16>, drop = 3, lowest_read = dense<0xFFF0000000000000> : tensor<f64>, highest_read = dense<[[-13.5, 15.5, 14.5, -17.0, -5.5, -36.99999999999999]]> : tensor<1x6xf64>, gives_scales = dense<0.19019812361984254> : tensor<f64>, gives_offsets = dense<0.19237343987503047> : tensor<f64>, low = -8, high = 7, centred = true, bits = 4, range = [-3, 4]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
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
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", reads_scales = dense<[[0.005948134714491486, 0.006945881865005139, 0.009053315708505474, 0.008921387807162125, 0.008924814812450334, 0.008859642830566004]]> : tensor<1x6xf64>, reads_offsets = dense<[[0.09774116106740753, -0.35416966455746085, -0.19951032687499848, 0.4317132672226184, 0.35600071923729887, 0.07532205338888519]]> : tensor<1x6xf64>, multiplier = dense<[[12, 12, 6, 5, 9, 11]]> : tensor<1x6xi8>, shift = dense<[[-1144, -1701, -763, -327, -512, -870]]> : tensor<1x6xi16>, drop = 4, lowest_read = dense<[[-13.5, 15.5, 14.5, -17.0, -5.5, -36.99999999999999]]> : tensor<1x6xf64>, highest_read = dense<0x7FF0000000000000> : tensor<f64>, gives_scales = dense<0.19019812361984254> : tensor<f64>, gives_offsets = dense<0.19237343987503047> : tensor<f64>, low = -8, high = 7, centred = true, bits = 4, range = [-4, 4]} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %26 = "quantized.combine"(%24, %25) {multipliers = [1, 1], bits = 5, range = [-7, 8]} : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %27 = "quantized.shift"(%26) {offsets = dense<[[-2, -3, -1, -1, 0, -2]]> : tensor<1x6xi8>, bits = 4, range = [-8, 7], code_scales = dense<0.19019812361984254> : tensor<f64>, code_offsets = dense<0.19237343987503047> : tensor<f64>} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %28 = "quantized.matmul"(%27) {weights = dense_resource<elided_5266168f084a5901> : tensor<6x3xi8>, bits = 8, range = [-55, 109], code_scales = dense<[[0.009081813183315081, 0.00839313267927619, 0.006410112661976846]]> : tensor<1x3xf64>, code_offsets = dense<[[0.21710567845092915, -0.32522322271183496, -0.15150624822722855]]> : tensor<1x3xf64>} : (tensor<1x6xf32>) -> tensor<1x3xf32> loc("/2/Gemm")
  "planned.return"(%28) : (tensor<1x3xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x0", scale = dense<0.19717703055566357> : tensor<f64>, zero = dense<-1.114333659248488> : tensor<f64>, low = -16, high = 15, real = f32, bits = 5, range = [-16, 15], code_scales = dense<0.19717703055566357> : tensor<f64>, code_offsets = dense<0.21972100197884353> : tensor<f64>}], outputs = [{name = "y", scale = dense<[[0.009081813183315081, 0.00839313267927619, 0.006410112661976846]]> : tensor<1x3xf64>, zero = dense<[[-23.905543317031803, 38.74872888818453, 23.63550474329804]]> : tensor<1x3xf64>, low = -128, high = 127, real = f32}], elided = true} : () -> ()
