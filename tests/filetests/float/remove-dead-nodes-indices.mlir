// Indices of a max-pooling that nothing reads go; those that are read stay.
// pass: remove-dead-nodes
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1, %2 = "float.maxpool"(%0) {kernel_shape = [2], strides = [2], dilations = [1], pads = [0, 0]} : (tensor<1x1x4xf32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xi64>) loc("one")
  %3, %4 = "float.maxpool"(%1) {kernel_shape = [2], strides = [1], dilations = [1], pads = [0, 0]} : (tensor<1x1x2xf32>) -> (tensor<1x1x1xf32>, tensor<1x1x1xi64>) loc("two")
  "float.return"(%4) : (tensor<1x1x1xi64>) -> ()
}) {name = "indices", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x1x4xf32> loc("x")):
  %1 = "float.maxpool"(%0) {kernel_shape = [2], strides = [2], dilations = [1], pads = [0, 0]} : (tensor<1x1x4xf32>) -> tensor<1x1x2xf32> loc("one")
  %2, %3 = "float.maxpool"(%1) {kernel_shape = [2], strides = [1], dilations = [1], pads = [0, 0]} : (tensor<1x1x2xf32>) -> (tensor<1x1x1xf32>, tensor<1x1x1xi64>) loc("two")
  "float.return"(%3) : (tensor<1x1x1xi64>) -> ()
}) {name = "indices", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
