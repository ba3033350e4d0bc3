// Scales that differ by column give a table for each; codes beyond the clamp are read as its ends, centred entries are moved into the middle, and a zero point between two codes is no quant type.
// pass: tabulate

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "quantized.round"(%0) {drop = 1, method = "exact", bits = 3, range = [-4, 3]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  %2 = "planned.coded_lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.exp"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "exp(x)", reads_scales = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, reads_offsets = dense<0.0> : tensor<f64>, multiplier = dense<1> : tensor<i8>, shift = dense<0> : tensor<i8>, drop = 1, lowest_read = dense<-4.0> : tensor<f64>, highest_read = dense<4.0> : tensor<f64>, gives_scales = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, gives_offsets = dense<0.05> : tensor<f64>, low = 0, high = 15, centred = true, bits = 5, range = [-8, 8], code_scales = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, code_offsets = dense<0.05> : tensor<f64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  "planned.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "columns", inputs = [{name = "x", scale = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, bits = 4, range = [-8, 7], code_scales = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, code_offsets = dense<0.0> : tensor<f64>}], outputs = [{name = "y", scale = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, zero = dense<0.0> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()

// expect
"quantized.graph"() ({
^bb0(%0: tensor<1x2x!quant.uniform<i4:f32:1, {0.5, 0.25}>> loc("x")):
  %1 = "quantized.round"(%0) {drop = 1, method = "exact", range = [-4, 3]} : (tensor<1x2x!quant.uniform<i4:f32:1, {0.5, 0.25}>>) -> tensor<1x2xi3> loc("/Exp")
  %2 = "quantized.lookup"(%1) {function = "exp(x)", entries = dense<[[-7, -7, -7, -7, -5, -3, 5, 8], [-5, -5, -5, -4, -3, 0, 3, 5]]> : tensor<2x8xi8>, index = dense<[[0, 1]]> : tensor<1x2xi8>, range = [-8, 8]} : (tensor<1x2xi3>) -> tensor<1x2xi5> loc("/Exp")
  "quantized.return"(%2) : (tensor<1x2xi5>) -> ()
}) {name = "columns", inputs = [{name = "x", scale = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7]}], outputs = [{name = "y", scale = dense<[[0.5, 0.25]]> : tensor<1x2xf64>, zero = dense<0.0> : tensor<f64>, low = -16, high = 15, real = f32}]} : () -> ()
