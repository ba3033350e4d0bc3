// A function at the output that ends in no quantizer gets model_outputs bits.
// pass: read-file-codes

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %c0 = "float.constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %c1 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %c2 = "float.constant"() {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.quant"(%x, %c0, %c1, %c2) {signed = true, rounding_mode = "ROUND"} : (tensor<1x2xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x2xf32>
    %s1 = "float.tanh"(%s0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s1) : (tensor<1x2xf32>) -> ()
  }) {function = "tanh(quant(x, c, c, c))", at_output = true, classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Tanh")
  "planned.return"(%1) : (tensor<1x2xf32>) -> ()
}) {name = "tail", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.coded_lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.tanh"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "tanh(quant(x, c, c, c))", reads_scales = dense<1.0> : tensor<f64>, reads_offsets = dense<0.0> : tensor<f64>, multiplier = dense<1> : tensor<i8>, shift = dense<0> : tensor<i8>, window = 4, gives_scales = dense<0.06490111903682833> : tensor<f64>, gives_offsets = dense<0.03908857605226582> : tensor<f64>, low = -16, high = 15, bits = 5, range = [-16, 15], code_scales = dense<0.06490111903682833> : tensor<f64>, code_offsets = dense<0.03908857605226582> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Tanh")
  "planned.return"(%1) : (tensor<1x2xf32>) -> ()
}) {name = "tail", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<-0.0> : tensor<f64>, low = -4, high = 3, real = f32, beyond = dense<2.0> : tensor<f64>, bits = 3, range = [-4, 3], code_scales = dense<1.0> : tensor<f64>, code_offsets = dense<0.0> : tensor<f64>}], outputs = [{name = "y", scale = dense<0.06490111903682833> : tensor<f64>, zero = dense<-0.6022789226497758> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()
