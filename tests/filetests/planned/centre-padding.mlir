// Code 0 is padded: the operand of a padded convolution is centred, and an exact code for 0 is asked for before it, through the movement.
// pass: centre-padding
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "planned.reshape"(%0) {shape = [1, 1, 4]} : (tensor<1x4xf32>) -> tensor<1x1x4xf32> loc("/Reshape")
  %2 = "planned.conv"(%1) {weights = dense<[[[1.0, -1.0, 2.0]]]> : tensor<1x1x3xf64>, strides = [1], dilations = [1], pads_begin = [1], pads_end = [1]} : (tensor<1x1x4xf32>) -> tensor<1x1x4xf32> loc("/Conv")
  "planned.return"(%2) : (tensor<1x1x4xf32>) -> ()
}) {name = "padded", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x4xf32> loc("x")):
  %1 = "planned.reshape"(%0) {shape = [1, 1, 4], exact_zero = true} : (tensor<1x4xf32>) -> tensor<1x1x4xf32> loc("/Reshape")
  %2 = "planned.centre"(%1) {exact_zero = true} : (tensor<1x1x4xf32>) -> tensor<1x1x4xf32> loc("/Conv")
  %3 = "planned.conv"(%2) {weights = dense<[[[1.0, -1.0, 2.0]]]> : tensor<1x1x3xf64>, strides = [1], dilations = [1], pads_begin = [1], pads_end = [1]} : (tensor<1x1x4xf32>) -> tensor<1x1x4xf32> loc("/Conv")
  "planned.return"(%3) : (tensor<1x1x4xf32>) -> ()
}) {name = "padded", inputs = [{name = "x", exact_zero = true}], outputs = [{name = "y"}]} : () -> ()
