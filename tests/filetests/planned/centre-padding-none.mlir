// Nothing is padded: nothing is centred.
// pass: centre-padding
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "planned.conv"(%0) {weights = dense<[[[1.0, -1.0, 2.0]]]> : tensor<1x1x3xf64>, strides = [1], dilations = [1], pads_begin = [0], pads_end = [0]} : (tensor<1x1x4xf32>) -> tensor<1x1x2xf32> loc("/Conv")
  "planned.return"(%1) : (tensor<1x1x2xf32>) -> ()
}) {name = "valid", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "planned.conv"(%0) {weights = dense<[[[1.0, -1.0, 2.0]]]> : tensor<1x1x3xf64>, strides = [1], dilations = [1], pads_begin = [0], pads_end = [0]} : (tensor<1x1x4xf32>) -> tensor<1x1x2xf32> loc("/Conv")
  "planned.return"(%1) : (tensor<1x1x2xf32>) -> ()
}) {name = "valid", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
