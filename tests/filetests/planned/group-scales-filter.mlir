// One filter slides over the positions of a channel: they share a scale, channels do not where the filter has weights of its own for each.
// pass: group-scales

"planned.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "planned.conv"(%0) {weights = dense<[[[1.0, -1.0]], [[0.5, 0.25]]]> : tensor<2x1x2xf64>, strides = [1], dilations = [1], pads_begin = [0], pads_end = [0], group = 2} : (tensor<1x2x3xf32>) -> tensor<1x2x2xf32> loc("/Conv")
  "planned.return"(%1) : (tensor<1x2x2xf32>) -> ()
}) {name = "filter", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "planned.conv"(%0) {weights = dense<[[[1.0, -1.0]], [[0.5, 0.25]]]> : tensor<2x1x2xf64>, strides = [1], dilations = [1], pads_begin = [0], pads_end = [0], group = 2, classes = "each", groups = "axis 1"} : (tensor<1x2x3xf32>) -> tensor<1x2x2xf32> loc("/Conv")
  "planned.return"(%1) : (tensor<1x2x2xf32>) -> ()
}) {name = "filter", inputs = [{name = "x", classes = "axis 1", groups = "each"}], outputs = [{name = "y"}]} : () -> ()
